"""Colour for terminals, and when to leave it out."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TextIO

# Backgrounds of the 256-colour palette from pale to deep, each with a letter that stands out on it.
_SHADES = ("38;5;16;48;5;195", "38;5;16;48;5;153", "38;5;16;48;5;111", "97;48;5;68", "97;48;5;25")
_CODES = {"bold": "1", "dim": "2", "bar": "36", "up": "32", "down": "31"}


@dataclass(frozen=True)
class Paint:
    """Wraps text in the colours of a style, or leaves it as it is."""

    enabled: bool

    def __call__(self, text: str, style: str) -> str:
        """``style`` is ``bold``, ``dim``, ``bar``, or the tone of a cell; others have no colour."""
        return self._wrap(_CODES.get(style), text)

    def heat(self, text: str, share: float) -> str:
        """A background that is the darker, the nearer the share is to 1."""
        return self._wrap(_SHADES[min(max(int(share * len(_SHADES)), 0), len(_SHADES) - 1)], text)

    def _wrap(self, code: str | None, text: str) -> str:
        return f"\x1b[{code}m{text}\x1b[0m" if self.enabled and text and code else text


NO_PAINT = Paint(enabled=False)


def wants_colour(stream: TextIO, environment: Mapping[str, str] = os.environ) -> bool:
    """Whether the stream is a terminal that shows colours and nobody asked for none."""
    refused = environment.get("NO_COLOR") or environment.get("TERM") == "dumb"
    return not refused and stream.isatty()
