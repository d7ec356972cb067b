"""The letters of pictures and of PDF files, which come along and so are the same everywhere."""

from __future__ import annotations

import tempfile
from functools import cache
from pathlib import Path

FAMILY = "FiraGO"
"""It has Latin, Cyrillic, Greek, Hebrew, Arabic, signs of currencies, and arrows."""

_NAMES = ("figo", "figbo")


@cache
def folder() -> tempfile.TemporaryDirectory[str]:
    """A folder with the fonts' files, for the libraries that take no bytes; lasts as the process.

    Raises:
        ImportError: the extra for charts is not installed.
    """
    import pymupdf_fonts  # type: ignore[import-untyped]  # no stubs

    made = tempfile.TemporaryDirectory(prefix="utm_fonts_")
    for name in _NAMES:
        (Path(made.name) / f"{name}.ttf").write_bytes(pymupdf_fonts.myfont(name))
    return made


@cache
def signs() -> frozenset[int]:
    """The code points that the fonts have signs for.

    Raises:
        ImportError: the extra for PDF is not installed.
    """
    from fontTools.ttLib import TTFont  # type: ignore[import-untyped]  # no stubs

    files = [TTFont(Path(folder().name) / f"{name}.ttf") for name in _NAMES]
    return frozenset.intersection(*(frozenset(file.getBestCmap()) for file in files))
