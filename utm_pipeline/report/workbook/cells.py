"""Cells of a workbook: values with the number format of their kind, and texts that do nothing."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from utm_pipeline.report.charts.look import LIGHT
from utm_pipeline.report.csv import defused
from utm_pipeline.report.formats import Formats
from utm_pipeline.report.labels import text_label
from utm_pipeline.report.views import Cell
from utm_pipeline.words import Kind

if TYPE_CHECKING:
    from xlsxwriter import Workbook  # type: ignore[import-untyped]  # no stubs
    from xlsxwriter.format import Format  # type: ignore[import-untyped]  # no stubs
    from xlsxwriter.worksheet import Worksheet  # type: ignore[import-untyped]  # no stubs

LONGEST_TEXT = 32_767
"""Of a cell, in UTF-16 units (Excel's specifications and limits)."""
_LARGEST_WHOLE = 10**15
"""Excel keeps 15 digits; what has more would be another number."""
_FIRST_YEAR = 1900
# All that XML 1.0, 2.2 ("Char") leaves out, and the controls of Latin-1, which nobody sees.
_NO_CHARACTERS = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff\ufffe\uffff]")
_BREAKS = re.compile("\r\n?")
_ARROWS = ("▲", "▼", "=")
_UP, _DOWN = "#1a7f37", "#b42318"
_PER_CENT = frozenset({Kind.RATE, Kind.RETENTION})

Look = Mapping[str, object]
HEAD: Look = {"bold": True, "font_size": 16, "font_color": LIGHT.ink}
TITLE: Look = {"bold": True, "font_size": 12, "font_color": LIGHT.ink}
ASIDE: Look = {"font_color": LIGHT.muted}
LINK: Look = {"font_color": LIGHT.bar, "underline": 1}
HEADING: Look = {
    "bold": True,
    "bg_color": LIGHT.ramp[0],
    "bottom": 1,
    "bottom_color": LIGHT.bar,
    "valign": "vcenter",
}
TEXT: Look = {"valign": "top", "text_wrap": True}
NEUTRAL: Look = {"bg_color": LIGHT.neutral}


def defined(text: str) -> str:
    """Text as XML can hold it; a sign stands for each character that it cannot."""
    return _NO_CHARACTERS.sub("\ufffd", _BREAKS.sub("\n", text))


def cell_text(text: str) -> str:
    """Text as a cell may hold it: defused as in CSV, without what XML forbids, not too long."""
    whole = defined(defused(text))
    if len(whole.encode("utf-16-le")) // 2 <= LONGEST_TEXT:
        return whole
    units = whole.encode("utf-16-le")[: 2 * (LONGEST_TEXT - 1)]
    # Half of a pair at the end is left out.
    return units.decode("utf-16-le", errors="ignore") + "…"


class Styles:
    """The formats of one workbook, each made once, and how values are written with them."""

    def __init__(self, book: Workbook, formats: Formats) -> None:
        self.formats = formats
        self._book = book
        self._made: dict[tuple[tuple[str, object], ...], Format] = {}

    def of(self, *looks: Look) -> Format:
        """The format that these looks make together; the later wins."""
        merged = {name: value for look in looks for name, value in look.items()}
        key = tuple(sorted(merged.items()))
        if key not in self._made:
            self._made[key] = self._book.add_format(merged)
        return self._made[key]

    def write(self, sheet: Worksheet, row: int, column: int, cell: Cell) -> None:
        """One cell of a table: a number or a date as what it is, everything else as text."""
        value, kind = cell.value, cell.kind
        if kind is not None and value is None:
            sheet.write_blank(row, column, None, self.of(TEXT))
        elif kind is None:
            side = {"align": "right"} if cell.right else {}
            sheet.write_string(row, column, cell_text(cell.text), self.of(TEXT, side))
        elif isinstance(value, datetime) and value.year > _FIRST_YEAR:
            look = {"num_format": self._pattern(kind), "align": "left"}
            sheet.write_datetime(row, column, value.replace(tzinfo=None), self.of(TEXT, look))
        elif isinstance(value, date) and value.year > _FIRST_YEAR:
            look = {"num_format": self._pattern(kind), "align": "left"}
            sheet.write_datetime(row, column, value, self.of(TEXT, look))
        elif kind in _NUMBERS and _is_number(value):
            look = {"num_format": self._number(cell, kind), "align": "right"}
            sheet.write_number(
                row, column, as_number(value, kind), self.of(TEXT, look, _tone(cell))
            )
        else:
            # Texts whole, where the page has them cut.
            text = str(value) if kind is Kind.TEXT else cell.text
            side = {"align": "right"} if cell.right else {}
            sheet.write_string(row, column, cell_text(text), self.of(TEXT, side))

    def number(self, kind: Kind) -> Look:
        """The look of numbers of a kind."""
        return {"num_format": self._pattern(kind), "align": "right"}

    def _number(self, cell: Cell, kind: Kind) -> str:
        if not cell.text.startswith(_ARROWS):
            return self._pattern(kind)
        unit = f'" {text_label("points", self.formats.lang)}"' if kind is Kind.POINTS else "%"
        plain = f"#,##0.00{unit}"
        return f'"▲ +"{plain};"▼ -"{plain};"= "{plain}'

    def _pattern(self, kind: Kind) -> str:
        """The number format; Excel puts the separators of its reader's country into it."""
        points = f'0.00" {text_label("points", self.formats.lang)}"'
        is_uk = self.formats.lang == "uk"
        patterns = {
            Kind.ID: "0",
            Kind.COUNT: "#,##0",
            Kind.MONEY: self._money(),
            Kind.RATE: "0.00%",
            Kind.RETENTION: "0.0%",
            Kind.POINTS: f"+{points};-{points};{points}",
            Kind.RATIO: "#,##0.00",
            Kind.DAYS: "#,##0.0",
            Kind.DATE: "dd.mm.yyyy" if is_uk else "yyyy-mm-dd",
            Kind.INSTANT: "dd.mm.yyyy hh:mm" if is_uk else "yyyy-mm-dd hh:mm",
        }
        return patterns[kind]

    def _money(self) -> str:
        """The sign or code where the language has it, taken from how an amount is written."""
        written = self.formats.money(0)
        zero = self.formats.number(0, 2)
        before, _, after = written.partition(zero)
        return "".join(f'"{part}"' if part else "" for part in (before, "\0", after)).replace(
            '"\0"', "#,##0.00"
        )


def as_number(value: Any, kind: Kind) -> float:
    """A value as Excel computes with it: per cent are hundredths there."""
    exact = Decimal(str(value))
    return float(exact.scaleb(-2) if kind in _PER_CENT else exact)


def _is_number(value: object) -> bool:
    if isinstance(value, bool) or not isinstance(value, int | float | Decimal):
        return False
    return not isinstance(value, int) or abs(value) < _LARGEST_WHOLE


def _tone(cell: Cell) -> Look:
    """Colour beside the arrow, never instead of it."""
    return {"font_color": _UP if cell.tone == "up" else _DOWN} if cell.tone else {}


_NUMBERS = frozenset(
    {
        Kind.ID,
        Kind.COUNT,
        Kind.MONEY,
        Kind.RATE,
        Kind.RETENTION,
        Kind.POINTS,
        Kind.RATIO,
        Kind.DAYS,
    }
)
