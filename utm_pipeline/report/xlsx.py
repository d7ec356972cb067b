"""The report as a workbook: a sheet a section, with real numbers and charts of Excel's own."""

from __future__ import annotations

import io
from collections.abc import Sequence
from typing import Any

from utm_pipeline.queries.model import Table
from utm_pipeline.report import extras
from utm_pipeline.report.cells import Formats
from utm_pipeline.report.charts import Chart
from utm_pipeline.report.charts.look import LIGHT, Look
from utm_pipeline.report.cohorts import Cohorts, read_cohorts
from utm_pipeline.report.sections import Block, Report, compose, dashboard, dated, stamp, title
from utm_pipeline.report.sheets import HEAD, LINK, TITLE, Book, Sheet, cell_text, defined
from utm_pipeline.words import text

_LONGEST_ADDRESS = 2079
"""Of a link, in letters (Excel's specifications and limits)."""
_CHART_PLACES = ((4, 4), (22, 4))
"""Where the first sheet has its charts."""


def render_report(report: Report, cohorts: Sequence[Table], lang: str) -> bytes:
    """The report as an .xlsx file; the same report always gives the same bytes.

    ``cohorts`` is the answer of ``cohort-analysis``.

    Raises:
        ConfigError: the extra for workbooks is not installed.
    """
    extras.check("xlsx", "report")
    from xlsxwriter import Workbook  # type: ignore[import-untyped]  # no stubs

    stream = io.BytesIO()
    # Nothing that looks like a formula, a number or an address becomes one.
    nothing = dict.fromkeys(("strings_to_formulas", "strings_to_numbers", "strings_to_urls"), False)
    with Workbook(stream, {"in_memory": True, **nothing}) as made:
        _fill(Book(made, report, Formats(lang, report.currency)), cohorts)
    return stream.getvalue()


def _fill(book: Book, cohorts: Sequence[Table]) -> None:
    report, formats = book.report, book.formats
    book.made.set_properties(
        {
            "title": defined(title(report, formats)),
            "author": "utm-pipeline",
            "comments": stamp(report, formats),
            "created": report.as_of.replace(tzinfo=None),
        }
    )
    overview, *blocks = compose(report, formats)
    first = _overview(book, overview)
    drawn = []
    for block in blocks:
        sheet = _sheet(book, block.title, block.title)
        sheet.row += 1
        sheet.block(block)
        sheet.finish()
        if block.section.has_bars and block.grids and any(r[1].value for r in block.grids[0].rows):
            drawn.append((sheet, block))
    for sheet, block in drawn:
        sheet.insert_chart(*_bars(sheet, block))
    # The first sheet repeats what the report has pictures of.
    pictured = [each for each in drawn if each[1].section.chart]
    for place, (sheet, block) in zip(_CHART_PLACES, pictured, strict=False):
        first.insert_chart(*_bars(sheet, block), at=place)
    _cohort_sheet(book, read_cohorts(cohorts))


def _sheet(book: Book, name: str, head: str) -> Sheet:
    sheet = Sheet(book, name)
    sheet.line(head, HEAD)
    sheet.line(f"{title(book.report, book.formats)}. {stamp(book.report, book.formats)}")
    return sheet


def _overview(book: Book, block: Block) -> Sheet:
    """The first sheet: what the report is about, and its first section."""
    report, formats = book.report, book.formats
    sheet = Sheet(book, text("report", formats.lang))
    sheet.line(title(report, formats), HEAD)
    sheet.line(stamp(report, formats))
    label, url = dashboard(report, formats), report.dashboard_url or ""
    if len(url) > _LONGEST_ADDRESS:
        sheet.line(label)
    elif url:
        sheet.made.write_url(sheet.row, 0, url, book.style(LINK), cell_text(label))
        sheet.row += 1
    sheet.row += 1
    sheet.line(block.title, TITLE)
    sheet.block(block)
    sheet.finish()
    return sheet


def _bars(sheet: Sheet, block: Block) -> tuple[Any, str]:
    report, formats = sheet.book.report, sheet.book.formats
    heading, last = sheet.tables[0]
    name = sheet.made.get_name()
    made = sheet.book.made.add_chart({"type": "bar"})
    made.add_series(
        {
            "name": [name, heading, 1],
            "categories": [name, heading + 1, 0, last, 0],
            "values": [name, heading + 1, 1, last, 1],
            "fill": {"color": LIGHT.bar},
            "data_labels": {"value": True},
            "gap": 40,
        }
    )
    shown = defined(f"{block.title}: {block.grids[0].headings[1].text}")
    made.set_title({"name": shown, "name_font": {"size": 13, "color": LIGHT.ink}})
    made.set_legend({"none": True})
    # The first row on top, as in the table.
    made.set_y_axis({"reverse": True, "num_font": {"color": LIGHT.ink}, "line": {"none": True}})
    # Each bar says its number.
    made.set_x_axis({"visible": False, "major_gridlines": {"visible": False}})
    made.set_size({"width": 560, "height": 320})
    (query,) = block.section.queries
    look = Look(formats, about=dated(report, formats))
    return made, Chart(query, report.answers[query], look).alt()


def _cohort_sheet(book: Book, answer: Cohorts) -> None:
    """A row a cohort, a column a period, the more the darker; no cell for what is not complete."""
    formats, lang = book.formats, book.formats.lang
    sheet = _sheet(book, text("cohorts", lang), answer.title(lang))
    if not answer.cohorts:
        sheet.line(text("no_cohorts", lang))
        sheet.finish()
        return
    said = answer.about(formats)
    sheet.line(f"{said[:1].upper()}{said[1:]}. {text('chart.not_yet', lang)}")
    sheet.row += 1
    sheet.grid(answer.grid(formats))
    if len(answer.periods) > answer.first:
        first, last = sheet.tables[0]
        scale = {
            "type": "2_color_scale",
            "min_type": "num",
            "min_value": 0,
            "min_color": LIGHT.ramp[0],
            # Light enough for black numbers.
            "max_color": LIGHT.ramp[2],
        }
        left, right = 2 + answer.first, 1 + len(answer.periods)
        sheet.made.conditional_format(first + 1, left, last, right, scale)
    sheet.finish()
