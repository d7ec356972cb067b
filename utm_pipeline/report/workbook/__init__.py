"""The report as a workbook: a sheet for each section, with real numbers and charts of Excel's own.

What is on the sheets comes from ``render.views``, so a new section gets its sheet by itself.
"""

from __future__ import annotations

import io
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING

from utm_pipeline.errors import ConfigError
from utm_pipeline.queries.model import Table
from utm_pipeline.report.formats import Formats
from utm_pipeline.report.labels import text_label
from utm_pipeline.report.sections import Report
from utm_pipeline.report.text import stamp, title
from utm_pipeline.report.views import View, views
from utm_pipeline.report.workbook.cells import ASIDE, HEAD, LINK, Styles, cell_text, defined
from utm_pipeline.report.workbook.charts import bar_chart
from utm_pipeline.report.workbook.cohorts import cohort_sheet
from utm_pipeline.report.workbook.sheet import Sheet

if TYPE_CHECKING:
    from xlsxwriter import Workbook  # type: ignore[import-untyped]  # no stubs

_LONGEST_ADDRESS = 2079
"""Of a link, in letters (Excel's specifications and limits)."""


def render_report(report: Report, cohorts: Sequence[Table], lang: str) -> bytes:
    """The report as an .xlsx file; the same report always gives the same bytes.

    Args:
        report: the answers.
        cohorts: the answer of ``cohort-analysis``.
        lang: ``uk`` or ``en``.

    Raises:
        ConfigError: the extra for workbooks is not installed.
    """
    formats = Formats(lang, report.currency)
    with _workbook() as (book, stream):
        book.set_properties(
            {
                "title": defined(title(report, formats)),
                "author": "utm-pipeline",
                "comments": stamp(report, formats),
                # Excel knows no zones, so this is the business's clock, as in the stamp.
                "created": report.as_of.replace(tzinfo=None),
            }
        )
        styles = Styles(book, formats)
        shown = views(report, formats)
        first = _overview(book, styles, report, shown[0])
        sheets = {view.key: _section(book, styles, report, view) for view in shown[1:]}
        places = iter(((4, 4), (22, 4)))
        for view in shown[1:]:
            chart = bar_chart(book, sheets[view.key], view, report, formats)
            if chart is not None:
                sheets[view.key].insert_chart(*chart)
        for key in ("top_sources", "funnel"):
            view = next(each for each in shown if each.key == key)
            chart = bar_chart(book, sheets[key], view, report, formats)
            if chart is not None:
                first.insert_chart(*chart, at=next(places))
        cohort_sheet(book, styles, cohorts, (title(report, formats), stamp(report, formats)))
    return stream.getvalue()


def _overview(book: Workbook, styles: Styles, report: Report, view: View) -> Sheet:
    """The first sheet: what the report is about, and its first section."""
    sheet = Sheet(book, styles, text_label("report", styles.formats.lang))
    sheet.line(title(report, styles.formats), HEAD)
    sheet.line(stamp(report, styles.formats), ASIDE)
    if report.dashboard_url:
        label = f"{text_label('dashboard', styles.formats.lang)}: {report.dashboard_url}"
        if len(report.dashboard_url) > _LONGEST_ADDRESS:
            sheet.line(label, ASIDE)
        else:
            sheet.link(report.dashboard_url, cell_text(label), LINK)
    sheet.gap()
    sheet.view(view)
    sheet.finish(stamp(report, styles.formats))
    return sheet


def _section(book: Workbook, styles: Styles, report: Report, view: View) -> Sheet:
    sheet = Sheet(book, styles, view.title)
    sheet.line(view.title, HEAD)
    sheet.line(f"{title(report, styles.formats)}. {stamp(report, styles.formats)}", ASIDE)
    sheet.gap()
    sheet.view(view, titled=False)
    sheet.finish(stamp(report, styles.formats))
    return sheet


@contextmanager
def _workbook() -> Iterator[tuple[Workbook, io.BytesIO]]:
    try:
        from xlsxwriter import Workbook
    except ImportError as error:
        raise ConfigError(
            "workbooks need xlsxwriter", "report", "run `pip install 'utm-pipeline[xlsx]'`"
        ) from error
    stream = io.BytesIO()
    # Nothing that looks like a formula, a number or an address becomes one.
    options = {
        "in_memory": True,
        "strings_to_formulas": False,
        "strings_to_numbers": False,
        "strings_to_urls": False,
    }
    with Workbook(stream, options) as book:
        yield book, stream
