"""Reading one export: which rows are spend, which are totals, and what they say.

A row with a day and a campaign is spend. A row without a day is a total: of everything, or of the
campaign that it names. A row with a day and without a campaign is a total of that day if its sum
says so; else it is money that nobody can tell the campaign of, and the export is refused. Totals
are left out, and compared with the rows that they stand for.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import NamedTuple

from utm_pipeline.errors import InputError
from utm_pipeline.spend import layout, values
from utm_pipeline.spend.platforms import PLATFORMS, SHARED, Platform
from utm_pipeline.spend.values import unreadable

_BLANK = frozenset({"", "-", "--", "—", "–"})
"""How exports write that there is no value."""
_COLUMNS = ("day", "source", "medium", "campaign", "content", "spend", "impressions", "clicks")
"""What the columns of an export mean, in the order of ``SpendRow``."""
_TOTAL = re.compile(rf"(?:{'|'.join(SHARED['total'])})\b.*")
_Key = tuple[str, ...]
"""Of a part of an export: ``()``, ``(day,)``, ``(campaign, "")`` or ``(campaign, ad)``."""


class SpendRow(NamedTuple):
    """One row of the raw table ad_spend: the contract's text, empty where there is no value."""

    date: str
    utm_source: str
    utm_medium: str
    utm_campaign: str
    utm_content: str
    spend: str
    impressions: str
    clicks: str


@dataclass(frozen=True)
class Options:
    """The options of ``load-spend``, as they were given."""

    platform: str
    """A key of ``PLATFORMS``."""
    source: str | None = None
    """utm_source of the rows, if not the platform's own; ``medium`` likewise."""
    medium: str | None = None
    account: str | None = None
    currency: str | None = None
    """What the user vouches for, where the export names none."""
    decimal: str | None = None
    """One of ``values.MARKS``, where the export leaves it open."""
    date_format: str | None = None
    """One of ``values.ORDERS``, where the export leaves it open."""
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
        """All that its rows spent, in the shop's currency."""
        return sum((Decimal(row.spend) for row in self.rows), Decimal(0))


class _Line(NamedTuple):
    """A line under the head; what means nothing is empty."""

    number: int
    row: SpendRow
    """The cells as they stand in the file, without the currency beside a number. The date of a row
    of totals of many days is empty."""
    currency: str
    unit: str
    """The currency's sign or code beside the spend."""


class _Total(NamedTuple):
    line: _Line
    day: str
    """In ISO 8601; empty if it is no total of a day."""
    spend: Decimal


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
        raise _not_by_day(platform)
    if not found:
        raise unreadable("the export has no rows", "export days on which ads ran")
    lines = [_read_line(number, cells, head, platform) for number, cells in found]
    _check_currency(lines, head, options, shop_currency)
    order = values.day_order([line.row.date for line in lines], options.date_format)
    mark = values.decimal_mark(
        [line.row.spend for line in lines if line.row.spend],
        [text for line in lines for text in (line.row.impressions, line.row.clicks) if text],
        options.decimal,
    )
    source = (options.source or platform.source).strip()
    medium = (options.medium or platform.medium).strip()

    def count(text: str) -> str:
        return str(int(values.number(text, mark))) if text else ""

    rows, totals = [], []
    for line in lines:
        row, day = line.row, _day_of(line, order, platform)
        if platform.is_generic and not (day and row.utm_source and row.spend):
            what = f"line {line.number} lacks date, utm_source or spend"
            raise unreadable(what, "fill it in, or take the line out")
        # A platform leaves the cell empty where nothing was spent.
        spend = values.number(row.spend or "0", mark)
        if day is None or not (row.utm_campaign or platform.is_generic):
            of_day = values.read_day(row.date, order)
            totals.append(_Total(line, of_day.isoformat() if of_day else "", spend))
            continue
        row = row._replace(
            date=day.isoformat(),
            utm_source=row.utm_source or source,
            utm_medium=row.utm_medium or medium,
            spend=f"{spend:f}",
            impressions=count(row.impressions),
            clicks=count(row.clicks),
        )
        rows.append(row)
    if not rows:
        raise unreadable("the export has only totals", platform.by_day)
    return Export(rows, len(totals), list(_disagreements(totals, rows, platform)))


def _read_line(number: int, cells: Sequence[str], head: layout.Head, platform: Platform) -> _Line:
    def cell(column: str) -> str:
        index = head.columns.get(column)
        # Rows of totals may end early.
        value = cells[index].strip() if index is not None and index < len(cells) else ""
        return "" if value in _BLANK else value

    row = SpendRow(*map(cell, _COLUMNS))
    has_label = any(_TOTAL.fullmatch(value.strip().casefold()) for value in cells)
    if "day" in head.columns:
        day = "" if _TOTAL.fullmatch(row.date.casefold()) else row.date
    elif cell("starts") == cell("ends"):
        day = cell("starts")
    elif row.utm_campaign and not has_label:
        raise _not_by_day(platform)
    else:
        day = ""
    if has_label and not day:
        row = row._replace(utm_source="", utm_medium="", utm_campaign="", utm_content="")
    if day and len(cells) < len(head.cells):
        raise unreadable(f"line {number} ends early", "export it again, whole")
    spend, unit = values.split_unit(row.spend)
    counts = [values.split_unit(text) for text in (row.impressions, row.clicks)]
    if any(beside for _, beside in counts):
        what = f"line {number} has a count that is no whole number"
        raise unreadable(what, "export it again")
    (impressions, _), (clicks, _) = counts
    day = " ".join(day.split())
    row = row._replace(date=day, spend=spend, impressions=impressions, clicks=clicks)
    return _Line(number, row, cell("currency"), unit)


def _day_of(line: _Line, order: str, platform: Platform) -> date | None:
    """The line's day; a span of one day is a day too."""
    day = values.read_day(line.row.date, order)
    if day or not line.row.date:
        return day
    span = values.ends_of_span(line.row.date, order)
    if span is None:
        raise unreadable(f"line {line.number} has no readable day", platform.by_day)
    if span[0] != span[1]:
        raise _not_by_day(platform)
    return span[0]


def _not_by_day(platform: Platform) -> InputError:
    what = "the export is not broken down by day, and a day's spend cannot be guessed"
    return unreadable(what, platform.by_day)


def _check_currency(lines: Sequence[_Line], head: layout.Head, options: Options, ours: str) -> None:
    """Refuses money of another currency, and money of none that anybody vouches for."""
    codes = {line.currency.upper() for line in lines} | {head.currency or ""}
    units = {line.unit for line in lines}
    foreign = sorted(codes - {"", ours}) + sorted(
        unit for unit in units - {""} if values.is_foreign(unit, ours)
    )
    said = options.currency.upper() if options.currency else ours
    if foreign or said != ours:
        what = foreign[0] if foreign else said
        if len(what) > 4:
            what = "another currency"  # the cell may hold anything
        raise unreadable(
            f"the export is in {what}, but the shop's currency is {ours}",
            "money of two currencies cannot be added: convert the amounts and load them with "
            "--platform generic, or set UTM_CURRENCY if it is wrong",
        )
    if not (any(codes | units) or options.currency or PLATFORMS[options.platform].is_generic):
        raise unreadable(
            "the export does not name its currency",
            f"add the column of the currency to the export, or, if it is in {ours}, "
            f"say --currency {ours}",
        )


def _disagreements(
    totals: Sequence[_Total], rows: Sequence[SpendRow], platform: Platform
) -> Iterator[str]:
    """Says in words which totals are not the sum of their rows.

    Raises:
        InputError: a total stands for no rows at all, so it is spend whose day or campaign is
            missing.
    """
    spends = _spends(rows)
    whole: list[tuple[int, Decimal]] = []
    parts: dict[_Key, tuple[int, Decimal]] = {}
    for line, day, total in totals:
        key = (line.row.utm_campaign, line.row.utm_content)
        if not total:
            continue
        if line.row.utm_campaign:
            if key not in spends:
                raise unreadable(f"line {line.number} has spend and no day", platform.by_day)
            # Ads of one name in two ad sets have a total each.
            parts[key] = (line.number, parts.get(key, (0, Decimal(0)))[1] + total)
        elif not day:
            whole.append((line.number, total))
        elif not any(_agree(total, spends.get(part, ()), rows) for part in ((day,), ())):
            raise unreadable(
                f"line {line.number} has spend without a campaign, and is no total of its day",
                "export it by campaign, ad set or ad",
            )
    for part, (number, total) in parts.items():
        if not _agree(total, spends[part], spends[part]):
            yield f"the total in line {number} is not the sum of its campaign's rows"
    # Google adds totals of wider and narrower sets than the report; one of them is the report's.
    if whole and not any(_agree(total, spends[()], rows) for _, total in whole):
        (number, total), added = whole[-1], sum(spends[()], Decimal(0))
        yield f"the total in line {number} says {total:f}, but the rows add up to {added:f}"


def _spends(rows: Sequence[SpendRow]) -> Mapping[_Key, Sequence[Decimal]]:
    """What the rows of a part spent: of all, a day, a campaign, a campaign's ad."""
    spends: dict[_Key, list[Decimal]] = defaultdict(list)
    for row in rows:
        campaign, ad = row.utm_campaign, row.utm_content
        for key in {(), (row.date,), (campaign, ""), (campaign, ad)}:
            spends[key].append(Decimal(row.spend))
    return spends


def _agree(total: Decimal, spends: Sequence[Decimal], rows: Sequence[object]) -> bool:
    # Half a cent for each row may be the platform's rounding.
    return abs(total - sum(spends)) <= Decimal("0.005") * (len(rows) + 1)
