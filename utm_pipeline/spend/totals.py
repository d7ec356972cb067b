"""Which rows of an export are totals, and whether they are the sum of what they stand for.

A row with a day and a campaign is spend. A row without a day is a total: of everything, or of the
campaign that it names. A row with a day is a total if it is empty, or says "Total", where others of
its day say what they are of, and its spend is their sum. One that says "Total" and is no sum, or
names no campaign, is refused: nobody can tell what it is.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import NamedTuple

from utm_pipeline.spend.platforms import SHARED, Platform
from utm_pipeline.spend.refusals import refusal

_WORDS = "|".join(SHARED["total"])
WITHOUT_DAY = re.compile(rf"(?:{_WORDS})\b.*")
"""What a row without a day may begin with."""
WITH_DAY = re.compile(
    rf"(?:{_WORDS})|(?P<sure>(?:{_WORDS}) ?: .*|(?:{'|'.join(SHARED['results'])}).*)"
)
"""What a row with a day says if it is a total; "Total look" is a campaign."""


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


class Line(NamedTuple):
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


class Dated(NamedTuple):
    """A line with the day that it is of, None if of many, and what it spent."""

    line: Line
    day: date | None
    spend: Decimal


def parted(dated: Sequence[Dated], platform: Platform) -> tuple[Sequence[Dated], Sequence[Dated]]:
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
            totals.append(Dated(whole, None, each.spend))
        else:
            (spent if day and line.row.utm_campaign else totals).append(each)
    return spent, totals


def refuse_sums(rows: Sequence[tuple[int, SpendRow]]) -> None:
    """Makes sure that no row is all others of its day in spend and in every count.

    By chance that hardly happens, and nothing in such a row tells a campaign from a total. Rows
    come with the number of their line.

    Raises:
        InputError: one is.
    """
    of_day: dict[str, list[tuple[int, SpendRow]]] = defaultdict(list)
    for number, row in rows:
        of_day[row.date].append((number, row))
    for several in of_day.values():
        number, top = max(several, key=lambda each: Decimal(each[1].spend))
        others = [row for _, row in several if row is not top]
        if (
            len(others) > 1
            and int(top.impressions or 0)
            and all(
                Decimal(getattr(top, name) or 0)
                == sum(Decimal(getattr(row, name) or 0) for row in others)
                for name in ("spend", "impressions", "clicks")
            )
        ):
            raise refusal("sum of its day", line=number)


def _sums(dated: Sequence[Dated]) -> set[int]:
    """The numbers of the lines that sum up others of their day, which are of a part of the same.

    Those of the most names come first, so that sums of sums are found as well.
    """
    found: set[int] = set()
    # By one name, so that a large export is not compared row by row.
    parts: dict[tuple[date | None, int, str], list[Dated]] = defaultdict(list)
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


def disagreements(
    totals: Sequence[Dated], rows: Sequence[SpendRow], platform: Platform
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
