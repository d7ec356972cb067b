"""``report``: the report of a period."""

from __future__ import annotations

import json
import sys
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from utm_pipeline import queries as catalogue
from utm_pipeline.commands import options, terminal
from utm_pipeline.commands.options import OutputOption, PeriodOption
from utm_pipeline.commands.output import open_output, refuse_terminal, write_binary
from utm_pipeline.errors import ConfigError
from utm_pipeline.report import sections as reports
from utm_pipeline.report.sections import COHORTS, Report
from utm_pipeline.settings import Settings
from utm_pipeline.warehouse import Warehouse, open_warehouse
from utm_pipeline.warehouse.health import refuse_stale

if TYPE_CHECKING:
    from utm_pipeline.report.charts import Chart

Format = Literal["text", "html", "json", "md", "xlsx", "pdf"]
_FILES = {"xlsx": "a workbook", "pdf": "a PDF"}


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
    with open_warehouse(settings) as warehouse:
        refuse_stale(warehouse, settings)
        report = reports.assemble(warehouse, settings, period)
        for warning in report.warnings:
            terminal.warn(warning, settings.lang)
        made = _made(output_format, warehouse, settings, report, is_file=output is not None)
    if isinstance(made, bytes):
        write_binary(made, output, _FILES[output_format])
        return
    with open_output(output) as stream:
        stream.write(made)


def illustrated(
    warehouse: Warehouse, settings: Settings, report: Report, asked_by: str
) -> list[Chart]:
    """The charts that the report shows; none, and a warning, without the extra for charts.

    Raises:
        WarehouseError: the marts are incomplete.
    """
    from utm_pipeline.report import charts
    from utm_pipeline.report.cells import Formats

    try:
        charts.check(COHORTS, asked_by)
    except ConfigError as error:
        said = f"{error}; the report is without charts; {error.fix}"
        terminal.warn(said, settings.lang)
        return []
    cohorts = catalogue.fetch(warehouse, COHORTS, {}, settings.lang)
    return charts.illustrations(report, cohorts, Formats(settings.lang, settings.currency))


def _made(
    output_format: Format,
    warehouse: Warehouse,
    settings: Settings,
    report: Report,
    *,
    is_file: bool,
) -> str | bytes:
    """The report in a format; one with charts asks the warehouse for more."""
    lang = settings.lang
    match output_format:
        case "json":
            return json.dumps(reports.to_json(report), ensure_ascii=False, indent=2) + "\n"
        case "md":
            from utm_pipeline.report import markdown

            return markdown.render_report(report, lang)
        case "xlsx":
            from utm_pipeline.report import xlsx

            cohorts = catalogue.fetch(warehouse, COHORTS, {}, lang)
            return xlsx.render_report(report, cohorts, lang)
        case "pdf":
            from utm_pipeline.report import extras, pdf

            extras.check("pdf", "report")
            shown = illustrated(warehouse, settings, report, "report")
            return pdf.render_report(report, lang, shown)
        case "html":
            from utm_pipeline.report import html

            shown = illustrated(warehouse, settings, report, "report")
            return html.render_report(report, lang, html.drawn(shown))
    from utm_pipeline.report import text
    from utm_pipeline.report.paint import Paint, wants_colour

    return text.render_report(report, lang, Paint(not is_file and wants_colour(sys.stdout)))
