"""``report``: the report of a period."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
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
    refuse_terminal,
    write_binary,
)
from utm_pipeline.report import sections as reports
from utm_pipeline.report.paint import Paint, wants_colour
from utm_pipeline.settings import Settings
from utm_pipeline.warehouse import Warehouse, open_warehouse, refuse_stale

FILES: Mapping[str, str] = {"xlsx": "a workbook", "pdf": "a PDF"}
"""The formats that are no text, and what each is called."""
FORMATS = ("text", "html", "json", "md", *FILES)


@click.command("report", epilog=example("report --period last_week --format md --output week.md"))
@period_option
@click.option(
    "--format",
    "output_format",
    type=click.Choice(FORMATS),
    default="text",
    show_default=True,
    help="How the report is written.",
)
@output_option
@pass_globals
def command(app: Globals, /, period: str, output_format: str, output: Path | None) -> None:
    """The report of a period; refused where the data is older than UTM_FRESHNESS_MINUTES."""
    settings = app.settings()
    if output_format in FILES:
        refuse_terminal(output, FILES[output_format])
    with open_warehouse(settings) as warehouse:
        refuse_stale(warehouse, settings)
        report = reports.assemble(warehouse, settings, period)
        page = _page(warehouse, settings, report) if output_format == "html" else None
        write = _WRITERS.get(output_format)
        file = write(warehouse, settings, report) if write is not None else None
    if file is not None:
        write_binary(file, output, FILES[output_format])
        return
    with open_output(output) as stream:
        if page is not None:
            stream.write(page)
            return
        stream.write(rendered(report, output_format, settings.lang, Paint(wants_colour(stream))))


def _page(warehouse: Warehouse, settings: Settings, report: reports.Report) -> str:
    """The report as an HTML file that needs nothing from elsewhere."""
    from utm_pipeline.commands._illustrated import illustrated
    from utm_pipeline.report import html

    shown = illustrated(warehouse, settings, report, "report")
    return html.render_report(report, settings.lang, html.drawn(shown))


def _workbook(warehouse: Warehouse, settings: Settings, report: reports.Report) -> bytes:
    from utm_pipeline.report import workbook
    from utm_pipeline.report.illustrations import COHORTS

    cohorts = catalogue.fetch(warehouse, COHORTS, {}, settings.lang)
    return workbook.render_report(report, cohorts, settings.lang)


def _pdf(warehouse: Warehouse, settings: Settings, report: reports.Report) -> bytes:
    from utm_pipeline.commands._illustrated import illustrated
    from utm_pipeline.report import pdf

    pdf.check("report")
    shown = illustrated(warehouse, settings, report, "report")
    return pdf.render_report(report, settings.lang, shown)


def rendered(report: reports.Report, output_format: str, lang: str, paint: Paint) -> str:
    """The report as text, JSON or Markdown."""
    if output_format == "json":
        return json.dumps(reports.to_json(report), ensure_ascii=False, indent=2) + "\n"
    if output_format == "md":
        from utm_pipeline.report import markdown

        return markdown.render_report(report, lang)
    from utm_pipeline.report import text

    return text.render_report(report, lang, paint)


_WRITERS: Mapping[str, Callable[[Warehouse, Settings, reports.Report], bytes]] = {
    "xlsx": _workbook,
    "pdf": _pdf,
}
