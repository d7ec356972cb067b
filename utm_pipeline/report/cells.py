"""Tables of cells in words, with numbers and dates as people of each language write them."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from functools import partial
from typing import Any

from utm_pipeline.queries.model import Column, Table
from utm_pipeline.queries.numbers import round_decimal
from utm_pipeline.report.layout import safe
from utm_pipeline.words import PLACES, Amount, Kind, column_label, kind_of, text, value_label

NOTHING = "—"
_SYMBOLS: Mapping[str, str] = {"UAH": "₴", "USD": "$", "EUR": "€", "GBP": "£", "PLN": "zł"}
_NUMBERS = frozenset({Kind.ID, Kind.COUNT, *PLACES})
_TAG_CELLS, _TEXT_CELLS = 48, 400
"""How long a tag, and how long a text of our own may become."""
_WHOLE_FROM, _ROUND_FROM, _ENDS = 10, 100, frozenset({0, 100})
"""From where on per cents and money are whole in brief, and what no rounding may reach."""
_BASES = frozenset({"leads", "purchases"})
"""Steps of the funnel whose rate is of the checkout and not of the row above (metrics.md 5)."""
PARTS = frozenset(
    ("sources", "campaigns", "content", "geo", "devices", "browsers", "operating-systems")
)
"""Queries whose rows are parts of the general statistics, and add up to them."""
_OF_ALL = {key: f"total_{key}" for key in ("sessions", "conversions", "orders", "revenue")}
_WITHIN = re.compile(r"(?<=\d) (?=\d)")


def is_number(kind: Kind | None) -> bool:
    """Whether a column of this kind is set to the right."""
    return kind in _NUMBERS


@dataclass(frozen=True)
class Formats:
    """Formats of one language and currency."""

    lang: str
    currency: str
    is_brief: bool = False
    """Whether per cents and money lose the digits that nobody reads."""

    @property
    def brief(self) -> Formats:
        """The same for cards, sentences and pictures: whole per cents, round money."""
        return replace(self, is_brief=True)

    def number(self, value: float | Decimal, places: int) -> str:
        """``1 234,56`` in Ukrainian, ``1,234.56`` in English."""
        written = f"{round_decimal(value, places):,.{places}f}"
        return written.replace(",", " ").replace(".", ",") if self.lang == "uk" else written

    def money(self, value: float | Decimal) -> str:
        """``1 234,56 ₴`` in Ukrainian, ``UAH 1,234.56`` in English."""
        is_round = self.is_brief and (not value or not -_ROUND_FROM < value < _ROUND_FROM)
        number = self.number(value, 0 if is_round else 2)
        if self.lang == "uk":
            return f"{number} {_SYMBOLS.get(self.currency, self.currency)}"
        return f"{self.currency} {number}"

    def rate(self, value: float | Decimal) -> str:
        """A percentage with two decimals, or in brief."""
        return self.number(value, self._rate_places(value)) + self.per_cent

    def _rate_places(self, value: float | Decimal) -> int:
        """In brief none, and one under 10; all where it would else seem to be nothing or all."""
        if not self.is_brief:
            return 2
        places = 1 if -_WHOLE_FROM < value < _WHOLE_FROM and value != int(value) else 0
        is_end = abs(round_decimal(value, places)) in _ENDS
        return 2 if is_end and abs(value) not in _ENDS else places

    @property
    def per_cent(self) -> str:
        """The sign as it follows a number."""
        return " %" if self.lang == "uk" else "%"

    def change(self, value: float, kind: Kind = Kind.POINTS) -> str:
        """A change with its sign: in percentage points, else in per cent."""
        rounded = round_decimal(value, 2)
        unit = f" {text('points', self.lang)}" if kind is Kind.POINTS else self.per_cent
        return ("+" if rounded > 0 else "") + self.number(value, self._rate_places(value)) + unit

    def day(self, value: date) -> str:
        """``31.03.2025`` in Ukrainian, ``2025-03-31`` in English."""
        return value.strftime("%d.%m.%Y") if self.lang == "uk" else value.isoformat()

    def days(self, first: date, last: date) -> str:
        """``22–28 June``; the year is that of the report, and named where it is two."""
        months = text("months", self.lang).split("|")
        ends = [f"{day.day} {months[day.month - 1]}" for day in (first, last)]
        if first.year != last.year:
            ends = [f"{end} {day.year}" for end, day in zip(ends, (first, last), strict=True)]
        is_one_month = (first.year, first.month) == (last.year, last.month)
        return f"{first.day}–{ends[1]}" if is_one_month else " – ".join(ends)

    def amount(self, value: float, places: int = 0) -> Amount:
        """A number whose noun agrees with it."""
        return Amount(self.number(value, places), value, self.lang)

    def moment(self, value: datetime) -> str:
        """The day and the time of day to the minute."""
        return f"{self.day(value.date())} {value:%H:%M}"

    def window(self, first: datetime, end: datetime) -> str:
        """``24.03.2025 – 30.03.2025``, and until which clock time where it ends within a day."""
        days = self.dated(None, (first.date(), (end - timedelta(microseconds=1)).date()))
        if end.time() == time():
            return days
        return text("until_clock", self.lang, days=days, clock=f"{end:%H:%M}")

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
            Kind.TEXT: lambda said: value_label(str(said), self.lang, column.key),
            Kind.CODE: lambda code: value_label(code, self.lang),
            Kind.INSTANT: self.moment,
            Kind.DATE: self.day,
            Kind.FLAG: lambda flag: text("yes" if flag else "no", self.lang),
            Kind.COUNTS: lambda counts: "; ".join(
                f"{self._reason(name)}: {number(count)}" for name, count in counts.items()
            ),
        }
        return write.get(column.kind, str)(value)

    def _reason(self, reason: str) -> str:
        """Why rows were set aside: the column, and what is wrong with it."""
        column, _, wrong = reason.rpartition(" ")
        return f"{column} {value_label(wrong, self.lang, 'reason')}".strip()


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
    def is_text(self) -> bool:
        """Whether it names something, as tags and places do."""
        return self.kind is Kind.TEXT

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
    total: Sequence[Cell] = ()
    """The row under the others, of what they are parts of."""
    notes: Sequence[str] = ()
    """What has to be known to read the numbers, in sentences."""


def grid(
    table: Table,
    formats: Formats,
    short: Mapping[str, str] | None = None,
    whole: Mapping[str, Any] | None = None,
) -> Grid:
    """The rows of an answer, under the labels of their columns or the ``short`` texts for them.

    ``whole`` is the answer that the rows are parts of, for the row of totals.
    """
    lang, named = formats.lang, short or {}
    headings = [
        Cell(text(named[key], lang) if key in named else column_label(key, lang), is_number(kind))
        for key, kind in table.columns
    ]
    rows = [_cells(row, table, formats) for row in table.rows]
    if table.key == "steps":
        return Grid(headings, _steps(table, rows, lang), notes=_about_steps(table, lang))
    total = _total(table, whole, formats) if whole and rows else ()
    return Grid(headings, rows, _title(table, lang), total=total)


def _steps(table: Table, rows: Iterable[list[Cell]], lang: str) -> list[list[Cell]]:
    """The steps of the funnel by their names, and what a rate is of where that is not plain."""
    named, keys = [], [column.key for column in table.columns]
    for (name, *_), cells in zip(table.rows, rows, strict=True):
        named.append([Cell(column_label(name, lang)), *cells[1:]])
        for place, cell in enumerate(cells):
            is_base = name in _BASES and keys[place] == "rate_of_previous"
            if is_base and cell.value is not None:
                said = text("of_checkout", lang, rate=cell.text).replace(" ", "\u00a0")
                named[-1][place] = replace(cell, text=said)
    return named


def _about_steps(table: Table, lang: str) -> list[str]:
    is_over = any((step.get("rate_of_previous") or 0) > 100 for step in table.dicts())
    return [text(name, lang) for name in ("steps_are", *(["steps_over"] if is_over else []))]


def _total(table: Table, whole: Mapping[str, Any], formats: Formats) -> list[Cell]:
    """What the whole says under each column; nothing under those that it does not have."""
    names = [key if key in whole else _OF_ALL.get(key, "") for key, _ in table.columns]
    cells = _cells([whole.get(name) for name in names], table, formats)
    found = [
        replace(cell, tone="") if name in whole else Cell("", cell.right)
        for name, cell in zip(names, cells, strict=True)
    ]
    # A part of the shop is named; the whole has no name.
    name = "in_part" if table.columns[0].key in whole or "utm_source" in whole else "in_all"
    return [Cell(text(name, formats.lang)), *found[1:]]


def in_words(table: Table, formats: Formats) -> list[dict[str, str]]:
    """The rows of an answer as texts by the keys of their columns."""
    keys = [column.key for column in table.columns]
    rows = ([cell.plain for cell in row] for row in grid(table, formats).rows)
    return [dict(zip(keys, row, strict=True)) for row in rows]


def record(
    table: Table, formats: Formats, compared: Mapping[str | None, Table] | None = None
) -> Grid:
    """An answer that is one object: a row a value.

    With the answer of ``compare`` also what the value was before, and how it has changed.
    """
    lang, keys = formats.lang, [column.key for column in table.columns]
    headings = [Cell(""), Cell(text("value", lang), right=True)]
    cells = (replace(cell, right=True) for cell in _cells(table.rows[0], table, formats))
    rows = [[Cell(column_label(key, lang)), cell] for key, cell in zip(keys, cells, strict=True)]
    if compared is not None:
        headings += [Cell(text(name, lang), right=True) for name in ("before", "change")]
        for key, row, value in zip(keys, rows, table.rows[0], strict=True):
            row.extend(_moved(key, value, compared, formats))
    return Grid(headings, rows, _title(table, lang))


def _moved(
    key: str, value: object, compared: Mapping[str | None, Table], formats: Formats
) -> list[Cell]:
    """The value of the period before, and the change; both where another than ``value`` counts."""
    found = {name: compared[name].dicts()[0] for name in ("current", "previous", "change")}
    if key not in found["change"]:
        return [Cell(NOTHING, right=True)] * 2
    current, previous = found["current"][key], found["previous"][key]
    column = Column(key, kind_of(key))
    shown = formats.cell(previous, column)
    if current != value:
        shown = " → ".join(formats.brief.cell(each, column) for each in (previous, current))
    kind = next(each.kind for each in compared["change"].columns if each.key == key)
    shown = shown.replace(" ", "\u00a0")
    # Of two numbers in one cell neither is its value.
    before = (
        Cell(shown, True, value=previous, kind=column.kind)
        if current == value
        else Cell(shown, right=True)
    )
    return [before, change(found["change"][key], kind, formats)]


def about_change(
    rows: Iterable[Sequence[Cell]], compared: Sequence[tuple[datetime, datetime]], formats: Formats
) -> list[str]:
    """Which times a change compares, and why a cell of it may hold two numbers."""
    if not compared:
        return []
    current, previous = (formats.window(*each) for each in compared)
    said = [text("compared", formats.lang, current=current, previous=previous)]
    has_two = any(" → " in row[-2].text.replace("\u00a0", " ") for row in rows)
    return [*said, text("compared_otherwise", formats.lang)] if has_two else said


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
        shown = formats.cell(value, column)
        if kind is Kind.TEXT:
            whole = None if value is None else shown
            most = _TAG_CELLS if key.startswith("utm_") else _TEXT_CELLS
            cells.append(Cell(safe(shown, most), tone="outside", value=whole, kind=kind))
            continue
        # A line may end before a unit, and never within a number.
        shown = _WITHIN.sub("\u00a0", shown)
        cells.append(Cell(shown, is_number(kind), "", value, kind))
    return cells
