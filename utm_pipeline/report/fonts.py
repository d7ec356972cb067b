"""The letters of pictures and of PDF files, which come along and so are the same everywhere."""

from __future__ import annotations

import os
import tempfile
from functools import cache
from pathlib import Path

from utm_pipeline.errors import ConfigError
from utm_pipeline.state import make_folder, replace_private

FAMILY = "FiraGO"
"""It has Latin, Cyrillic, Greek, Hebrew, Arabic, signs of currencies, and arrows."""
_NAMES = ("figo", "figbo")


@cache
def folder() -> Path:
    """The fonts' files, for libraries that take no bytes: one folder for all of a user's processes.

    Raises:
        ImportError: the extra for charts is not installed.
        ConfigError: the folder is somebody else's.
    """
    import pymupdf_fonts  # type: ignore[import-untyped]  # no stubs

    made = Path(tempfile.gettempdir()) / f"utm_fonts_{os.getuid()}"
    make_folder(made)
    # In a folder of all users anybody may take the name first.
    if made.lstat().st_uid != os.getuid():
        raise ConfigError(
            f"fonts cannot be kept in {made}, which is another user's",
            "TMPDIR",
            "set TMPDIR to a folder of your own",
        )
    for name in _NAMES:
        path, font = made / f"{name}.ttf", pymupdf_fonts.myfont(name)
        if not path.is_file() or path.read_bytes() != font:
            replace_private(path, font)
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
