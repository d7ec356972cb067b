"""``report``: the report of a period."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Annotated, Literal

import typer

from utm_pipeline import queries as catalogue
from utm_pipeline.commands import options, terminal
from utm_pipeline.commands.options import OutputOption, PeriodOption
from utm_pipeline.commands.output import open_output, refuse_terminal, write_binary
from utm_pipeline.errors import ConfigError
from utm_pipeline.report import sections as reports
from utm_pipeline.report.illustrations import Illustration, illustrations
from utm_pipeline.report.paint import Paint, wants_colour
from utm_pipeline.report.sections import COHORTS
from utm_pipeline.settings import Settings
from utm_pipeline.warehouse import Warehouse, open_warehouse
from utm_pipeline.warehouse.health import refuse_stale

Format = Literal["text", "html", "json", "md", "xlsx", "pdf"]
_FILES: Mapping[str, str] = {"xlsx": "a workbook", "pdf": "a PDF"}


@options.command("report", "report --period last_week --format md --output week.md")
def command(
    context: typer.Context,
    period: PeriodOption = "week",
    output_format: Annotated[
        Format,
        options.choice(Format, "How the report is written.", "--format"),
    ] = "text",
    output: OutputOption = None,
) -> None:
    """The report of a period; refused where the data is stale."""
    settings = options.settings_of(context)
    if output_format in _FILES:
        refuse_terminal(output, _FILES[output_format])
    made: str | bytes | None = None
    with open_warehouse(settings) as warehouse:
        refuse_stale(warehouse, settings)
        report = reports.assemble(warehouse, settings, period)
        for warning in report.warnings:
            terminal.warn(warning)
        if output_format in {"html", *_FILES}:
            made = _drawn(warehouse, settings, report, output_format)
    if isinstance(made, bytes):
        write_binary(made, output, _FILES[output_format])
        return
    with open_output(output) as stream:
        if made is None:
            made = _written(report, output_format, settings.lang, Paint(wants_colour(stream)))
        stream.write(made)


def illustrated(
    warehouse: Warehouse, settings: Settings, report: reports.Report, asked_by: str
) -> list[Illustration]:
    """The charts that the report shows; none, and a warning, without the extra for charts.

    Raises:
        WarehouseError: the marts are incomplete.
    """
    from utm_pipeline.report import charts
    from utm_pipeline.report.cells import Formats

    try:
        charts.check(COHORTS, asked_by)
    except ConfigError as error:
        terminal.warn(f"{error}; the report is without charts; {error.fix}")
        return []
    cohorts = catalogue.fetch(warehouse, COHORTS, {}, settings.lang)
    return illustrations(report, cohorts, Formats(settings.lang, settings.currency))


def _drawn(
    warehouse: Warehouse, settings: Settings, report: reports.Report, output_format: str
) -> str | bytes:
    """The report in a format with charts, which may ask the warehouse for more."""
    if output_format == "xlsx":
        from utm_pipeline.report import xlsx

        cohorts = catalogue.fetch(warehouse, COHORTS, {}, settings.lang)
        return xlsx.render_report(report, cohorts, settings.lang)
    if output_format == "pdf":
        from utm_pipeline.report import pdf

        pdf.check("report")
        shown = illustrated(warehouse, settings, report, "report")
        return pdf.render_report(report, settings.lang, shown)
    from utm_pipeline.report import html

    shown = illustrated(warehouse, settings, report, "report")
    return html.render_report(report, settings.lang, html.drawn(shown))


def _written(report: reports.Report, output_format: str, lang: str, paint: Paint) -> str:
    if output_format == "json":
        return json.dumps(reports.to_json(report), ensure_ascii=False, indent=2) + "\n"
    if output_format == "md":
        from utm_pipeline.report import markdown

        return markdown.render_report(report, lang)
    from utm_pipeline.report import text

    return text.render_report(report, lang, paint)
