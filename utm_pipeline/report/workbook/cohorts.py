"""The sheet of cohorts: a row a cohort, a column a period, the more the darker."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from utm_pipeline.queries.model import Table
from utm_pipeline.report.charts.answers import cells_in_words, cohorts_title, read_cohorts
from utm_pipeline.report.charts.look import LIGHT
from utm_pipeline.report.charts.words import NOT_YET
from utm_pipeline.report.labels import column_label, text_label
from utm_pipeline.report.views import Cell
from utm_pipeline.report.workbook.cells import ASIDE, HEAD, NEUTRAL, Styles, as_number
from utm_pipeline.report.workbook.sheet import Sheet
from utm_pipeline.words import Kind

if TYPE_CHECKING:
    from xlsxwriter import Workbook  # type: ignore[import-untyped]  # no stubs

_BEFORE = 2
"""Columns before those of the periods."""


def cohort_sheet(
    book: Workbook, styles: Styles, tables: Sequence[Table], stamps: tuple[str, str]
) -> None:
    """Adds the sheet; the cell of a period that is not complete stays empty.

    Args:
        book: the workbook.
        styles: its formats.
        tables: the answer of ``cohort-analysis``.
        stamps: what the report is about, and as of when.
    """
    lang = styles.formats.lang
    answer = read_cohorts(tables)
    report, as_of = stamps
    sheet = Sheet(book, styles, text_label("cohorts", lang))
    sheet.line(cohorts_title(answer, lang), HEAD)
    sheet.line(f"{report}. {as_of}", ASIDE)
    if not answer.cohorts:
        sheet.line(text_label("no_cohorts", lang), ASIDE)
        sheet.finish(as_of)
        return
    said = cells_in_words(answer, styles.formats)
    sheet.line(f"{said[:1].upper()}{said[1:]}. {NOT_YET.in_language(lang)}", ASIDE)
    sheet.gap()
    names = (column_label("cohort", lang), column_label("size", lang), *answer.periods)
    sheet.headings([Cell(name, right=place > 0) for place, name in enumerate(names)])
    first, _ = sheet.tables[0]
    for cohort, size in zip(answer.cohorts, answer.sizes, strict=True):
        sheet.row(
            (
                Cell(styles.formats.day(cohort), value=cohort, kind=Kind.DATE),
                Cell(styles.formats.number(size, 0), True, value=size, kind=Kind.COUNT),
            )
        )
    # In retention, period 0 is 100 for everybody and takes no part in the comparison.
    apart = 1 if answer.metric == "retention" else 0
    look = styles.number(answer.kind)
    for row, values in enumerate(answer.matrix, start=first + 1):
        for period, value in enumerate(values):
            shade = NEUTRAL if period < apart else {}
            number = as_number(value, answer.kind)
            sheet.made.write_number(row, _BEFORE + period, number, styles.of(look, shade))
    last = first + len(answer.cohorts)
    if len(answer.periods) > apart:
        sheet.made.conditional_format(
            first + 1,
            _BEFORE + apart,
            last,
            _BEFORE + len(answer.periods) - 1,
            {
                "type": "2_color_scale",
                "min_type": "num",
                "min_value": 0,
                "min_color": LIGHT.ramp[0],
                # Light enough for black numbers.
                "max_color": LIGHT.ramp[2],
            },
        )
    sheet.finish(as_of)
