"""The cohort analysis as a table whose cells are shaded: numbers first, colours beside them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from utm_pipeline.queries.model import Column
from utm_pipeline.queries.params import PARAMS
from utm_pipeline.report.charts.answers import Cohorts, cells_in_words, cohorts_title, read_cohorts
from utm_pipeline.report.charts.look import Theme, ink_on, shade
from utm_pipeline.report.charts.words import NOT_YET
from utm_pipeline.report.formats import Formats
from utm_pipeline.report.labels import column_label
from utm_pipeline.web.dashboard.view import Shown, View
from utm_pipeline.web.words import words

SHADES = 20
"""Steps of the shading; more could not be told apart."""


@dataclass(frozen=True)
class Cell:
    """One period of one cohort."""

    text: str
    about: str
    """The exact number with what it is, for a pointer that rests on it."""
    shade: int | None
    """0 to ``SHADES``; None for what takes no part in the comparison."""


@dataclass(frozen=True)
class Row:
    """One cohort."""

    name: str
    size: str
    cells: tuple[Cell, ...]


def load(view: View) -> Shown:
    """The matrix of the metric, type and source that were chosen."""
    filters, formats = view.filters, view.formats
    tables = view.ask(
        "cohort-analysis",
        cohort_type=filters.cohort_type,
        metric=filters.metric,
        utm_source=filters.utm_source,
    )
    answer = read_cohorts(tables)
    chosen = {
        "metrics": [(name, column_label(name, formats.lang)) for name in PARAMS["metric"].choices],
        "types": [(name, words(formats.lang)[name]) for name in PARAMS["cohort_type"].choices],
    }
    if not answer.cohorts:
        return {**chosen, "note": "cohort_none"}
    return {
        **chosen,
        "note": None,
        "title": cohorts_title(answer, formats.lang),
        "about": cells_in_words(answer, formats),
        "below": NOT_YET.in_language(formats.lang),
        "periods": answer.periods,
        "rows": _rows(answer, formats),
        "labels": (column_label("cohort", formats.lang), column_label("size", formats.lang)),
    }


def _rows(answer: Cohorts, formats: Formats) -> list[Row]:
    column = Column(answer.metric, answer.kind)
    named = words(formats.lang)["cohort_of"]
    rows = []
    for place, (cohort, size) in enumerate(zip(answer.cohorts, answer.sizes, strict=True)):
        day, people = formats.day(cohort), formats.number(size, 0)
        cells = tuple(
            Cell(
                formats.cell(value, column),
                named.format(day=day, size=people, period=period)
                + f": {formats.cell(value, column)}"
                + (" %" if answer.metric == "retention" else ""),
                None if share is None else round(share * SHADES),
            )
            for value, share, period in zip(
                answer.matrix[place], answer.shares()[place], answer.periods, strict=False
            )
        )
        rows.append(Row(day, people, cells))
    return rows


def style(theme: Theme) -> Sequence[tuple[int, str, str]]:
    """Every step of the shading with its colour and the one that can be read on it."""
    fills = [shade(theme, step / SHADES) for step in range(SHADES + 1)]
    return [(step, fill, ink_on(fill)) for step, fill in enumerate(fills)]
