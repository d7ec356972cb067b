"""Reading one export: which rows are spend, which are totals, and what they say.

A row with a day and a campaign is spend. A row without a day is a total: of everything, or of the
campaign that it names. A row with a day and without a campaign is a total of that day if its sum
says so; else it is money that nobody can tell the campaign of, and the export is refused. Totals
are left out, and compared with the rows that they stand for.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from pathlib import Path

from utm_pipeline.errors import InputError
from utm_pipeline.spend import amounts, days, table
from utm_pipeline.spend.model import Export, SpendRow
from utm_pipeline.spend.platforms import Platform
from utm_pipeline.spend.rows import Row, not_by_day, read_row, spend_of
from utm_pipeline.spend.totals import disagreements


@dataclass(frozen=True)
class Reading:
    """How the user says that an export is to be read."""

    currency: str
    """The shop's currency, UTM_CURRENCY."""
    source: str
    medium: str
    said_currency: str | None = None
    """The currency that the user vouches for, where the export names none."""
    decimal: str | None = None
    order: str | None = None


def read_export(file: Path, platform: Platform, reading: Reading) -> Export:
    """Reads a whole export, or none of it.

    Raises:
        InputError: the file is no such export, holds no rows of days, is in another currency, or
            cannot be understood without a guess.
    """
    text = table.read_text(file)
    head = table.find_head(text, platform, file)
    lines = table.lines_under(text, head, file)
    if "day" not in head.columns and not {"starts", "ends"} <= head.columns.keys():
        raise not_by_day(platform, file)
    if not lines:
        raise InputError("the export has no rows", str(file), "export days on which ads ran")
    rows = [read_row(line, head, platform, file) for line in lines]
    _check_currency(rows, head, platform, reading, file)
    order = days.day_order([row.day for row in rows if row.day], reading.order, str(file))
    mark = amounts.decimal_mark(
        [row.spend.text for row in rows if row.spend.text],
        [text for row in rows for field in ("impressions", "clicks") if (text := row.text(field))],
        reading.decimal,
        str(file),
    )
    spent, totals = _sort_out(rows, order, platform, file)
    if not spent:
        raise InputError("the export has only totals", str(file), platform.by_day)
    found = [
        SpendRow(
            date=day.isoformat(),
            utm_source=row.text("source") or reading.source,
            utm_medium=row.text("medium") or reading.medium,
            utm_campaign=row.text("campaign"),
            utm_content=row.text("content"),
            spend=spend_of(row, mark, platform),
            impressions=_count(row.text("impressions"), mark),
            clicks=_count(row.text("clicks"), mark),
        )
        for row, day in spent
    ]
    said = [
        (row, days.read_day(row.day, order), Decimal(spend_of(row, mark, platform)))
        for row in totals
    ]
    covered = [day for _, day in spent]
    return Export(
        rows=tuple(found),
        first=min(covered),
        last=max(covered),
        total=sum((Decimal(row.spend) for row in found), Decimal(0)),
        totals_rows=len(totals),
        disagreements=tuple(disagreements(said, found, platform, file)),
        negative_rows=sum(row.spend.startswith("-") for row in found),
    )


def _check_currency(
    rows: Sequence[Row], head: table.Head, platform: Platform, reading: Reading, file: Path
) -> None:
    """Refuses money of another currency, and money of none that anybody vouches for."""
    named = {row.text("currency").upper() for row in rows} - {""}
    named |= {head.currency} if head.currency else set()
    units = {row.spend.unit for row in rows} - {""}
    foreign = sorted(code for code in named if code != reading.currency) + sorted(
        unit for unit in units if amounts.speaks_against(unit, reading.currency)
    )
    if reading.said_currency not in (None, reading.currency) or foreign:
        what = reading.said_currency if not foreign else _safe(foreign[0])
        raise InputError(
            f"the export is in {what}, but the shop's currency is {reading.currency}",
            str(file),
            "money of two currencies cannot be added: convert the amounts and load them with "
            "--platform generic, or set UTM_CURRENCY if it is wrong",
        )
    if not (named or units or reading.said_currency or platform.is_generic):
        raise InputError(
            "the export does not name its currency",
            str(file),
            f"add the column of the currency to the export, or, if it is in {reading.currency}, "
            f"say --currency {reading.currency}",
        )


def _safe(code: str) -> str:
    """A currency's sign or code, or a word for it where the cell may hold anything."""
    return code if len(code) <= 4 else "another currency"


def _sort_out(
    rows: Iterable[Row], order: str, platform: Platform, file: Path
) -> tuple[list[tuple[Row, date]], list[Row]]:
    """Rows of spend with their day, and rows of totals."""
    spent: list[tuple[Row, date]] = []
    totals: list[Row] = []
    for row in rows:
        day = days.read_day(row.day, order) if row.day else None
        if row.day and day is None:
            span = days.ends_of_span(row.day, order)
            if span is None:
                raise InputError(
                    f"line {row.number} has no readable day", str(file), platform.by_day
                )
            if span[0] != span[1]:
                raise not_by_day(platform, file)
            day = span[0]
        if platform.is_generic:
            if day is None or not row.text("source") or not row.spend.text:
                raise InputError(
                    f"line {row.number} lacks date, utm_source or spend",
                    str(file),
                    "fill it in, or take the line out",
                )
            spent.append((row, day))
        elif day is not None and row.text("campaign"):
            spent.append((row, day))
        else:
            totals.append(row)
    return spent, totals


def _count(text: str, mark: str) -> str:
    return amounts.contract_count(text, mark) if text else ""
