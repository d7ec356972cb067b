"""What an extract is made of, asks for and gives back."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final, Protocol

LOOKBACK: Final = timedelta(days=3)
"""How far before the last extract a change is looked for again.

A row's ``last_seen`` or ``updated`` is written before it is committed, by clocks that may differ
from the server's, in a time zone that may not be UTC. Three days are more than all of that.
"""

LOOKBACK_ROWS: Final = 20_000
"""How many of the latest ids are read again.

An id is given before its row is committed, so a lower one may appear after a higher one. So many
actions are a day or two of a shop with a million sessions a year, and an hour or two of one with a
hundred times as many. Rows are counted and not ids, so that a stray huge id hides nothing.
"""

PART_ROWS: Final = 500_000
"""Rows of a file, at most. A changed file is read anew by the next refresh."""

PART_BYTES: Final = 128 * 1024 * 1024
"""Bytes of text that a file is made from, about, at most."""


@dataclass(frozen=True)
class Column:
    """A column of the shop's table, as it is asked for."""

    name: str
    """The contract's name, which the raw file has too."""
    expression: str
    """What is selected: SQL of PostgreSQL."""
    stored: str
    """Its type in the raw file."""


@dataclass(frozen=True)
class Source:
    """A table of the shop that is to be extracted."""

    table: str
    """The contract's name."""
    name: str
    """Its name in the raw folder."""
    relation: str
    """Its name in the shop's database, qualified and quoted."""
    identity: tuple[str, ...]
    """What differs if it is not the same table any more: server, database, table, storage."""
    columns: tuple[Column, ...]
    rows: int
    """About how many rows it has; -1 where the server does not know."""
    key: bool
    """Whether ``id`` is a whole number that each row has alone."""
    changed: str | None
    """SQL of PostgreSQL: rows that may have changed since ``{day}``; None where nothing tells."""
    note: str = ""
    """Why all of it is read each time, if it is."""

    @property
    def shape(self) -> list[list[str]]:
        """The columns as the state keeps them: another one makes all of the table come again."""
        return [[column.name, column.expression, column.stored] for column in self.columns]


@dataclass(frozen=True)
class Part:
    """One raw file of a table that an extract wrote."""

    file: Path
    rows: int
    size: int
    mtime_ns: int

    @classmethod
    def of(cls, file: Path, rows: int) -> Part:
        """The part in a file that has been written."""
        facts = file.stat()
        return cls(file, rows, facts.st_size, facts.st_mtime_ns)

    @property
    def unchanged(self) -> bool:
        """Whether the file is there and as it was written."""
        if not self.file.is_file():
            return False
        facts = self.file.stat()
        return (facts.st_size, facts.st_mtime_ns) == (self.size, self.mtime_ns)


@dataclass(frozen=True)
class Window:
    """The rows of a table that are read again and anew."""

    since: datetime
    """Changes from this instant on."""
    above_id: int
    """All rows with greater ids."""


@dataclass(frozen=True)
class TableResult:
    """What came of one table."""

    table: str
    name: str
    whole: bool
    """Whether all of it was read."""
    read: int
    new: int
    changed: int
    removed: int
    """Rows that the shop has no more."""
    rows: int
    """Rows that the raw files hold by now."""
    parts: int
    """Files that hold them."""
    written: int
    """Files of these that are new."""
    seconds: float
    note: str


@dataclass(frozen=True)
class ExtractResult:
    """What an extract did."""

    snapshot: datetime
    """The instant that the raw files describe."""
    tables: Sequence[TableResult]
    seconds: float


class Progress(Protocol):
    """What is told while rows come."""

    def __call__(self, table: str, rows: int, expected: int | None, seconds: float) -> None:
        """So many rows of a table have come in so many seconds, of about so many expected."""
