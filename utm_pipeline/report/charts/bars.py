"""Bars beside each other: a row a thing, a panel a measure, the number at the end of each bar."""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import chain
from typing import Any

from utm_pipeline.queries import QUERIES
from utm_pipeline.queries.model import Column, Table
from utm_pipeline.report.charts.look import Content, Look, drawable
from utm_pipeline.report.layout import safe
from utm_pipeline.words import column_label, text

MOST_ROWS = 20
"""Of more rows the first are drawn, and the chart says so."""
_WIDTH = 720
_NUMBER = 84
"""About how wide a number behind a bar is; Vega finds out, and places what stands beside it."""
_GAP = 18
_MOST_IN_TEXT = 5
_LABEL_CELLS = 40
_GOALS = frozenset({"leads", "purchases"})
# A label that is written from right to left keeps to itself, or it would turn the numbers around.
_ISOLATE, _END = "\u2068", "\u2069"


@dataclass(frozen=True)
class Bars:
    """What the chart of a query shows of its answer, in the answer's order."""

    measures: tuple[tuple[str, ...], ...]
    """A panel each: the column that is drawn, and what else its text says."""
    labels: tuple[str, ...] = ("utm_source",)
    part: str | None = None
    needed: str = ""
    """Rows without this number are left out."""
    about: str = ""
    """The text that says so."""
    empty: str = "no_sources"
    label: float = 150
    """The room of one label, in pixels; a longer one is cut."""
    step: float = 28
    thickness: float = 17


BARS: Mapping[str, Bars] = {
    "sources": Bars((("sessions",), ("revenue",))),
    "ltv-comparison": Bars((("ltv_per_session",), ("ltv_per_customer",))),
    "roi": Bars(
        (("ad_spend",), ("revenue",), ("roi",)),
        labels=("utm_campaign", "utm_source"),
        part="rows",
        needed="ad_spend",
        about="chart.with_spend",
        empty="chart.no_spend",
        label=108,
    ),
    "funnel": Bars(
        (("sessions", "rate_of_total"), ("rate_of_previous",)),
        labels=("name",),
        part="steps",
        label=100,
        step=40,
        thickness=24,
    ),
}
Rows = Sequence[Mapping[str, Any]]


def content(query: str, tables: Sequence[Table], look: Look) -> Content:
    """What the chart shows: the first rows with their numbers, and how many rows more there are."""
    bars, lang = BARS[query], look.formats.lang
    table = next(table for table in tables if table.key == bars.part)
    columns = {column.key: column for column in table.columns}
    rows = [row for row in table.dicts() if not bars.needed or row[bars.needed] > 0]
    is_empty = not rows or (query == "funnel" and not rows[0]["sessions"])
    title = QUERIES[query].title.in_language(lang)
    said = _steps_in_words if query == "funnel" else partial(_in_words, bars)
    return Content(
        title,
        title,
        text(bars.empty, lang) if is_empty else "",
        partial(said, rows, columns, look),
        partial(_values, bars, rows, columns, look),
    )


def _values(bars: Bars, rows: Rows, columns: Mapping[str, Column], look: Look) -> Mapping[str, Any]:
    lang, shown = look.formats.lang, rows[:MOST_ROWS]
    about = [bars.about and text(bars.about, lang), look.about]
    if len(shown) < len(rows):
        count = look.formats.number(len(rows), 0)
        about.append(text("chart.first_of", lang, shown=len(shown), all=count))
    labels = len(bars.labels) * (bars.label + _GAP) - _GAP
    return {
        "file": "bars",
        "about": [" · ".join(filter(None, about))],
        "labels": [
            {
                "row": number,
                "place": place * (bars.label + _GAP),
                "text": drawable(column_label(row[key], lang) if key == "name" else row[key]),
                "ink": look.theme.muted if place else look.theme.ink,
            }
            for number, row in enumerate(shown)
            for place, key in enumerate(bars.labels)
        ],
        "label_width": labels,
        "limit": bars.label,
        "step": bars.step,
        "thickness": bars.thickness,
        "width": (_WIDTH - labels) / len(bars.measures) - _NUMBER - _GAP,
        "panels": [
            {
                "heading": " · ".join(column_label(key, lang) for key in keys),
                "rows": [
                    _bar(number, keys, row, columns, look) for number, row in enumerate(shown)
                ],
            }
            for keys in bars.measures
        ],
    }


def _bar(
    number: int,
    keys: Sequence[str],
    row: Mapping[str, Any],
    columns: Mapping[str, Column],
    look: Look,
) -> dict[str, Any]:
    """A bar with its numbers, which stand at zero where no bar leads to them."""
    value = row[keys[0]]
    is_goal, is_ahead = row.get("name") in _GOALS, value is not None and value > 0
    return {
        "row": number,
        "value": value,
        "end": value if is_ahead else 0,
        "text": " · ".join(look.formats.cell(row[key], columns[key]) for key in keys),
        "fill": look.theme.goal if is_goal or (value or 0) < 0 else look.theme.bar,
        "ink": look.theme.ink if is_ahead else look.theme.muted,
    }


def _in_words(bars: Bars, rows: Rows, columns: Mapping[str, Column], look: Look) -> str:
    formats = look.formats
    listed = []
    for row in rows[:_MOST_IN_TEXT]:
        shown = {key: formats.cell(row[key], column) for key, column in columns.items()}
        numbers = ", ".join(
            f"{column_label(key, formats.lang)} {shown[key]}" for key in chain(*bars.measures)
        )
        label = safe(" · ".join(shown[key] for key in bars.labels), _LABEL_CELLS)
        if any(unicodedata.bidirectional(letter) in {"R", "AL"} for letter in label):
            label = f"{_ISOLATE}{label}{_END}"
        listed.append(f"{label} ({numbers})")
    if len(rows) > _MOST_IN_TEXT:
        count = formats.number(len(rows) - _MOST_IN_TEXT, 0)
        listed.append(text("chart.and_more", formats.lang, count=count))
    return "; ".join(listed)


def _steps_in_words(rows: Rows, columns: Mapping[str, Column], look: Look) -> str:
    said = []
    for row in rows:
        shown = {key: look.formats.cell(row[key], column) for key, column in columns.items()}
        name = column_label(row["name"], look.formats.lang)
        said.append(f"{name} {shown['sessions']} ({shown['rate_of_total']})")
    return ", ".join(said)
