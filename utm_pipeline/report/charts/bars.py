"""Bars beside each other: a row a thing, a panel a measure, the number at the end of each bar."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import altair as alt

from utm_pipeline.queries.model import Column, Table
from utm_pipeline.report.charts import canvas
from utm_pipeline.report.charts.look import Look, fitted
from utm_pipeline.report.charts.words import FIRST_OF
from utm_pipeline.report.labels import column_label

MOST_ROWS = 20
"""Of more rows the first are drawn, and the chart says so."""
WIDTH = 720
_ROW_HEIGHT = 28
_BAR_HEIGHT = 17
_GAP = 20
_LETTER = 6.6


@dataclass(frozen=True)
class Panel:
    """One measure: its column in the answer, and the value of each row, None where it has none."""

    column: Column
    values: Sequence[float | None]


def panels(table: Table, keys: Sequence[str]) -> list[Panel]:
    """A panel for each of these columns."""
    places = [column.key for column in table.columns]
    return [
        Panel(table.columns[place], [row[place] for row in table.rows])
        for place in map(places.index, keys)
    ]


def chart(
    look: Look, title: str, labels: Sequence[str], panels: Sequence[Panel], label_width: float = 148
) -> alt.LayerChart:
    """Panels of bars over the same rows, with labels of ``label_width`` pixels at the most.

    The rows' labels are texts that stand beside them and no axis, so two that are cut to the same
    text stay two rows, and nothing in them is anything but text.
    """
    formats = look.formats
    count = min(len(labels), MOST_ROWS)
    height = count * _ROW_HEIGHT
    rows = canvas.row_places(count, height)
    named = [
        {"row": row, "text": fitted(label, label_width)} for row, label in enumerate(labels[:count])
    ]
    first = label_width + 12
    pitch = (WIDTH - first + _GAP) / len(panels)
    layers: list[canvas.Layer] = [canvas.words(named, alt.value(0), rows, look.theme.ink)]
    for place, panel in enumerate(panels):
        start = first + place * pitch
        layers += [
            _panel(panel, rows, count, (start, start + pitch - _GAP), look),
            canvas.heading(column_label(panel.column.key, formats.lang), start, look),
        ]
    about = [look.about] if look.about else []
    if count < len(labels):
        cut = FIRST_OF.in_language(formats.lang)
        about.append(cut.format(shown=count, all=formats.number(len(labels), 0)))
    return canvas.paper(layers, look, title, (WIDTH, height), about=" · ".join(about))


def _panel(
    panel: Panel, rows: alt.Y, count: int, bounds: tuple[float, float], look: Look
) -> alt.LayerChart:
    """One panel, between two places from the left."""
    theme, key = look.theme, panel.column.key
    values = panel.values[:count]
    texts = [look.formats.cell(value, panel.column) for value in values]
    drawn = [
        {
            "row": row,
            key: value,
            "text": text,
            "fill": theme.goal if value is not None and value < 0 else theme.bar,
        }
        for row, (value, text) in enumerate(zip(values, texts, strict=True))
    ]
    # The number of the longest bar needs room behind it.
    scale = _scale(values, (bounds[0], bounds[1] - max(map(len, texts)) * _LETTER - 8))
    lengths = alt.X(f"{key}:Q", scale=scale, axis=None)
    zero = alt.datum(0, scale=scale, axis=None)
    ahead = [
        row for row, value in zip(drawn, values, strict=True) if value is not None and value > 0
    ]
    others = [row for row in drawn if row not in ahead]
    return canvas.over(
        canvas.bars(drawn, lengths, rows, _BAR_HEIGHT),
        canvas.words(ahead, lengths, rows, theme.ink, dx=6),
        canvas.words(others, zero, rows, theme.muted, dx=6),
        canvas.chart_of([{}]).mark_rule(color=theme.line, aria=False).encode(x=zero),
    )


def _scale(values: Sequence[float | None], pixels: tuple[float, float]) -> alt.Scale:
    known = [float(value) for value in values if value is not None]
    least, most = min([0.0, *known]), max([0.0, *known])
    return alt.Scale(
        type="linear",
        domain=[least, most if most > least else least + 1],
        range=list(pixels),
        zero=True,
        nice=False,
    )
