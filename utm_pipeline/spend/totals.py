"""Rows of totals against the rows that they stand for."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from decimal import Decimal
from pathlib import Path

from utm_pipeline.errors import InputError
from utm_pipeline.spend.model import SpendRow
from utm_pipeline.spend.platforms import Platform
from utm_pipeline.spend.rows import Row

Total = tuple[Row, date | None, Decimal]
"""A row of totals, its day if it has one, and the spend that it tells."""

_Key = tuple[str, ...]


def disagreements(
    totals: Sequence[Total], rows: Sequence[SpendRow], platform: Platform, file: Path
) -> Iterator[str]:
    """Says in words which totals are not the sum of their rows.

    Half a cent for each row may be the platform's rounding.

    Raises:
        InputError: a total stands for no rows at all, so it is spend whose day or campaign is
            missing.
    """
    sums, counts = _sums(rows)
    of_all: list[tuple[int, Decimal]] = []
    of_parts: dict[_Key, tuple[int, Decimal]] = {}
    for row, day, said in totals:
        if not said:
            continue
        if row.text("campaign"):
            key = _part(row.text("campaign"), row.text("content"))
            if key not in sums:
                raise InputError(
                    f"line {row.number} has spend and no day", str(file), platform.by_day
                )
            # Ads of one name in two ad sets have a total each.
            of_parts[key] = (row.number, of_parts.get(key, (0, Decimal(0)))[1] + said)
        elif day:
            key = ("day", day.isoformat())
            if not any(_agree(said, sums.get(part, Decimal(0)), len(rows)) for part in (key, ())):
                raise InputError(
                    f"line {row.number} has spend without a campaign, and is no total of its day",
                    str(file),
                    "export it by campaign, ad set or ad",
                )
        else:
            of_all.append((row.number, said))
    for key, (number, said) in of_parts.items():
        if not _agree(said, sums[key], counts[key]):
            yield f"the total in line {number} is not the sum of its campaign's rows"
    # Google adds totals of wider and narrower sets than the report; one of them is the report's.
    if of_all and not any(_agree(said, sums[()], len(rows)) for _, said in of_all):
        number, said = of_all[-1]
        yield f"the total in line {number} says {said:f}, but the rows add up to {sums[()]:f}"


def _sums(rows: Sequence[SpendRow]) -> tuple[Mapping[_Key, Decimal], Mapping[_Key, int]]:
    """Spend and number of rows: in all, per day, per campaign, per campaign and ad."""
    sums: dict[_Key, Decimal] = defaultdict(Decimal)
    counts: dict[_Key, int] = defaultdict(int)
    for row in rows:
        keys = {
            (),
            ("day", row.date),
            _part(row.utm_campaign, ""),
            _part(row.utm_campaign, row.utm_content),
        }
        for key in keys:
            sums[key] += Decimal(row.spend)
            counts[key] += 1
    return sums, counts


def _part(campaign: str, content: str) -> _Key:
    return ("part", campaign, content)


def _agree(said: Decimal, added: Decimal, rows: int) -> bool:
    return abs(said - added) <= Decimal("0.005") * (rows + 1)
