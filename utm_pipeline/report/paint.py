"""Colour for terminals, and when to leave it out."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TextIO

# Backgrounds of the 256-colour palette from pale to deep, each with a letter that stands out on it.
_SHADES = ("38;5;16;48;5;195", "38;5;16;48;5;153", "38;5;16;48;5;111", "97;48;5;68", "97;48;5;25")


@dataclass(frozen=True)
class Paint:
    """Wraps text in colours, or leaves it as it is."""

    enabled: bool

    def bold(self, text: str) -> str:
        """For titles."""
        return self._wrap("1", text)

    def dim(self, text: str) -> str:
        """For what matters less."""
        return self._wrap("2", text)

    def toned(self, text: str, tone: str) -> str:
        """Green for a rise, red for a fall."""
        codes = {"up": "32", "down": "31"}
        return self._wrap(codes[tone], text) if tone in codes else text

    def bar(self, text: str) -> str:
        """For bars."""
        return self._wrap("36", text)

    def heat(self, text: str, share: float) -> str:
        """A background that is the darker, the nearer the share is to 1."""
        shade = min(int(share * len(_SHADES)), len(_SHADES) - 1)
        return self._wrap(_SHADES[max(shade, 0)], text)

    def _wrap(self, code: str, text: str) -> str:
        return f"\x1b[{code}m{text}\x1b[0m" if self.enabled and text else text


NO_PAINT = Paint(enabled=False)


def wants_colour(stream: TextIO, environment: Mapping[str, str] | None = None) -> bool:
    """Whether the stream is a terminal that shows colours and nobody asked for none."""
    environment = os.environ if environment is None else environment
    if environment.get("NO_COLOR") or environment.get("TERM") == "dumb":
        return False
    return stream.isatty()
