"""The cohort analysis as a heat map: a row a cohort, a column a period, numbers in the cells."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from typing import Any

import altair as alt

from utm_pipeline.queries.model import Table
from utm_pipeline.report.charts import canvas
from utm_pipeline.report.charts.answers import Cohorts, cells_in_words, cohorts_title, read_cohorts
from utm_pipeline.report.charts.look import Look, Theme, ink_on, shade
from utm_pipeline.report.charts.words import LATEST_OF, NOT_YET, WHOLE_MONEY
from utm_pipeline.report.formats import Formats
from utm_pipeline.report.labels import column_label, text_label
from utm_pipeline.words import Kind

MOST_ROWS = 104
"""Two years of weeks; of more cohorts the latest are drawn, and the chart says so."""
_ROW_HEIGHT = 23
_SIZES_END, _CELLS_START = 134, 146
_LETTER = 6.4
_LEAST_CELL, _LEAST_WIDTH = 46, 560
_HEAD = 16
_WHOLE_FROM = 1000
"""From here on money loses its hundredths, which would only widen the cells."""


def chart(tables: Sequence[Table], look: Look) -> alt.LayerChart:
    """The heat map of a ``cohort-analysis``; a period that is not complete has no cell.

    The darker a cell (on a dark page the brighter), the more.
    """
    answer = read_cohorts(tables)
    lang = look.formats.lang
    title = cohorts_title(answer, lang)
    if not answer.cohorts:
        return canvas.blank(look, title, text_label("no_cohorts", lang))
    shown = replace(
        answer,
        cohorts=answer.cohorts[-MOST_ROWS:],
        sizes=answer.sizes[-MOST_ROWS:],
        matrix=answer.matrix[-MOST_ROWS:],
    )
    places = _places(shown)
    cells = _cells(shown, look.formats, places, look.theme)
    longest = max((len(cell["text"]) for cell in cells), default=0)
    cell_width = max(_LEAST_CELL, round(longest * _LETTER) + 14)
    height = len(shown.cohorts) * _ROW_HEIGHT
    end = _CELLS_START + len(shown.periods) * cell_width
    rows = canvas.row_places(len(shown.cohorts), height)
    layers = [*_margins(shown, rows, look), *_heads(shown, cell_width, look)]
    if cells:
        layers.insert(0, _grid(cells, rows, (_CELLS_START, end), len(shown.periods), look.theme))
    about = [_what(shown, places, look.formats)]
    if look.about:
        about.append(look.about)
    if len(shown.cohorts) < len(answer.cohorts):
        every = look.formats.number(len(answer.cohorts), 0)
        about.append(LATEST_OF.in_language(lang).format(shown=len(shown.cohorts), all=every))
    return canvas.paper(
        layers,
        look,
        title,
        (max(end, _LEAST_WIDTH), height),
        about=" · ".join(about),
        below=NOT_YET.in_language(lang),
        head=_HEAD,
    )


def _places(answer: Cohorts) -> int:
    """Decimals of the cells."""
    if answer.kind is Kind.MONEY:
        largest = max((value for row in answer.matrix for value in row), default=0)
        return 0 if largest >= _WHOLE_FROM else 2
    return 1 if answer.kind is Kind.RETENTION else 0


def _what(answer: Cohorts, places: int, formats: Formats) -> str:
    """What a cell holds, in words."""
    words = cells_in_words(answer, formats)
    rounded = answer.kind is Kind.MONEY and places == 0
    return f"{words}, {WHOLE_MONEY.in_language(formats.lang)}" if rounded else words


def _cells(answer: Cohorts, formats: Formats, places: int, theme: Theme) -> list[dict[str, Any]]:
    """Every cell with its number, its text and its colours."""
    cells = []
    for row, (cohort, values, shares) in enumerate(
        zip(answer.cohorts, answer.matrix, answer.shares(), strict=True)
    ):
        for period, (value, share) in enumerate(zip(values, shares, strict=True)):
            fill = theme.neutral if share is None else shade(theme, share)
            cells.append(
                {
                    "row": row,
                    "cohort": cohort.isoformat(),
                    "period": period,
                    "value": value,
                    "text": formats.number(value, places),
                    "fill": fill,
                    "ink": theme.muted if share is None else ink_on(fill),
                }
            )
    return cells


def _grid(
    cells: Sequence[canvas.Row],
    rows: alt.Y,
    bounds: tuple[float, float],
    periods: int,
    theme: Theme,
) -> alt.LayerChart:
    scale = alt.Scale(type="band", domain=list(range(periods)), range=list(bounds), padding=0)
    columns = alt.X("period:O", scale=scale, axis=None)
    return canvas.over(
        canvas.chart_of(cells)
        .mark_rect(stroke=theme.background, strokeWidth=1.5, aria=False)
        .encode(x=columns, y=rows, color=canvas.colours()),
        canvas.words(cells, columns, rows, canvas.colours("ink"), align="center"),
    )


def _margins(answer: Cohorts, rows: alt.Y, look: Look) -> list[canvas.Layer]:
    """The cohorts' names and sizes beside the rows."""
    named = [
        {"row": row, "text": _name(cohort, answer.cohort_type, look.formats)}
        for row, cohort in enumerate(answer.cohorts)
    ]
    sized = [
        {"row": row, "size": size, "text": look.formats.number(size, 0)}
        for row, size in enumerate(answer.sizes)
    ]
    return [
        canvas.words(named, alt.value(0), rows, look.theme.ink),
        canvas.words(sized, alt.value(_SIZES_END), rows, look.theme.muted, align="right"),
    ]


def _heads(answer: Cohorts, cell_width: float, look: Look) -> list[canvas.Layer]:
    """Headings of the columns: periods by their number, with their unit above."""
    lang = look.formats.lang
    heads: list[canvas.Layer] = [
        canvas.heading(column_label("cohort", lang), 0, look),
        canvas.heading(column_label("size", lang), _SIZES_END, look, align="right"),
    ]
    for period, label in enumerate(answer.periods):
        unit, _, number = label.rpartition(" ")
        if period == 0:
            heads.append(canvas.line(unit, _CELLS_START, -_HEAD - 11, look.theme.muted))
        middle = _CELLS_START + (period + 0.5) * cell_width
        heads.append(canvas.heading(number, middle, look, align="center"))
    return heads


def _name(cohort: date, cohort_type: str, formats: Formats) -> str:
    if cohort_type == "month":
        return cohort.strftime("%m.%Y" if formats.lang == "uk" else "%Y-%m")
    return formats.day(cohort)
