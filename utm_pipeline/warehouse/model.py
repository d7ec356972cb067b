"""What is read of a warehouse, whatever its engine, and what it says about its own age."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, NamedTuple, Protocol
from zoneinfo import ZoneInfo

from utm_pipeline.errors import WarehouseError
from utm_pipeline.settings import Settings

REFRESH = "run `utm-pipeline refresh`"
INCOMPLETE = "the warehouse lacks the marts of this version ({text})"


class Rows(Protocol):
    """The rows of one statement, as both engines' cursors give them."""

    @property
    def description(self) -> Sequence[Any] | None:
        """A sequence for each column that begins with its name."""

    def fetchone(self) -> tuple[Any, ...] | None:
        """The next row, or None."""

    def fetchmany(self, size: int, /) -> list[tuple[Any, ...]]:
        """At most ``size`` further rows."""

    def close(self) -> None:
        """Lets go of what is not fetched."""


class Execute(Protocol):
    """Runs one statement, whose rows are read apart from those of every other."""

    def __call__(self, sql: str, parameters: Mapping[str, Any], *, piecewise: bool = False) -> Rows:
        """``$name`` stands for a bound value; ``piecewise`` is for more rows than memory holds.

        Raises:
            WarehouseError: the marts are not those of this version, or cannot be read.
        """


@dataclass(frozen=True)
class Warehouse:
    """An open, read-only warehouse. All its answers are of one and the same publish."""

    execute: Execute  # finds the marts without their schema's name
    place: str  # where it is, for messages; holds no secret
    as_of: datetime  # the instant that the marts describe, aware, in UTC
    zone: ZoneInfo  # the business time zone that the marts were built with
    settings: Settings  # of whoever reads: which age is too great, and what money is called


class Snapshot(NamedTuple):
    """The marts as one publish left them."""

    warehouse: Warehouse
    version: str  # differs between any two publishes; says nothing about which came first


class Snapshots(Protocol):
    """What every engine offers to whoever serves many. Safe to be used by many threads.

    Raises:
        NoWarehouseError: nothing was built yet.
        WarehouseError: the marts are damaged, out of reach or of another version.
    """

    def version(self) -> str:
        """The version of the snapshot that :meth:`open` would give now."""

    def open(self) -> AbstractContextManager[Snapshot]:
        """The newest snapshot, which stays whole for as long as it is held."""

    def close(self) -> None:
        """Lets go of what is held between answers."""


def describe(execute: Execute, place: str, settings: Settings) -> Warehouse:
    """The warehouse that is read so, with what it says of itself.

    Raises:
        WarehouseError: it is damaged or incomplete.
    """
    row = execute("select as_of, timezone from rpt_refresh", {}).fetchone()
    if row is None:
        raise incomplete(place, "rpt_refresh is empty")
    as_of, zone = row[0].replace(tzinfo=UTC), ZoneInfo(row[1])
    return Warehouse(execute, place, as_of, zone, settings)


def incomplete(place: str, cause: Exception | str) -> WarehouseError:
    """The error of marts that another version made. ``cause`` names tables and columns only."""
    return WarehouseError(INCOMPLETE.format(text=str(cause).splitlines()[0]), place, REFRESH)
