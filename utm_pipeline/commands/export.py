"""``export``: every row of a kind as CSV for spreadsheets."""

from __future__ import annotations

from pathlib import Path

import click

from utm_pipeline import queries as catalogue
from utm_pipeline.commands._shared import (
    Globals,
    example,
    open_output,
    output_option,
    pass_globals,
    period_option,
    warn_if_stale,
)
from utm_pipeline.report.csv import write_export
from utm_pipeline.warehouse import open_warehouse


@click.command("export", epilog=example("export sessions --period last_month --output may.csv"))
@click.argument("kind", type=click.Choice(catalogue.EXPORTS))
@period_option
@output_option
@pass_globals
def command(app: Globals, /, kind: str, period: str, output: Path | None) -> None:
    """Write sessions, sources, campaigns or content as CSV: UTF-8 with BOM, every row."""
    settings = app.settings()
    with open_warehouse(settings) as warehouse:
        warn_if_stale(warehouse, settings)
        columns, rows = catalogue.stream(warehouse, kind, {"period": period})
        with open_output(output) as stream:
            write_export(stream, columns, rows, settings.lang)
