"""``export``: every row of a kind as CSV for spreadsheets."""

from __future__ import annotations

from typing import Annotated

import typer

from utm_pipeline import queries as catalogue
from utm_pipeline.commands import options
from utm_pipeline.commands.options import OutputOption, PeriodOption
from utm_pipeline.commands.output import open_output
from utm_pipeline.report.csv import write_export
from utm_pipeline.warehouse import open_warehouse


@options.command("export", "export sessions --period last_month --output may.csv")
def command(
    context: typer.Context,
    kind: Annotated[catalogue.Export, options.argument(catalogue.Export)],
    period: PeriodOption = "week",
    output: OutputOption = None,
) -> None:
    """Write sessions, sources, campaigns or content as CSV: UTF-8 with BOM, every row."""
    settings = options.settings_of(context)
    with open_warehouse(settings) as warehouse:
        options.warn_if_stale(warehouse, settings)
        columns, rows = catalogue.stream(warehouse, kind, {"period": period})
        with open_output(output) as stream:
            write_export(stream, columns, rows, settings.lang)
