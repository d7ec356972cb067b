"""Sheets of a workbook: numbers with the format of their kind, and texts that do nothing."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from itertools import zip_longest
from typing import Any

from utm_pipeline.report import layout
from utm_pipeline.report.cells import Cell, Formats, Grid, is_number
from utm_pipeline.report.charts.look import LIGHT
from utm_pipeline.report.csv import defused
from utm_pipeline.report.sections import Block, Report, stamp
from utm_pipeline.words import Kind, text

LONGEST_TEXT = 32_767
"""Of a cell, in UTF-16 units (Excel's specifications and limits, as the next two)."""
_LONGEST_NAME, _LONGEST_FOOTER = 31, 200
_LARGEST_WHOLE = 10**15
"""Excel keeps 15 digits; what has more would be another number."""
_FIRST_YEAR = 1900
# All that XML 1.0, 2.2 ("Char") leaves out, and the controls of Latin-1, which nobody sees.
_NO_CHARACTERS = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff\ufffe\uffff]")
_NOT_IN_NAMES = re.compile(r"[\[\]:*?/\\]")
_PER_CENT = frozenset({Kind.RATE, Kind.RETENTION})
_LEAST_WIDTH, _MOST_WIDTH, _ROOM = 9, 80, 3
"""Of columns, in letters."""
_HEADING_HEIGHT, _LINE_HEIGHT = 21, 15
"""In points."""
_A4 = 9
"""Excel's number of the paper."""

Style = Mapping[str, object]
HEAD: Style = {"bold": True, "font_size": 16, "font_color": LIGHT.ink}
TITLE: Style = {"bold": True, "font_size": 12, "font_color": LIGHT.ink}
ASIDE: Style = {"font_color": LIGHT.muted}
LINK: Style = {"font_color": LIGHT.bar, "underline": 1}
_HEADING: Style = {
    "bold": True,
    "bg_color": LIGHT.ramp[0],
    "bottom": 1,
    "bottom_color": LIGHT.bar,
    "valign": "vcenter",
}
_TEXT: Style = {"valign": "top", "text_wrap": True}
_TONES: Mapping[str, Style] = {
    # Colour beside the arrow, never instead of it.
    "up": {"font_color": "#1a7f37"},
    "down": {"font_color": "#b42318"},
    "apart": {"bg_color": LIGHT.neutral},
}


def defined(text: str) -> str:
    """Text as XML can hold it; a sign stands for each character that it cannot."""
    return _NO_CHARACTERS.sub("\ufffd", re.sub("\r\n?", "\n", text))


def cell_text(text: str) -> str:
    """Text as a cell may hold it: defused as in CSV, without what XML forbids, not too long."""
    whole = defined(defused(text))
    units = whole.encode("utf-16-le")
    if len(units) // 2 <= LONGEST_TEXT:
        return whole
    # Half of a pair at the end is left out.
    return units[: 2 * (LONGEST_TEXT - 1)].decode("utf-16-le", errors="ignore") + "…"


def sheet_name(title: str, taken: set[str]) -> str:
    """The title as the name of a sheet: 31 letters, none that Excel forbids, each name once.

    ``taken`` are the names so far, in lower case.
    """
    plain = " ".join(_NOT_IN_NAMES.sub(" ", defined(title)).split()).strip("'") or "-"
    for number in range(1, len(taken) + 2):
        end = f" {number}" if number > 1 else ""
        name, letters = plain + end, _LONGEST_NAME - len(end)
        if len(plain) > letters:
            start = plain[: letters - 1]
            # Cut behind a word.
            name = (start.rpartition(" ")[0] or start).rstrip() + "…" + end
        if name.lower() not in taken:
            break
    return name


@dataclass
class Book:
    """The workbook, and what it is about."""

    made: Any
    report: Report
    formats: Formats

    def style(self, *styles: Style) -> Any:
        """The format that these make together; the later wins."""
        return self.made.add_format({k: v for style in styles for k, v in style.items()})

    def pattern(self, kind: Kind, *, is_change: bool = False) -> str:
        """The number format; Excel puts the separators of its reader's country into it."""
        unit = f'" {text("points", self.formats.lang)}"'
        if is_change:
            plain = "#,##0.00" + (unit if kind is Kind.POINTS else "%")
            return f'"▲ +"{plain};"▼ -"{plain};"= "{plain}'
        # The sign or code of the currency where the language has it.
        before, _, after = self.formats.money(0).partition(self.formats.number(0, 2))
        money = "#,##0.00".join(f'"{part}"' if part else "" for part in (before, after))
        day = "dd.mm.yyyy" if self.formats.lang == "uk" else "yyyy-mm-dd"
        return {
            Kind.ID: "0",
            Kind.COUNT: "#,##0",
            Kind.MONEY: money,
            Kind.RATE: "0.00%",
            Kind.RETENTION: "0.0%",
            Kind.POINTS: f"+0.00{unit};-0.00{unit};0.00{unit}",
            Kind.RATIO: "#,##0.00",
            Kind.DAYS: "#,##0.0",
            Kind.DATE: day,
            Kind.INSTANT: f"{day} hh:mm",
        }[kind]


class Sheet:
    """A sheet that is filled from above."""

    def __init__(self, book: Book, name: str) -> None:
        taken = {sheet.get_name().lower() for sheet in book.made.worksheets()}
        self.made = book.made.add_worksheet(sheet_name(name, taken))
        self.made.hide_gridlines(2)
        self.book = book
        self.row = 0
        self.tables: list[tuple[int, int]] = []
        """Row of the headings and last row, of each table."""
        self._texts: dict[int, list[str]] = {}
        """Of each row of the tables."""

    def line(self, text: str, style: Style = ASIDE) -> None:
        """A text that may reach over the columns beside it."""
        self.made.write_string(self.row, 0, cell_text(text), self.book.style(style))
        self.row += 1

    def block(self, block: Block) -> None:
        """The tables of a section, or why there are none."""
        if block.note:
            self.line(block.note)
        for number, grid in enumerate(block.grids):
            self.row += 1 if number else 0
            if grid.title:
                self.line(grid.title, TITLE)
            self.grid(grid)
            # A sheet has one filter, and rows of measures are nothing to filter.
            if len(block.grids) == 1 and grid.headings[0].text and len(grid.rows) > 1:
                first, last = self.tables[-1]
                self.made.autofilter(first, 0, last, len(grid.headings) - 1)

    def grid(self, grid: Grid) -> None:
        """A table under its headings."""
        self.tables.append((self.row, self.row + len(grid.rows)))
        self.made.set_row(self.row, _HEADING_HEIGHT)
        for column, heading in enumerate(grid.headings):
            style = self.book.style(_HEADING, {"align": "right" if heading.right else "left"})
            self.made.write_string(self.row, column, cell_text(heading.text), style)
        for cells in (grid.headings, *grid.rows, *([grid.total] if grid.total else ())):
            self._texts[self.row] = [cell.text for cell in cells]
            if cells is not grid.headings:
                for column, cell in enumerate(cells):
                    self._write(column, cell)
            self.row += 1
        # An empty row ends what Excel takes for the table.
        self.row += bool(grid.notes)
        for note in grid.notes:
            self.line(note)

    def insert_chart(self, chart: Any, alt: str, at: tuple[int, int] | None = None) -> None:
        """A chart, beside the first table if no place is given."""
        row, column = at or (self.tables[0][0], max(map(len, self._texts.values())) + 1)
        self.made.insert_chart(row, column, chart, {"description": defined(alt)})

    def finish(self) -> None:
        """Widths, what stays in place, and how it is printed."""
        widths = [
            min(_MOST_WIDTH, max(_LEAST_WIDTH, *(layout.width(text) + _ROOM for text in texts)))
            for texts in zip_longest(*self._texts.values(), fillvalue="")
        ]
        for column, width in enumerate(widths):
            self.made.set_column(column, column, width)
        headings = [heading for heading, _ in self.tables]
        for row, texts in self._texts.items():
            wrapped = (
                layout.wrap(text, width - _ROOM) for text, width in zip(texts, widths, strict=False)
            )
            lines = max(map(len, wrapped))
            # Not every program finds the height of wrapped texts by itself.
            if lines > 1 and row not in headings:
                self.made.set_row(row, lines * _LINE_HEIGHT)
        if headings:
            self.made.freeze_panes(headings[0] + 1, 1)
            self.made.repeat_rows(headings[0])
        self.made.set_paper(_A4)
        self.made.set_landscape()
        self.made.fit_to_pages(1, 0)
        shown = defined(stamp(self.book.report, self.book.formats))[:_LONGEST_FOOTER]
        self.made.set_footer(f"&L{shown.replace('&', '&&')}&R&P / &N")

    def _write(self, column: int, cell: Cell) -> None:
        """A number or a date as what it is, everything else as text."""
        value, kind, book = cell.value, cell.kind, self.book
        if kind is not None and value is None:
            self.made.write_blank(self.row, column, None, book.style(_TEXT))
        elif kind is not None and isinstance(value, date) and value.year > _FIRST_YEAR:
            # Excel knows no zones, so this is the business's clock.
            plain = value.replace(tzinfo=None) if isinstance(value, datetime) else value
            style = book.style(_TEXT, {"num_format": book.pattern(kind), "align": "left"})
            self.made.write_datetime(self.row, column, plain, style)
        elif kind is not None and is_number(kind) and _is_kept(value):
            pattern = book.pattern(kind, is_change=bool(cell.arrow))
            number = {"num_format": pattern, "align": "right"}
            style = book.style(_TEXT, number, _TONES.get(cell.tone, {}))
            # Per cent are hundredths there.
            exact = Decimal(str(value)).scaleb(-2 if kind in _PER_CENT else 0)
            self.made.write_number(self.row, column, float(exact), style)
        else:
            # Texts whole, where the page has them cut.
            shown = str(value) if kind is Kind.TEXT else cell.text
            style = book.style(_TEXT, {"align": "right"} if cell.right else {})
            self.made.write_string(self.row, column, cell_text(shown), style)


def _is_kept(value: object) -> bool:
    if isinstance(value, bool) or not isinstance(value, int | float | Decimal):
        return False
    return not isinstance(value, int) or abs(value) < _LARGEST_WHOLE
