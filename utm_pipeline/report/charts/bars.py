"""Bars beside each other: a row a thing, a panel a measure, the number at the end of each bar."""

from __future__ import annotations

import unicodedata
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import chain
from typing import Any

from utm_pipeline.queries import QUERIES
from utm_pipeline.queries.model import Table
from utm_pipeline.report.cells import Formats, in_words
from utm_pipeline.report.charts.look import Content, Look, drawable
from utm_pipeline.report.layout import safe
from utm_pipeline.words import Kind, column_label, kind_of, text

MOST_ROWS = 20
"""Of more rows the first are drawn, and the chart says so."""
_WIDTH = 720
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
    number: float = 84
    """About how wide a number behind a bar is; Vega finds out, and places what stands beside it."""


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
        number=112,
    ),
}
Row = tuple[Mapping[str, Any], Mapping[str, str]]
"""Values, and the texts for them."""


def content(query: str, tables: Sequence[Table], look: Look) -> Content:
    """What the chart shows: the first rows with their numbers, and how many rows more there are."""
    bars, lang = BARS[query], look.formats.lang
    table = next(table for table in tables if table.key == bars.part)
    pairs = zip(table.dicts(), in_words(table, look.formats.brief), strict=True)
    rows = [row for row in pairs if not bars.needed or (row[0][bars.needed] or 0) > 0]
    title = QUERIES[query].title.in_language(lang)
    if not rows or (query == "funnel" and not rows[0][0]["sessions"]):
        return Content(title, title, why=text(bars.empty, lang))
    if query == "funnel":
        steps = (texts for _, texts in rows)
        said = ", ".join(f"{s['name']} {s['sessions']} ({s['rate_of_total']})" for s in steps)
    else:
        said = _in_words(bars, rows, look.formats)
    return Content(title, title, said=said, values=_values(bars, rows, look))


def _values(bars: Bars, rows: Sequence[Row], look: Look) -> Mapping[str, Any]:
    lang, shown = look.formats.lang, rows[:MOST_ROWS]
    about = [bars.about and text(bars.about, lang), look.about]
    if len(shown) < len(rows):
        count = look.formats.number(len(rows), 0)
        about.append(text("chart.first_of", lang, shown=len(shown), all=count))
    labels = len(bars.labels) * (bars.label + _GAP) - _GAP
    domains = _domains(bars, [values for values, _ in shown])
    return {
        "file": "bars",
        "about": [" · ".join(filter(None, about))],
        "labels": [
            {
                "row": number,
                "place": place * (bars.label + _GAP),
                "text": drawable(texts[key]),
                "ink": look.theme.muted if place else look.theme.ink,
            }
            for number, (_, texts) in enumerate(shown)
            for place, key in enumerate(bars.labels)
        ],
        "label_width": labels,
        "limit": bars.label,
        "step": bars.step,
        "thickness": bars.thickness,
        "width": (_WIDTH - labels) / len(bars.measures) - bars.number - _GAP,
        "panels": [
            {
                "heading": " · ".join(column_label(key, lang) for key in keys),
                "domain": domains[kind_of(keys[0])],
                "rows": [_bar(number, keys, row, look) for number, row in enumerate(shown)],
            }
            for keys in bars.measures
        ],
    }


def _domains(bars: Bars, rows: Sequence[Mapping[str, Any]]) -> Mapping[Kind, list[float]]:
    """What the bars of each unit reach from and to: panels of one unit have one scale."""
    numbers: dict[Kind, list[float]] = defaultdict(lambda: [0])
    for key, *_ in bars.measures:
        numbers[kind_of(key)] += [row[key] for row in rows if row[key] is not None]
    return {kind: [min(found), max(found) or 1] for kind, found in numbers.items()}


def _bar(number: int, keys: Sequence[str], row: Row, look: Look) -> dict[str, Any]:
    """A bar with its numbers, which stand at zero where no bar leads to them."""
    values, texts = row
    value = values[keys[0]]
    is_goal, is_ahead = values.get("name") in _GOALS, value is not None and value > 0
    return {
        "row": number,
        "value": value,
        "end": value if is_ahead else 0,
        "text": " · ".join(texts[key] for key in keys),
        "fill": look.theme.goal if is_goal or (value or 0) < 0 else look.theme.bar,
        "ink": look.theme.ink if is_ahead else look.theme.muted,
    }


def _in_words(bars: Bars, rows: Sequence[Row], formats: Formats) -> str:
    listed = []
    for _, texts in rows[:_MOST_IN_TEXT]:
        label = safe(" · ".join(texts[key] for key in bars.labels), _LABEL_CELLS)
        if any(unicodedata.bidirectional(letter) in {"R", "AL"} for letter in label):
            label = f"{_ISOLATE}{label}{_END}"
        keys = chain(*bars.measures)
        numbers = ", ".join(f"{column_label(key, formats.lang)} {texts[key]}" for key in keys)
        listed.append(f"{label} ({numbers})")
    if len(rows) > _MOST_IN_TEXT:
        count = formats.number(len(rows) - _MOST_IN_TEXT, 0)
        listed.append(text("chart.and_more", formats.lang, count=count))
    return "; ".join(listed)
