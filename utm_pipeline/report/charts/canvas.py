"""The paper that charts are drawn on: titles, margins and rows at places of our own choosing.

All places are given in pixels and nothing is laid out by how wide a text comes out. So a drawing
is the same on every machine, whatever fonts it has, and a long label cannot push anything away.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import altair as alt

from utm_pipeline.report.charts.look import FONT, Look, fitted

MARGIN = 24
_ABOVE = 74
_TITLE_AT, _ABOUT_AT, _HEADING_AT, _NOTE_BELOW = -54, -32, -11, 20

Row = Mapping[str, Any]
Layer = alt.Chart | alt.LayerChart


def chart_of(rows: Sequence[Row]) -> alt.Chart:
    """A chart of these rows, which become part of its definition; there is no limit to them."""
    data = alt.Data(values=list(rows))  # type: ignore[no-untyped-call]  # altair's own
    made: alt.Chart = alt.Chart(data)
    return made


def bars(rows: Sequence[Row], x: alt.X, y: alt.Y, height: float) -> alt.Chart:
    """A bar for each row, in the colour of its field ``fill``."""
    marks = chart_of(rows).mark_bar(height=height, aria=False)
    drawn: alt.Chart = marks.encode(x=x, y=y, color=colours())
    return drawn


def words(rows: Sequence[Row], x: Any, y: Any, colour: Any, **style: Any) -> alt.Chart:
    """A text for each row, from its field ``text``; ``style`` has properties of the mark."""
    mark = {"font": FONT, "fontSize": 12, "baseline": "middle", "align": "left", "aria": False}
    paint = alt.value(colour) if isinstance(colour, str) else colour
    marks = chart_of(rows).mark_text(**{**mark, **style})
    drawn: alt.Chart = marks.encode(x=x, y=y, text=alt.Text("text:N"), color=paint)
    return drawn


def line(text: str, x: float, y: float, colour: str, **style: Any) -> alt.Chart:
    """One text at a place."""
    return words([{"text": text}], alt.value(x), alt.value(y), colour, **style)


def heading(text: str, x: float, look: Look, align: str = "left") -> alt.Chart:
    """The name of a column above its rows."""
    muted = look.theme.muted
    return line(text, x, _HEADING_AT, muted, align=align, fontSize=11.5, fontWeight="bold")


def colours(name: str = "fill") -> alt.Color:
    """The colour that a field of each row names."""
    return alt.Color(f"{name}:N", scale=None, legend=None)


def row_places(count: int, height: float) -> alt.Y:
    """The place of each row from above, by its field ``row``; rows are numbered from 0."""
    scale = alt.Scale(type="band", domain=list(range(count)), range=[0, height], padding=0)
    return alt.Y("row:O", scale=scale, axis=None)


def over(*layers: Layer) -> alt.LayerChart:
    """Layers whose colours have nothing to do with each other."""
    layered: alt.LayerChart = alt.layer(*layers).resolve_scale(color="independent")
    return layered


def paper(  # noqa: PLR0913 - what stands on it
    layers: Sequence[Layer],
    look: Look,
    title: str,
    size: tuple[float, float],
    *,
    about: str = "",
    below: str = "",
    head: float = 0,
) -> alt.LayerChart:
    """The layers with title, what they are about and a note below, on an opaque background.

    ``size`` is width and height of what the layers draw, ``head`` the room that their headings
    need above it besides the usual line.
    """
    width, height = size
    theme = look.theme
    drawn = [*layers, line(title, 0, _TITLE_AT - head, theme.ink, fontSize=18, fontWeight="bold")]
    if about:
        drawn.append(line(fitted(about, width), 0, _ABOUT_AT - head, theme.muted))
    if below:
        drawn.append(line(fitted(below, width), 0, height + _NOTE_BELOW, theme.muted))
    whole: alt.LayerChart = (
        alt.layer(*drawn)
        .resolve_scale(x="independent", y="independent", color="independent")
        .properties(
            width=width,
            height=height,
            padding={
                "left": MARGIN,
                "right": MARGIN,
                "top": _ABOVE + head,
                "bottom": MARGIN + (18 if below else 0),
            },
            autosize=alt.AutoSizeParams(type="none"),
            background=theme.background,
        )
        .configure_view(stroke=None)
    )
    return whole


def blank(look: Look, title: str, why: str) -> alt.LayerChart:
    """A chart that says why there is nothing to see."""
    width, height = 672.0, 96.0
    said = line(why, width / 2, height / 2, look.theme.muted, fontSize=14, align="center")
    return paper([said], look, title, (width, height), about=look.about)
