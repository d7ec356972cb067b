"""The cohort analysis as a heat map: a row a cohort, a column a period, numbers in the cells."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date
from itertools import chain
from typing import Any

from utm_pipeline.queries.model import Column, Table
from utm_pipeline.report.cells import Formats
from utm_pipeline.report.charts.look import MARGIN, Content, Look, ink_on, shade
from utm_pipeline.report.cohorts import Cohorts, read_cohorts
from utm_pipeline.words import Kind, column_label, text

MOST_ROWS = 104
"""Two years of weeks; of more cohorts the latest are drawn, and the chart says so."""
_LETTER, _LEAST_CELL = 7, 46
_LEAST_WIDTH = 412
"""Of all cells together; where they need less, the rest stays empty."""
_WHOLE_FROM = 1000
"""From here on money loses its hundredths, which would only widen the cells."""


def content(tables: Sequence[Table], look: Look) -> Content:
    """What the map shows; a period that is not complete has no cell.

    The darker a cell (on a dark page the brighter), the more.
    """
    answer, formats = read_cohorts(tables), look.formats
    title = answer.title(formats.lang)
    subject = f"{title}, {answer.about(formats)}"
    if not answer.cohorts:
        return Content(title, subject, why=text("no_cohorts", formats.lang))
    said, values = _in_words(answer, formats), _values(answer, look)
    return Content(title, subject, said=said, values=values)


def _values(answer: Cohorts, look: Look) -> Mapping[str, Any]:
    formats, lang = look.formats, look.formats.lang
    latest = ("cohorts", "sizes", "matrix")
    shown = replace(answer, **{name: getattr(answer, name)[-MOST_ROWS:] for name in latest})
    places = _places(shown)
    is_rounded = answer.kind is Kind.MONEY and not places
    whole = f", {text('chart.whole_money', lang)}" if is_rounded else ""
    about = [answer.about(formats) + whole, look.about]
    if len(shown.cohorts) < len(answer.cohorts):
        every = formats.amount(len(answer.cohorts))
        about.append(text("chart.latest_of", lang, shown=len(shown.cohorts), all=every))
    cells = _cells(shown, places, look)
    count = len(answer.periods)
    longest = max((len(cell["text"]) for cell in cells), default=0)
    step = max(_LEAST_CELL, longest * _LETTER + 12)
    spare = max(0, _LEAST_WIDTH - count * step)
    return {
        "file": "heat_map",
        "about": [" · ".join(filter(None, about)), text("chart.not_yet", lang)],
        "cohort": column_label("cohort", lang),
        "size": column_label("size", lang),
        "cohorts": [
            {
                "row": row,
                "text": _name(cohort, answer.cohort_type, formats),
                "size": size,
                "size_text": formats.number(size, 0),
            }
            for row, (cohort, size) in enumerate(zip(shown.cohorts, shown.sizes, strict=True))
        ],
        "cells": cells,
        "rows": list(range(len(shown.cohorts))),
        "unit": answer.periods[0].rpartition(" ")[0] if count else "",
        "periods": list(range(count)),
        "step": step,
        "padding": {"left": MARGIN, "top": MARGIN, "bottom": MARGIN, "right": MARGIN + spare},
    }


def _places(answer: Cohorts) -> int:
    if answer.kind is Kind.MONEY:
        return 0 if max(chain(*answer.matrix), default=0) >= _WHOLE_FROM else 2
    return 1 if answer.kind is Kind.RETENTION else 0


def _cells(answer: Cohorts, places: int, look: Look) -> list[dict[str, Any]]:
    cells = []
    for row, (cohort, numbers, shares) in enumerate(
        zip(answer.cohorts, answer.matrix, answer.shares(), strict=True)
    ):
        for period, (value, share) in enumerate(zip(numbers, shares, strict=True)):
            fill = look.theme.neutral if share is None else shade(look.theme, share)
            cells.append(
                {
                    "row": row,
                    "cohort": cohort.isoformat(),
                    "period": period,
                    "value": value,
                    "text": look.formats.number(value, places),
                    "fill": fill,
                    "ink": look.theme.muted if share is None else ink_on(fill),
                }
            )
    return cells


def _name(cohort: date, cohort_type: str, formats: Formats) -> str:
    if cohort_type == "month":
        return cohort.strftime("%m.%Y" if formats.lang == "uk" else "%Y-%m")
    return formats.day(cohort)


def _in_words(answer: Cohorts, formats: Formats) -> str:
    """The least and the most of each period that cohorts can be compared in."""
    first, last = formats.day(answer.cohorts[0]), formats.day(answer.cohorts[-1])
    count = formats.amount(len(answer.cohorts))
    said = [text("chart.cohorts", formats.lang, count=count, first=first, last=last)]
    cell = Column("", answer.kind)
    for period in range(answer.first, len(answer.periods)):
        numbers = [row[period] for row in answer.matrix if len(row) > period]
        least, most = formats.cell(min(numbers), cell), formats.cell(max(numbers), cell)
        between = text("chart.from_to", formats.lang, least=least, most=most)
        said.append(f"{answer.periods[period]}: {least if least == most else between}")
    return "; ".join(said)
