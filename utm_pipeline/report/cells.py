"""Tables of cells in words, with numbers and dates as people of each language write them."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from decimal import Decimal
from functools import partial
from typing import Any

from utm_pipeline.queries.model import Column, Table
from utm_pipeline.queries.numbers import round_decimal
from utm_pipeline.report.layout import safe
from utm_pipeline.words import PLACES, Kind, column_label, text, value_label

NOTHING = "—"
_SYMBOLS: Mapping[str, str] = {"UAH": "₴", "USD": "$", "EUR": "€", "GBP": "£", "PLN": "zł"}
_NUMBERS = frozenset({Kind.ID, Kind.COUNT, *PLACES})
_TAG_CELLS, _TEXT_CELLS = 48, 400
"""How long a tag, and how long a text of our own may become."""
_WITHIN = re.compile(r"(?<=\d) (?=\d)")


def is_number(kind: Kind | None) -> bool:
    """Whether a column of this kind is set to the right."""
    return kind in _NUMBERS


@dataclass(frozen=True)
class Formats:
    """Formats of one language and currency."""

    lang: str
    currency: str

    def number(self, value: float | Decimal, places: int) -> str:
        """``1 234,56`` in Ukrainian, ``1,234.56`` in English."""
        written = f"{round_decimal(value, places):,.{places}f}"
        return written.replace(",", " ").replace(".", ",") if self.lang == "uk" else written

    def money(self, value: float | Decimal) -> str:
        """``1 234,56 ₴`` in Ukrainian, ``UAH 1,234.56`` in English."""
        if self.lang == "uk":
            return f"{self.number(value, 2)} {_SYMBOLS.get(self.currency, self.currency)}"
        return f"{self.currency} {self.number(value, 2)}"

    def rate(self, value: float | Decimal) -> str:
        """A percentage with two decimals."""
        return self.number(value, 2) + self.per_cent

    @property
    def per_cent(self) -> str:
        """The sign as it follows a number."""
        return " %" if self.lang == "uk" else "%"

    def change(self, value: float, kind: Kind = Kind.POINTS) -> str:
        """A change with its sign: in percentage points, else in per cent."""
        rounded = round_decimal(value, 2)
        unit = f" {text('points', self.lang)}" if kind is Kind.POINTS else self.per_cent
        return ("+" if rounded > 0 else "") + self.number(rounded, 2) + unit

    def day(self, value: date) -> str:
        """``31.03.2025`` in Ukrainian, ``2025-03-31`` in English."""
        return value.strftime("%d.%m.%Y") if self.lang == "uk" else value.isoformat()

    def moment(self, value: datetime) -> str:
        """The day and the time of day to the minute."""
        return f"{self.day(value.date())} {value:%H:%M}"

    def dated(self, period: str | None, dates: Iterable[date | None]) -> str:
        """``last week, 24.03.2025 – 30.03.2025``: the period and its first and last day, if any."""
        days = " – ".join(dict.fromkeys(self.day(day) for day in dates if day))
        named = text(f"period.{period}", self.lang) if period else ""
        return ", ".join(filter(None, (named, days)))

    def cell(self, value: Any, column: Column) -> str:
        """A value of a table for a reader."""
        if value is None:
            return NOTHING
        number = partial(self.number, places=PLACES.get(column.kind, 0))
        write: Mapping[Kind, Callable[[Any], str]] = {
            **dict.fromkeys((Kind.COUNT, Kind.RATIO, Kind.RETENTION, Kind.DAYS), number),
            Kind.MONEY: self.money,
            Kind.RATE: self.rate,
            Kind.POINTS: self.change,
            Kind.CODE: lambda code: value_label(code, self.lang),
            Kind.INSTANT: self.moment,
            Kind.DATE: self.day,
            Kind.FLAG: lambda flag: text("yes" if flag else "no", self.lang),
            Kind.COUNTS: lambda counts: "; ".join(
                f"{name}: {number(count)}" for name, count in counts.items()
            ),
        }
        return write.get(column.kind, str)(value)


@dataclass(frozen=True)
class Cell:
    """One value in words."""

    text: str
    right: bool = False
    """Numbers are set to the right."""
    tone: str = ""
    """``up`` or ``down`` for a change, ``outside`` for a text that strangers chose, ``apart`` for
    what takes no part in a comparison."""
    value: object = None
    """What the words stand for, where they stand for a value of ``kind``."""
    kind: Kind | None = None
    arrow: str = ""
    """What the text of a change begins with, since nobody should need its colour."""

    @property
    def plain(self) -> str:
        """The text whole, without an arrow, and with blanks that may end a line."""
        if self.kind is Kind.TEXT and self.value is not None:
            return str(self.value)
        return self.text[len(self.arrow) :].replace("\u00a0", " ")


@dataclass(frozen=True)
class Grid:
    """A table; the first cell of each row names it, and where headings[0] is empty, a value."""

    headings: Sequence[Cell]
    rows: Sequence[Sequence[Cell]]
    title: str = ""
    wide: Grid | None = None
    """The same with more columns, where there is room."""


def grid(table: Table, formats: Formats, short: Mapping[str, str] | None = None) -> Grid:
    """The rows of an answer, under the labels of their columns or the ``short`` texts for them."""
    lang, named = formats.lang, short or {}
    rows = table.rows
    if table.key == "steps":
        rows = [(column_label(step, lang), *numbers) for step, *numbers in rows]
    headings = [
        Cell(text(named[key], lang) if key in named else column_label(key, lang), is_number(kind))
        for key, kind in table.columns
    ]
    return Grid(headings, [_cells(row, table, formats) for row in rows], _title(table, lang))


def in_words(table: Table, formats: Formats) -> list[dict[str, str]]:
    """The rows of an answer as texts by the keys of their columns."""
    keys = [column.key for column in table.columns]
    rows = ([cell.plain for cell in row] for row in grid(table, formats).rows)
    return [dict(zip(keys, row, strict=True)) for row in rows]


def record(table: Table, formats: Formats, changes: Table | None = None) -> Grid:
    """An answer that is one object: a row a value, and how the value has changed."""
    lang, keys = formats.lang, [column.key for column in table.columns]
    headings = [Cell(""), Cell(text("value", lang), right=True)]
    cells = (replace(cell, right=True) for cell in _cells(table.rows[0], table, formats))
    rows = [[Cell(column_label(key, lang)), cell] for key, cell in zip(keys, cells, strict=True)]
    if changes is not None:
        moved = {
            column.key: change(value, column.kind, formats)
            for column, value in zip(changes.columns, changes.rows[0], strict=True)
        }
        headings.append(Cell(text("change", lang), right=True))
        for key, row in zip(keys, rows, strict=True):
            row.append(moved.get(key, Cell("", right=True)))
    return Grid(headings, rows, _title(table, lang))


def change(value: float | None, kind: Kind, formats: Formats) -> Cell:
    """A change with an arrow."""
    if value is None:
        return Cell(NOTHING, right=True)
    arrow, tone = ("▲ ", "up") if value > 0 else ("▼ ", "down") if value < 0 else ("= ", "")
    return Cell(arrow + formats.change(value, kind), True, tone, value, kind, arrow)


def only(table: Table, keys: Sequence[str]) -> Table:
    """The table with these columns alone, in this order."""
    places = [[column.key for column in table.columns].index(key) for key in keys]
    rows = [tuple(row[place] for place in places) for row in table.rows]
    return replace(table, columns=tuple(table.columns[place] for place in places), rows=rows)


def _title(table: Table, lang: str) -> str:
    return "" if table.name in {None, "steps"} else text(str(table.name), lang)


def _cells(row: Sequence[object], table: Table, formats: Formats) -> list[Cell]:
    cells = []
    for value, column in zip(row, table.columns, strict=True):
        key, kind = column
        shown, tone = formats.cell(value, column), ""
        if kind is Kind.TEXT:
            most = _TAG_CELLS if key.startswith("utm_") else _TEXT_CELLS
            shown, tone = safe(shown, most), "outside"
        else:
            # A line may end before a unit, and never within a number.
            shown = _WITHIN.sub("\u00a0", shown)
        cells.append(Cell(shown, is_number(kind), tone, value, kind))
    return cells
