"""How charts look: colours, light and dark, and what becomes of text from the outside."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, NamedTuple

from utm_pipeline.report.cells import Formats
from utm_pipeline.report.layout import safe

SCALE = 2
"""Pixels of a PNG to a pixel of a chart, for screens that have many."""
MARGIN = 24
"""Around a chart, in pixels."""
_READABLE = 4.5
_TEXT_CELLS = 120


@dataclass(frozen=True)
class Theme:
    """The colours of a chart, as ``#rrggbb``."""

    name: str
    background: str
    ink: str
    muted: str
    line: str
    bar: str
    goal: str
    """Bars of what a visit is for, and bars below zero."""
    neutral: str
    """Cells that take no part in the comparison."""
    ramp: tuple[str, ...]
    """Shades of one hue from little to much, evenly spaced; told apart without seeing hues."""


# In the order of the fields.
LIGHT = Theme(
    *("light", "#ffffff", "#1b2733", "#5a6875", "#dfe4ea", "#2f74b5", "#c8590b", "#e6e9ed"),
    ramp=("#eff5fb", "#b9d6ee", "#6aaad6", "#2b78b8", "#0a4481"),
)
DARK = Theme(
    *("dark", "#14191f", "#e8ecf1", "#a2aeba", "#36414d", "#5ea5e0", "#f0994d", "#2f3842"),
    ramp=("#1a2733", "#1c4467", "#22689f", "#4c9ad3", "#b8defa"),
)
THEMES = {theme.name: theme for theme in (LIGHT, DARK)}


@dataclass(frozen=True)
class Look:
    """What a chart is drawn with, besides its numbers."""

    formats: Formats
    theme: Theme = LIGHT
    about: str = ""
    """What the numbers are about: the period with its dates, the filters."""

    def titled(self, subject: str) -> str:
        """How the text of a chart begins: what it shows, and what about."""
        return f"{subject} ({safe(self.about, _TEXT_CELLS)})" if self.about else subject


class Content(NamedTuple):
    """What a chart shows, and the same in words; or why there is nothing to draw."""

    title: str
    subject: str
    """How its words begin."""
    why: str = ""
    said: str = ""
    values: Mapping[str, Any] = {}
    """What its ``file`` is filled with; ``about`` are lines, ``panels`` are filled one by one."""


def about(
    formats: Formats,
    period: str | None = None,
    dates: Iterable[date | None] = (),
    filters: Iterable[str | None] = (),
) -> str:
    """``last 30 days, 2026-06-07 – 2026-07-06 · google``: the second line of a chart."""
    shown = (safe(each, 40) for each in filters if each)
    return " · ".join(filter(None, (formats.dated(period, dates), *shown)))


def drawable(text: str) -> str:
    """Text of the outside as a drawing may hold it.

    Vega cuts what is too long between two halves of a letter beyond U+FFFF, which fails; so a sign
    stands for each of those.
    """
    return re.sub("[^\x00-\uffff]", "\ufffd", safe(text, _TEXT_CELLS))


def shade(theme: Theme, share: float) -> str:
    """The colour of the ramp at a share from 0 to 1."""
    last = len(theme.ramp) - 1
    place = min(max(share, 0.0), 1.0) * last
    lower = min(int(place), last - 1)
    ends = zip(*map(_channels, theme.ramp[lower : lower + 2]), strict=True)
    return "#" + bytes(round(a + (b - a) * (place - lower)) for a, b in ends).hex()


def ink_on(background: str) -> str:
    """White where it can be read on a colour, else black: a contrast of 4.5 at the least."""
    white = "#ffffff"
    return white if contrast(white, background) >= _READABLE else "#000000"


def contrast(one: str, other: str) -> float:
    """The contrast ratio of two colours, 1 to 21 (WCAG 2.2, "contrast ratio")."""
    darker, lighter = sorted((_luminance(one), _luminance(other)))
    return (lighter + 0.05) / (darker + 0.05)


def _luminance(colour: str) -> float:
    """Relative luminance of an sRGB colour (WCAG 2.2, "relative luminance")."""
    red, green, blue = (
        value / 12.92 if value <= 0.04045 else ((value + 0.055) / 1.055) ** 2.4
        for value in (channel / 255 for channel in _channels(colour))
    )
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def _channels(colour: str) -> bytes:
    return bytes.fromhex(colour[1:])
