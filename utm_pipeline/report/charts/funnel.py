"""The steps from a session to a purchase: bars with count and rate."""

from __future__ import annotations

from collections.abc import Sequence

import altair as alt

from utm_pipeline.queries import QUERIES
from utm_pipeline.queries.model import Table
from utm_pipeline.report.charts import canvas
from utm_pipeline.report.charts.look import Look
from utm_pipeline.report.labels import column_label, text_label

_WIDTH = 720
_ROW_HEIGHT = 40
_BAR_HEIGHT = 26
_BARS = (132, 470)
"""Where bars begin, and where the longest ends; its number stands behind it."""
_GOALS = frozenset({"leads", "purchases"})


def chart(tables: Sequence[Table], look: Look) -> alt.LayerChart:
    """The chart of ``funnel``: sessions of each step, of all sessions and of the step before."""
    formats, theme, lang = look.formats, look.theme, look.formats.lang
    title = QUERIES["funnel"].title.in_language(lang)
    table = next(table for table in tables if table.key == "steps")
    steps = table.dicts()
    total = steps[0]["sessions"]
    if not total:
        return canvas.blank(look, title, text_label("no_sources", lang))
    columns = {column.key: column for column in table.columns}
    height = len(steps) * _ROW_HEIGHT
    rows = canvas.row_places(len(steps), height)
    drawn = [
        {
            "row": row,
            **step,
            "text": " · ".join(
                formats.cell(step[key], columns[key]) for key in ("sessions", "rate_of_total")
            ),
            "fill": theme.goal if step["name"] in _GOALS else theme.bar,
        }
        for row, step in enumerate(steps)
    ]
    named = [
        {"row": row, "text": column_label(step["name"], lang)} for row, step in enumerate(steps)
    ]
    # The first step has none before it.
    previous = [
        {"row": row, "text": formats.cell(step["rate_of_previous"], columns["rate_of_previous"])}
        for row, step in enumerate(steps)
        if row > 0
    ]
    scale = alt.Scale(type="linear", domain=[0, total], range=list(_BARS), zero=True, nice=False)
    lengths = alt.X("sessions:Q", scale=scale, axis=None)
    counted = f"{column_label('sessions', lang)} · {column_label('rate_of_total', lang)}"
    layers: list[canvas.Layer] = [
        canvas.words(named, alt.value(0), rows, theme.ink, fontSize=13),
        canvas.over(
            canvas.bars(drawn, lengths, rows, _BAR_HEIGHT),
            canvas.words(drawn, lengths, rows, theme.ink, dx=8, fontSize=13),
        ),
        canvas.words(previous, alt.value(_WIDTH), rows, theme.muted, align="right", fontSize=13),
        canvas.heading(counted, _BARS[0], look),
        canvas.heading(column_label("rate_of_previous", lang), _WIDTH, look, align="right"),
    ]
    return canvas.paper(layers, look, title, (_WIDTH, height), about=look.about)
