"""The letters of pictures and of PDF files, which come along and so are the same everywhere."""

from __future__ import annotations

import atexit
import shutil
import tempfile
import threading
from functools import cache
from pathlib import Path

FAMILY = "FiraGO"
"""It has Latin, Cyrillic, Greek, Hebrew, Arabic, signs of currencies, and arrows."""

_NAMES = ("figo", "figbo")
_LOCK = threading.Lock()


def folder() -> Path:
    """A folder with the fonts' files, for the libraries that take no bytes; lasts as the process.

    Raises:
        ImportError: the extra for charts is not installed.
    """
    # A server draws in several threads at once, and each must get the same folder.
    with _LOCK:
        return _folder()


@cache
def _folder() -> Path:
    import pymupdf_fonts  # type: ignore[import-untyped]  # no stubs

    made = Path(tempfile.mkdtemp(prefix="utm_fonts_"))
    atexit.register(shutil.rmtree, made, ignore_errors=True)
    for name in _NAMES:
        (made / f"{name}.ttf").write_bytes(pymupdf_fonts.myfont(name))
    return made


@cache
def signs() -> frozenset[int]:
    """The code points that the fonts have signs for.

    Raises:
        ImportError: the extra for PDF is not installed.
    """
    from fontTools.ttLib import TTFont  # type: ignore[import-untyped]  # no stubs

    files = [TTFont(folder() / f"{name}.ttf") for name in _NAMES]
    return frozenset.intersection(*(frozenset(file.getBestCmap()) for file in files))
