"""Reading one export: what its rows say. Totals are left out and compared with their parts."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from pathlib import Path

from utm_pipeline.errors import InputError
from utm_pipeline.spend import layout, values
from utm_pipeline.spend.platforms import PLATFORMS, Platform
from utm_pipeline.spend.refusals import refusal
from utm_pipeline.spend.totals import (
    WITH_DAY,
    WITHOUT_DAY,
    Dated,
    Line,
    SpendRow,
    disagreements,
    parted,
    refuse_sums,
)

_BLANK = frozenset({"", "-", "--", "—", "–"})
"""How exports write that there is no value."""
_COLUMNS = ("day", "source", "medium", "campaign", "content", "spend", "impressions", "clicks")
"""What the columns of an export mean, in the order of ``SpendRow``."""
_COUNTS = {
    "impressions": "no column of impressions was found",
    "clicks": "no column of clicks was found",
}
_MEASURES = {"day", "starts", "ends", "coarse", "spend", "impressions", "clicks", "currency"}


@dataclass(frozen=True)
class Options:
    """The options of ``load-spend``, as they were given; ``platform`` is a key of ``PLATFORMS``.

    Currency, decimal mark and order of dates are the user's word where the export leaves them open.
    """

    platform: str
    source: str | None = None
    medium: str | None = None
    account: str | None = None
    currency: str | None = None
    decimal: values.Mark | None = None
    date_format: values.Order | None = None
    replace: bool = False
    """Whether earlier rows may go although they share no campaign with the new ones."""


@dataclass(frozen=True)
class Export:
    """A whole export, as rows of the raw table."""

    rows: Sequence[SpendRow]
    totals: int
    """How many rows of totals were left out."""
    warnings: Sequence[str]
    """Where a row of totals says something else than the rows that it stands for."""

    @property
    def days(self) -> tuple[str, str]:
        """The days that it covers, in ISO 8601: all from the first to the last that has a row."""
        return min(row.date for row in self.rows), max(row.date for row in self.rows)

    @property
    def campaigns(self) -> set[str]:
        """The campaigns that are named."""
        return {row.utm_campaign for row in self.rows} - {""}

    @property
    def spend(self) -> Decimal:
        """The sum of what will count, in the shop's currency: what is below 0 is set aside."""
        return sum((max(Decimal(row.spend), Decimal(0)) for row in self.rows), Decimal(0))


def read_export(file: Path, options: Options, shop_currency: str) -> Export:
    """Reads a whole export, or none of it.

    Raises:
        InputError: the file is no such export, holds no rows of days, is in another currency, or
            cannot be understood without a guess.
    """
    try:
        return _read(layout.read_text(file), options, shop_currency)
    except InputError as error:
        # Whatever is wrong, it is wrong in this file.
        raise InputError(error.what, str(file), error.fix) from error


def _read(text: str, options: Options, shop_currency: str) -> Export:
    platform = PLATFORMS[options.platform]
    head = layout.find_head(text, platform)
    found = layout.lines_under(text, head)
    if "day" not in head.columns and not {"starts", "ends"} <= head.columns.keys():
        raise refusal("not by day", by_day=platform.by_day)
    if not found:
        raise refusal("no rows")
    names = _columns_of_names(found, head)
    lines = [_read_line(number, cells, head, platform, names) for number, cells in found]
    _check_currency(lines, head, options, shop_currency)
    order = values.day_order([line.row.date for line in lines], options.date_format)
    mark = values.decimal_mark(
        [line.row.spend for line in lines if line.row.spend],
        [text for line in lines for text in (line.row.impressions, line.row.clicks) if text],
        options.decimal,
    )

    dated = [
        # A platform leaves the cell empty where nothing was spent.
        Dated(line, _day_of(line, order, platform), values.number(line.row.spend or "0", mark))
        for line in lines
    ]
    spent, totals = parted(dated, platform)
    rows = [
        line.row._replace(
            date=day.isoformat(),
            utm_source=line.row.utm_source or (options.source or platform.source).strip(),
            utm_medium=line.row.utm_medium or (options.medium or platform.medium).strip(),
            spend=f"{spend:f}",
            **{
                name: str(int(values.number(text, mark)))
                for name in ("impressions", "clicks")
                if (text := getattr(line.row, name))
            },
        )
        for line, day, spend in spent
        if day
    ]
    if not rows:
        raise refusal("only totals", by_day=platform.by_day)
    if not platform.is_generic:
        refuse_sums([(each.line.number, row) for each, row in zip(spent, rows, strict=True)])
    told = [*disagreements(totals, rows, platform), *_unread(head, platform)]
    return Export(rows, len(dated) - len(rows), told)


def _columns_of_names(
    found: Sequence[tuple[int, Sequence[str]]], head: layout.Head
) -> Sequence[int]:
    """The columns that say what a row is of: those that are read for it, and others with words."""
    measures = {index for column, index in head.columns.items() if column in _MEASURES}
    read = set(head.columns.values())
    return [
        index
        for index in range(len(head.cells))
        if index not in measures
        and (
            index in read
            or any(
                # Ages and the like are words too: 18-24, 65+.
                cells[index].strip() not in _BLANK and not values.is_amount(cells[index])
                for _, cells in found
                if index < len(cells)
            )
        )
    ]


def _unread(head: layout.Head, platform: Platform) -> Iterator[str]:
    """Says which counts have no column, and what the columns are called that are not read."""
    told = [
        said
        for name, said in _COUNTS.items()
        if name not in head.columns and not platform.is_generic
    ]
    read = set(head.columns.values())
    names = [" ".join(cell.split()) for at, cell in enumerate(head.cells) if at not in read]
    if told and (left := ", ".join(filter(None, names))):
        told.append(f"columns that are not read: {left}")
    if told:
        yield "; ".join(told)


def _read_line(
    number: int,
    cells: Sequence[str],
    head: layout.Head,
    platform: Platform,
    columns_of_names: Sequence[int],
) -> Line:
    def cell(column: str) -> str:
        index = head.columns.get(column)
        # Rows of totals may end early.
        value = cells[index].strip() if index is not None and index < len(cells) else ""
        return "" if value in _BLANK else value

    row = SpendRow(*map(cell, _COLUMNS))
    has_label = any(WITHOUT_DAY.fullmatch(value.strip().casefold()) for value in cells)
    if "day" in head.columns:
        day = "" if WITHOUT_DAY.fullmatch(row.date.casefold()) else row.date
    elif cell("starts") == cell("ends"):
        day = cell("starts")
    elif row.utm_campaign and not has_label:
        raise refusal("not by day", by_day=platform.by_day)
    else:
        day = ""
    if has_label and not day:
        row = row._replace(utm_source="", utm_medium="", utm_campaign="", utm_content="")
    if day and len(cells) < len(head.cells):
        raise refusal("short", line=number)
    spend, unit = values.split_unit(row.spend)
    impressions, beside_impressions = values.split_unit(row.impressions)
    clicks, beside_clicks = values.split_unit(row.clicks)
    if beside_impressions or beside_clicks:
        raise refusal("count", line=number)
    day = " ".join(day.split())
    row = row._replace(date=day, spend=spend, impressions=impressions, clicks=clicks)
    names, label = [], ""
    for index in columns_of_names:
        name = " ".join(cells[index].casefold().split()) if index < len(cells) else ""
        if said := WITH_DAY.fullmatch(name):
            label = "sure" if said["sure"] or label == "sure" else "perhaps"
        names.append("" if said or name in _BLANK else name)
    return Line(number, row, cell("currency"), unit, tuple(names), label)


def _day_of(line: Line, order: values.Order, platform: Platform) -> date | None:
    """The line's day; a span of one day is a day too."""
    day = values.read_day(line.row.date, order)
    if day or not line.row.date:
        return day
    span = values.ends_of_span(line.row.date, order)
    if span is None:
        raise refusal("no day", line=line.number, by_day=platform.by_day)
    if span[0] != span[1]:
        raise refusal("not by day", by_day=platform.by_day)
    return span[0]


def _check_currency(lines: Sequence[Line], head: layout.Head, options: Options, ours: str) -> None:
    """Refuses money of another currency, and money of none that anybody vouches for."""
    codes = {line.currency.upper() for line in lines} | {head.currency or ""}
    units = {line.unit for line in lines}
    foreign = sorted(codes - {"", ours}) + sorted(
        unit for unit in units - {""} if values.is_foreign(unit, ours)
    )
    said = options.currency.upper() if options.currency else ours
    if foreign or said != ours:
        what = foreign[0] if foreign else said
        # The cell may hold anything.
        shown = what if len(what) <= 4 else "another currency"
        raise refusal("foreign money", currency=shown, ours=ours)
    if not (any(codes | units) or options.currency or PLATFORMS[options.platform].is_generic):
        raise refusal("no currency", ours=ours)
