"""Bars beside each other: a row a thing, a panel a measure, the number at the end of each bar."""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import chain
from typing import Any

from utm_pipeline.queries import QUERIES
from utm_pipeline.queries.model import Table
from utm_pipeline.report.charts.look import Look, alt_start, drawable
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


def is_empty(name: str, tables: Sequence[Table]) -> bool:
    """Whether there is nothing to draw."""
    rows = _rows(name, tables)
    return not rows or (name == "funnel" and not rows[0]["sessions"])


def values(name: str, tables: Sequence[Table], look: Look) -> dict[str, Any]:
    """What ``bars.vl.json`` is filled with; or ``blank.vl.json``, where nothing is to be seen."""
    bars, lang = BARS[name], look.formats.lang
    title = QUERIES[name].title.in_language(lang)
    if is_empty(name, tables):
        why = text(bars.empty, lang)
        return {"file": "blank", "title": title, "about": [look.about], "why": why}
    rows = _rows(name, tables)
    shown = rows[:MOST_ROWS]
    about = [bars.about and text(bars.about, lang), look.about]
    if len(shown) < len(rows):
        count = look.formats.number(len(rows), 0)
        about.append(text("chart.first_of", lang, shown=len(shown), all=count))
    labels = len(bars.labels) * (bars.label + _GAP) - _GAP
    width = (_WIDTH - labels) / len(bars.measures) - _NUMBER - _GAP
    return {
        "file": "bars",
        "title": title,
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
        "panels": [
            {
                "heading": " · ".join(column_label(key, lang) for key in keys),
                "rows": _panel(keys, shown, _columns(name, tables), look),
                "width": width,
            }
            for keys in bars.measures
        ],
    }


def _panel(
    keys: Sequence[str], rows: Sequence[Mapping[str, Any]], columns: Mapping[str, Any], look: Look
) -> list[dict[str, Any]]:
    """The bars of one measure with their numbers, at zero where no bar leads to them."""
    drawn = []
    for number, row in enumerate(rows):
        value, is_goal = row[keys[0]], row.get("name") in _GOALS
        is_ahead = value is not None and value > 0
        drawn.append(
            {
                "row": number,
                "value": value,
                "end": value if is_ahead else 0,
                "text": " · ".join(look.formats.cell(row[key], columns[key]) for key in keys),
                "fill": look.theme.goal if is_goal or (value or 0) < 0 else look.theme.bar,
                "ink": look.theme.ink if is_ahead else look.theme.muted,
            }
        )
    return drawn


def alt_text(name: str, tables: Sequence[Table], look: Look) -> str:
    """The first rows with their numbers, and how many rows more there are."""
    bars, formats, rows = BARS[name], look.formats, _rows(name, tables)
    start = alt_start(QUERIES[name].title.in_language(formats.lang), look)
    if is_empty(name, tables):
        return f"{start}: {text(bars.empty, formats.lang)}."
    columns = _columns(name, tables)
    if name == "funnel":
        said = (
            f"{column_label(step['name'], formats.lang)} "
            f"{formats.cell(step['sessions'], columns['sessions'])} "
            f"({formats.cell(step['rate_of_total'], columns['rate_of_total'])})"
            for step in rows
        )
        return f"{start}: {', '.join(said)}."
    listed = []
    for row in rows[:_MOST_IN_TEXT]:
        numbers = ", ".join(
            f"{column_label(key, formats.lang)} {formats.cell(row[key], columns[key])}"
            for key in chain(*bars.measures)
        )
        label = " · ".join(formats.cell(row[key], columns[key]) for key in bars.labels)
        label = safe(label, _LABEL_CELLS)
        listed.append(f"{_kept_apart(label)} ({numbers})")
    if len(rows) > _MOST_IN_TEXT:
        count = formats.number(len(rows) - _MOST_IN_TEXT, 0)
        listed.append(text("chart.and_more", formats.lang, count=count))
    return f"{start}: {'; '.join(listed)}."


def _kept_apart(text: str) -> str:
    right_to_left = any(unicodedata.bidirectional(character) in {"R", "AL"} for character in text)
    return f"{_ISOLATE}{text}{_END}" if right_to_left else text


def _table(name: str, tables: Sequence[Table]) -> Table:
    return next(table for table in tables if table.key == BARS[name].part)


def _columns(name: str, tables: Sequence[Table]) -> dict[str, Any]:
    return {column.key: column for column in _table(name, tables).columns}


def _rows(name: str, tables: Sequence[Table]) -> list[dict[str, Any]]:
    needed = BARS[name].needed
    return [row for row in _table(name, tables).dicts() if not needed or row[needed] > 0]
