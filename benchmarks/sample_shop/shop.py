"""A small clothing shop, made up: the raw tables that ``utm-pipeline demo`` is about."""

import csv
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final

from .clock import SAMPLE_AS_OF, WRITTEN_AT, to_local
from .columns import RAW_TABLES
from .dice import Dice
from .dirt import Tables, plant
from .shopping import Ledger, manual_order, walk
from .spend import ad_spend
from .visits import Crowd, Row, visits

__all__ = ["SAMPLE_AS_OF", "sample_tables", "write_sample"]

_SEED: Final = 20260706


def write_sample(raw_dir: Path) -> datetime:
    """Write the sample shop's five raw tables as CSV files into ``raw_dir``.

    The bytes are the same on every machine and Python version. The folder is made if it does not
    exist; files of the same names are replaced. Nothing of it is anybody's data.

    Returns:
        The instant that the sample describes, ``SAMPLE_AS_OF``. A few rows lie after it, as in
        files that were written somewhat later.

    Raises:
        OSError: a file cannot be written.
    """
    raw_dir.mkdir(parents=True, exist_ok=True)
    for table, rows in sample_tables().items():
        # Line ends are written as they are, so that no platform changes the bytes.
        with (raw_dir / f"{table}.csv").open("w", encoding="utf-8", newline="") as file:
            writer = csv.DictWriter(
                file, fieldnames=list(RAW_TABLES[table]), restval="", lineterminator="\n"
            )
            writer.writeheader()
            writer.writerows(rows)
    return SAMPLE_AS_OF


def sample_tables() -> Tables:
    """The sample's rows by table, every value as the text that stands in the file."""
    dice = Dice(_SEED)
    crowd, ledger = Crowd(), Ledger()
    sessions: list[Row] = []
    for visit in visits(dice, crowd):
        if dice.permille(17):
            asked = visit.started + timedelta(minutes=dice.between(5, 300))
            if _is_office_time(asked):
                manual_order(dice, crowd, ledger, asked)
        walk(dice, crowd, ledger, visit)
        sessions.append(visit.row)
    tables: Tables = {
        "utm_sessions": sessions,
        "user_actions": _numbered(ledger.actions),
        "orders": sorted(ledger.orders, key=lambda row: int(row["id"])),
        "refunds": _numbered(ledger.refunds),
        "ad_spend": ad_spend(dice),
    }
    plant(dice, tables)
    return tables


def _is_office_time(instant: datetime) -> bool:
    return instant < WRITTEN_AT and 9 <= to_local(instant).hour < 20


def _numbered(rows: list[tuple[datetime, Row]]) -> list[Row]:
    # Sorting is stable: what happened at the same instant stays in the order of its making.
    return [
        {"id": str(number), **row}
        for number, (_, row) in enumerate(sorted(rows, key=lambda item: item[0]), start=1)
    ]
