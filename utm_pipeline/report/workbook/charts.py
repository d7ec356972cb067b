"""Charts of Excel's own, which whoever gets the workbook can change."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from utm_pipeline.report import charts
from utm_pipeline.report.charts.look import LIGHT, Look, about
from utm_pipeline.report.formats import Formats
from utm_pipeline.report.sections import Report
from utm_pipeline.report.views import View
from utm_pipeline.report.workbook.cells import defined
from utm_pipeline.report.workbook.sheet import Sheet

if TYPE_CHECKING:
    from xlsxwriter import Workbook  # type: ignore[import-untyped]  # no stubs
    from xlsxwriter.chart import Chart  # type: ignore[import-untyped]  # no stubs

QUERIES: Mapping[str, str] = {
    "top_sources": "sources",
    "top_ltv": "ltv-comparison",
    "funnel": "funnel",
}
"""The sections with a chart, and the query whose answer it shows: names and their first number."""
_WIDTH, _HEIGHT = 560, 320


def bar_chart(
    book: Workbook, sheet: Sheet, view: View, report: Report, formats: Formats
) -> tuple[Chart, str] | None:
    """A bar for each row of the section's table, and what it shows in words.

    Returns:
        The chart and its text; None where the section has no chart, or nothing to show.
    """
    query = QUERIES.get(view.key)
    if query is None or not view.grids or not any(row[1].value for row in view.grids[0].rows):
        return None
    heading, last = sheet.tables[0]
    made = book.add_chart({"type": "bar"})
    made.add_series(
        {
            "name": [sheet.name, heading, 1],
            "categories": [sheet.name, heading + 1, 0, last, 0],
            "values": [sheet.name, heading + 1, 1, last, 1],
            "fill": {"color": LIGHT.bar},
            "data_labels": {"value": True},
            "gap": 40,
        }
    )
    name = f"{view.title}: {view.grids[0].headings[1].text}"
    made.set_title({"name": defined(name), "name_font": {"size": 13, "color": LIGHT.ink}})
    made.set_legend({"none": True})
    # The first row on top, as in the table.
    made.set_y_axis({"reverse": True, "num_font": {"color": LIGHT.ink}, "line": {"none": True}})
    # Each bar says its number.
    made.set_x_axis({"visible": False, "major_gridlines": {"visible": False}})
    made.set_size({"width": _WIDTH, "height": _HEIGHT})
    when = about(formats, report.period, (report.first_date, report.last_date))
    look = Look(formats, LIGHT, when)
    return made, charts.alt_text(query, report.answers[query], look)
