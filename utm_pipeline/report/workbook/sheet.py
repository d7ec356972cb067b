"""One sheet: lines and tables from above, then widths, frozen headings and a filter."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import TYPE_CHECKING

from utm_pipeline.report import layout
from utm_pipeline.report.views import Cell, Grid, View
from utm_pipeline.report.workbook.cells import (
    ASIDE,
    HEADING,
    TITLE,
    Look,
    Styles,
    cell_text,
    defined,
)

if TYPE_CHECKING:
    from xlsxwriter import Workbook  # type: ignore[import-untyped]  # no stubs
    from xlsxwriter.chart import Chart  # type: ignore[import-untyped]  # no stubs

_LONGEST_NAME = 31
_NOT_IN_NAMES = re.compile(r"[\[\]:*?/\\]")
_LEAST_WIDTH, _MOST_WIDTH, _ROOM = 9, 80, 3
_HEADING_HEIGHT, _LINE_HEIGHT = 21, 15
"""In points."""
_LONGEST_FOOTER = 200
_A4 = 9
"""Excel's number of the paper."""


class Sheet:
    """A sheet that is filled from above."""

    def __init__(self, book: Workbook, styles: Styles, title: str) -> None:
        taken = {sheet.get_name().lower() for sheet in book.worksheets()}
        self.made = book.add_worksheet(sheet_name(title, taken))
        self.made.hide_gridlines(2)
        self.tables: list[tuple[int, int]] = []
        """Row of the headings and last row, of each table."""
        self._styles = styles
        self._row = 0
        self._widths: list[int] = []
        self._texts: dict[int, list[str]] = {}
        self._filter: tuple[int, int, int, int] | None = None

    @property
    def name(self) -> str:
        """As formulas and charts refer to it."""
        name: str = self.made.get_name()
        return name

    def line(self, text: str, look: Look) -> None:
        """A text that may reach over the columns beside it."""
        self.made.write_string(self._row, 0, cell_text(text), self._styles.of(look))
        self._row += 1

    def link(self, address: str, text: str, look: Look) -> None:
        """A link to an address of the settings."""
        self.made.write_url(self._row, 0, address, self._styles.of(look), text)
        self._row += 1

    def gap(self) -> None:
        """An empty row."""
        self._row += 1

    def view(self, view: View, *, titled: bool = True) -> None:
        """A section: its title, its tables, or why there are none."""
        if titled:
            self.line(view.title, TITLE)
        if view.note:
            self.line(view.note, ASIDE)
        for number, grid in enumerate(view.grids):
            if number:
                self.gap()
            if grid.title:
                self.line(grid.title, TITLE)
            self._grid(grid, is_only=len(view.grids) == 1)

    def row(self, cells: Sequence[Cell]) -> None:
        """A row of a table."""
        for column, cell in enumerate(cells):
            self._styles.write(self.made, self._row, column, cell)
        texts = [cell.text for cell in cells]
        self._widen(texts)
        self._texts[self._row] = texts
        self._row += 1

    def headings(self, headings: Sequence[Cell]) -> None:
        """The row above a table, whose rows come next."""
        self.tables.append((self._row, self._row))
        self.made.set_row(self._row, _HEADING_HEIGHT)
        for column, heading in enumerate(headings):
            side = {"align": "right" if heading.right else "left"}
            self.made.write_string(
                self._row, column, cell_text(heading.text), self._styles.of(HEADING, side)
            )
        self._widen([heading.text for heading in headings])
        self._row += 1

    def insert_chart(self, chart: Chart, alt: str, at: tuple[int, int] | None = None) -> None:
        """A chart, beside the first table if no place is given."""
        row, column = at or (self.tables[0][0], len(self._widths) + 1)
        self.made.insert_chart(row, column, chart, {"description": defined(alt)})

    def finish(self, footer: str) -> None:
        """Widths, what stays in place, and how it is printed."""
        for column, width in enumerate(self._widths):
            self.made.set_column(column, column, width)
        for row, texts in self._texts.items():
            lines = max(
                len(layout.wrap(text, width - _ROOM))
                for text, width in zip(texts, self._widths, strict=False)
            )
            # Not every program finds the height of wrapped texts by itself.
            if lines > 1:
                self.made.set_row(row, lines * _LINE_HEIGHT)
        if self.tables:
            heading, _ = self.tables[0]
            self.made.freeze_panes(heading + 1, 1)
            self.made.repeat_rows(heading)
        if self._filter is not None:
            self.made.autofilter(*self._filter)
        self.made.set_paper(_A4)
        self.made.set_landscape()
        self.made.fit_to_pages(1, 0)
        shown = defined(footer)[:_LONGEST_FOOTER].replace("&", "&&")
        self.made.set_footer(f"&L{shown}&R&P / &N")

    def _grid(self, grid: Grid, *, is_only: bool) -> None:
        self.headings(grid.headings)
        start = self._row
        for cells in grid.rows:
            self.row(cells)
        self.tables[-1] = (start - 1, self._row - 1)
        # A sheet has one filter, and rows of measures are nothing to filter.
        if is_only and grid.headings[0].text and len(grid.rows) > 1:
            self._filter = (start - 1, 0, self._row - 1, len(grid.headings) - 1)

    def _widen(self, texts: Sequence[str]) -> None:
        missing = len(texts) - len(self._widths)
        self._widths += [_LEAST_WIDTH] * missing
        for column, text in enumerate(texts):
            wanted = min(_MOST_WIDTH, layout.width(text) + _ROOM)
            self._widths[column] = max(self._widths[column], wanted)


def sheet_name(title: str, taken: set[str]) -> str:
    """The title as the name of a sheet: 31 letters, none that Excel forbids, each name once.

    ``taken`` are the names so far, in lower case.
    """
    plain = " ".join(_NOT_IN_NAMES.sub(" ", defined(title)).split()).strip("'") or "-"
    for number in range(1, len(taken) + 2):
        end = f" {number}" if number > 1 else ""
        name = _cut(plain, _LONGEST_NAME - len(end)) + end
        if name.lower() not in taken:
            break
    return name


def _cut(text: str, letters: int) -> str:
    """The text, cut behind a word if it is longer."""
    if len(text) <= letters:
        return text
    start = text[: letters - 1]
    return (start.rpartition(" ")[0] or start).rstrip() + "…"
