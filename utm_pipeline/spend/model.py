"""What an export holds once it has been read, and what a load did with it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import NamedTuple

COLUMNS = (
    "date",
    "utm_source",
    "utm_medium",
    "utm_campaign",
    "utm_content",
    "spend",
    "impressions",
    "clicks",
)
"""The columns of the raw table, as inputs.md has them."""


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
class Export:
    """A whole export, as rows of the raw table."""

    rows: tuple[SpendRow, ...]
    first: date
    last: date
    """The days that it covers: all from the first to the last that has a row."""
    total: Decimal
    """The sum of its rows' spend, in the shop's currency."""
    totals_rows: int
    """Rows of totals, which are left out."""
    disagreements: tuple[str, ...]
    """Where a row of totals says something else than the rows that it stands for."""
    negative_rows: int
    """Rows that the refresh will put into quarantine, since spend below 0 is invalid."""


@dataclass(frozen=True)
class Replaced:
    """What became of the rows that an earlier load had left."""

    file: Path
    """The file that now holds the rows."""
    replaced: int
    """Rows of earlier loads that went."""
    gone: tuple[int, Decimal]
    """Campaigns that earlier loads had on these days and the new export has not, and their
    spend."""
    moved: tuple[Path, Path] | None
    """The single file that went into the table's folder: from where, to where."""
    changed: bool
    """Whether the table is another than before."""


@dataclass(frozen=True)
class LoadResult:
    """What a load read and did."""

    export: Export
    replaced: Replaced
