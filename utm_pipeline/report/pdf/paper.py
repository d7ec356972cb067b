"""The paper of a PDF: fonts, colours, footer, and texts that the fonts have signs for."""

from __future__ import annotations

import logging
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from fpdf import FPDF
from fpdf.enums import Align, XPos, YPos
from fpdf.prefs import ViewerPreferences

from utm_pipeline.report.charts.look import LIGHT
from utm_pipeline.report.layout import printable

if TYPE_CHECKING:
    from fpdf.fonts import TTFFont

FONT = "noto"
_ARROWS = "arrows"
_FONTS = (
    (FONT, "", "notos", None),
    (FONT, "B", "notosbo", None),
    (_ARROWS, "", "figo", "U+25A0-25FF"),
)
"""Family, style, name within pymupdf-fonts, and which signs of it are used. Noto has no arrows."""
_MARGIN, _BOTTOM = 15.0, 18.0
_REPLACEMENT, _NO_BREAK = "\ufffd", "\u00a0"
_PAGES = "{  }"
"""Stands for the number of pages until that is known. No text has two blanks together."""


class Paper(FPDF):
    """A4 sheets with a footer; lengths are in millimetres, sizes of letters in points."""

    def __init__(self, lang: str, stamp: str) -> None:
        super().__init__(orientation="portrait", unit="mm", format="A4")
        self._stamp = stamp
        self._signs: frozenset[int] = frozenset()
        self.set_margin(_MARGIN)
        self.set_auto_page_break(auto=True, margin=_BOTTOM)
        self.alias_nb_pages(_PAGES)
        self.set_lang(lang)
        self.viewer_preferences = ViewerPreferences(display_doc_title=True)

    def use_fonts(self, folder: Path) -> None:
        """Loads the fonts, through files in a folder that must stay until the end."""
        import pymupdf_fonts  # type: ignore[import-untyped]  # no stubs

        known: list[frozenset[int]] = []
        for family, style, name, signs in _FONTS:
            file = folder / f"{name}.ttf"
            file.write_bytes(pymupdf_fonts.myfont(name))
            self.add_font(family, style, file, unicode_range=signs)
            font: TTFFont = self.fonts[family + style]  # type: ignore[assignment]  # as added
            known.append(frozenset(font.cmap))
        self.set_fallback_fonts([_ARROWS], exact_match=False)
        self._signs = (known[0] & known[1]) | known[2]

    def shown(self, text: str) -> str:
        """The text with a replacement sign for each letter that no font here has.

        Blanks that do not break stay, so that no line ends within a number.
        """
        plain = _NO_BREAK.join(printable(part) for part in text.split(_NO_BREAK))
        return "".join(sign if ord(sign) in self._signs else _REPLACEMENT for sign in plain)

    def write_line(
        self, text: str, size: float, colour: str, *, bold: bool = False, link: str = ""
    ) -> None:
        """A paragraph."""
        self.set_font(FONT, "B" if bold else "", size)
        self.set_text_color(colour)
        self.multi_cell(
            0,
            size * 0.5,
            self.shown(text),
            align=Align.L,
            link=link,
            new_x=XPos.LMARGIN,
            new_y=YPos.NEXT,
        )

    def footer(self) -> None:
        """The stamp and the number of the page; fpdf2 calls it at the end of each."""
        self.set_y(-12)
        self.set_font(FONT, "", 8)
        self.set_text_color(LIGHT.muted)
        self.cell(self.epw * 0.8, 5, self._stamp)
        self.cell(0, 5, f"{self.page_no()} / {_PAGES}", align=Align.R)


@contextmanager
def paper(lang: str, stamp: str) -> Iterator[Paper]:
    """Paper with its fonts."""
    with tempfile.TemporaryDirectory() as folder, _quiet("fontTools.subset"):
        made = Paper(lang, stamp)
        made.use_fonts(Path(folder))
        yield made


@contextmanager
def _quiet(name: str) -> Iterator[None]:
    """Keeps a library's warnings off standard error: this one's are about tables nobody needs."""
    logger = logging.getLogger(name)
    level = logger.level
    logger.setLevel(logging.ERROR)
    try:
        yield
    finally:
        logger.setLevel(level)
