"""Reading one export: which rows are spend, which are totals, and what they say.

A row with a day and a campaign is spend. A row without a day is a total: of everything, or of the
campaign that it names. A row with a day is a total if it is empty, or says "Total", where others of
its day say what they are of, and its spend is their sum. One that says "Total" and is no sum, or
names no campaign, is refused: nobody can tell what it is. Totals are left out, and compared with
the rows that they stand for.
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
_WORDS = "|".join(SHARED["total"])
_TOTAL = re.compile(rf"(?:{_WORDS})\b.*")
"""What a row without a day may begin with."""
_LABEL = re.compile(
    rf"(?:{_WORDS})|(?P<sure>(?:{_WORDS}) ?: .*|(?:{'|'.join(SHARED['results'])}).*)"
)
"""What a row with a day says if it is a total; "Total look" is a campaign."""
_COUNTS = {
    "impressions": "no column of impressions was found",
    "clicks": "no column of clicks was found",
}
_MEASURES = {"day", "starts", "ends", "coarse", "spend", "impressions", "clicks", "currency"}


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
    names: tuple[str, ...]
    """What it is of: campaign, ad and whatever else has names; empty where it says "Total"."""
    label: str
    """What it says if it is a total: ``sure`` where nothing else can be meant, ``perhaps``."""


class _Dated(NamedTuple):
    """A line with the day that it is of, None if of many, and what it spent."""

    line: _Line
    day: date | None
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
        _Dated(line, _day_of(line, order, platform), values.number(line.row.spend or "0", mark))
        for line in lines
    ]
    spent, totals = _parted(dated, platform)
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
    told = [*_disagreements(totals, rows, platform), *_unread(head, platform)]
    return Export(rows, len(dated) - len(rows), told)


def _parted(
    dated: Sequence[_Dated], platform: Platform
) -> tuple[Sequence[_Dated], Sequence[_Dated]]:
    """Spend, and totals that are to be compared with it; sums of others of their day are neither.

    Raises:
        InputError: a row is none of these, or lacks what the generic form needs.
    """
    sums = set() if platform.is_generic else _sums(dated)
    spent, totals = [], []
    for each in dated:
        line, day, _ = each
        if platform.is_generic:
            if not (day and line.row.utm_source and line.row.spend):
                raise refusal("incomplete", line=line.number)
            spent.append(each)
        elif line.number in sums:
            continue
        elif day and line.label == "perhaps":
            raise refusal("total or not", line=line.number)
        elif day and line.label:
            # Of more than the report shows.
            whole = line._replace(row=line.row._replace(utm_campaign="", utm_content=""))
            totals.append(_Dated(whole, None, each.spend))
        else:
            (spent if day and line.row.utm_campaign else totals).append(each)
    return spent, totals


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


def _sums(dated: Sequence[_Dated]) -> set[int]:
    """The numbers of the lines that sum up others of their day, which are of a part of the same.

    Those of the most names come first, so that sums of sums are found as well.
    """
    found: set[int] = set()
    # By one name, so that a large export is not compared row by row.
    parts: dict[tuple[date | None, int, str], list[_Dated]] = defaultdict(list)
    for each in sorted(dated, key=lambda one: -sum(map(bool, one.line.names))):
        line, day, spend = each
        if day is None:
            continue
        keys = [(day, place, name) for place, name in enumerate(line.names) if name]
        near = min((parts[key] for key in keys), key=len, default=parts[day, -1, ""])
        below = [
            one.spend
            for one in near
            if one.line.names != line.names and _is_part(one.line.names, line.names)
        ]
        if below and _agree(spend, below, below):
            found.add(line.number)
            continue
        for key in ((day, -1, ""), *keys):
            parts[key].append(each)
    return found


def _is_part(names: Sequence[str], whole: Sequence[str]) -> bool:
    return all(name in {"", one} for name, one in zip(whole, names, strict=True))


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
) -> _Line:
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
    names, label = [], ""
    for index in columns_of_names:
        name = " ".join(cells[index].casefold().split()) if index < len(cells) else ""
        if said := _LABEL.fullmatch(name):
            label = "sure" if said["sure"] or label == "sure" else "perhaps"
        names.append("" if said or name in _BLANK else name)
    return _Line(number, row, cell("currency"), unit, tuple(names), label)


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
    totals: Sequence[_Dated], rows: Sequence[SpendRow], platform: Platform
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
        elif not any(_agree(total, spends.get(part, ()), rows) for part in ((f"{day}",), ())):
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
