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
from utm_pipeline.spend.refusals import refusal

_BLANK = frozenset({"", "-", "--", "—", "–"})
"""How exports write that there is no value."""
_COLUMNS = ("day", "source", "medium", "campaign", "content", "spend", "impressions", "clicks")
"""What the columns of an export mean, in the order of ``SpendRow``."""
_TOTAL = re.compile(rf"(?:{'|'.join(SHARED['total'])})\b.*")


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


class _Line(NamedTuple):
    """A line under the head as it stands in the file; what means nothing is empty."""

    number: int
    row: SpendRow
    """Without currencies beside numbers. The date is empty if it is a total of many days."""
    currency: str
    unit: str
    """The currency's sign or code beside the spend."""


_Total = tuple[_Line, str, Decimal]
"""Its line, its day in ISO 8601 or nothing, its spend."""


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
    lines = [_read_line(number, cells, head, platform) for number, cells in found]
    _check_currency(lines, head, options, shop_currency)
    order = values.day_order([line.row.date for line in lines], options.date_format)
    mark = values.decimal_mark(
        [line.row.spend for line in lines if line.row.spend],
        [text for line in lines for text in (line.row.impressions, line.row.clicks) if text],
        options.decimal,
    )

    def count(text: str) -> str:
        return str(int(values.number(text, mark))) if text else ""

    rows, totals = [], []
    for line in lines:
        row, day = line.row, _day_of(line, order, platform)
        if platform.is_generic and not (day and row.utm_source and row.spend):
            raise refusal("incomplete", line=line.number)
        # A platform leaves the cell empty where nothing was spent.
        spend = values.number(row.spend or "0", mark)
        if day is None or not (row.utm_campaign or platform.is_generic):
            of_day = values.read_day(row.date, order)
            totals.append((line, of_day.isoformat() if of_day else "", spend))
            continue
        row = row._replace(
            date=day.isoformat(),
            utm_source=row.utm_source or (options.source or platform.source).strip(),
            utm_medium=row.utm_medium or (options.medium or platform.medium).strip(),
            spend=f"{spend:f}",
            impressions=count(row.impressions),
            clicks=count(row.clicks),
        )
        rows.append(row)
    if not rows:
        raise refusal("only totals", by_day=platform.by_day)
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
    return _Line(number, row, cell("currency"), unit)


def _day_of(line: _Line, order: values.Order, platform: Platform) -> date | None:
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
        # The cell may hold anything.
        shown = what if len(what) <= 4 else "another currency"
        raise refusal("foreign money", currency=shown, ours=ours)
    if not (any(codes | units) or options.currency or PLATFORMS[options.platform].is_generic):
        raise refusal("no currency", ours=ours)


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
    parts: dict[tuple[str, ...], tuple[int, Decimal]] = {}
    for (number, row, *_), day, total in totals:
        key = (row.utm_campaign, row.utm_content)
        if not total:
            continue
        if row.utm_campaign:
            if key not in spends:
                raise refusal("spend without day", line=number, by_day=platform.by_day)
            # Ads of one name in two ad sets have a total each.
            parts[key] = (number, parts.get(key, (0, Decimal(0)))[1] + total)
        elif not day:
            whole.append((number, total))
        elif not any(_agree(total, spends.get(part, ()), rows) for part in ((day,), ())):
            raise refusal("spend without campaign", line=number)
    for part, (number, total) in parts.items():
        if not _agree(total, spends[part], spends[part]):
            yield f"the total in line {number} is not the sum of its campaign's rows"
    # Google adds totals of wider and narrower sets than the report; one of them is the report's.
    if whole and not any(_agree(total, spends[()], rows) for _, total in whole):
        (number, total), added = whole[-1], sum(spends[()], Decimal(0))
        yield f"the total in line {number} says {total:f}, but the rows add up to {added:f}"


def _spends(rows: Sequence[SpendRow]) -> Mapping[tuple[str, ...], Sequence[Decimal]]:
    """What the rows of a part spent, by its key.

    That is ``()`` of all, ``(day,)``, ``(campaign, "")`` or ``(campaign, ad)``.
    """
    spends: dict[tuple[str, ...], list[Decimal]] = defaultdict(list)
    for row in rows:
        campaign, ad = row.utm_campaign, row.utm_content
        for key in {(), (row.date,), (campaign, ""), (campaign, ad)}:
            spends[key].append(Decimal(row.spend))
    return spends


def _agree(total: Decimal, spends: Sequence[Decimal], rows: Sequence[object]) -> bool:
    # Half a cent for each row may be the platform's rounding.
    return abs(total - sum(spends)) <= Decimal("0.005") * (len(rows) + 1)
