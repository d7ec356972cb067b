"""What is read of a warehouse, whatever its engine, and what it says about its own age."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Protocol
from zoneinfo import ZoneInfo

from utm_pipeline.errors import StaleDataError, WarehouseError
from utm_pipeline.settings import Settings

_ABOUT_ITSELF = "select as_of, timezone from rpt_refresh"
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


class Reader(Protocol):
    """An open warehouse of one engine, whose marts are found without naming their schema."""

    @property
    def place(self) -> str:
        """Where it is, for messages; holds no secret."""

    def execute(self, sql: str, parameters: Mapping[str, Any], *, piecewise: bool = False) -> Rows:
        """As :meth:`Warehouse.execute`."""


@dataclass(frozen=True)
class Warehouse:
    """An open, read-only warehouse. All its answers are of one and the same publish."""

    reader: Reader
    as_of: datetime
    """The instant that the marts describe, aware, in UTC."""
    zone: ZoneInfo
    """The business time zone that the marts were built with."""

    @property
    def place(self) -> str:
        """Where it is, for messages."""
        return self.reader.place

    def execute(self, sql: str, parameters: Mapping[str, Any], *, piecewise: bool = False) -> Rows:
        """The rows of one statement, read apart from those of every other.

        ``$name`` stands for a bound value. ``piecewise`` is for more rows than memory should hold.

        Raises:
            WarehouseError: the marts are not those of this version, or cannot be read.
        """
        return self.reader.execute(sql, parameters, piecewise=piecewise)

    def age(self, now: datetime | None = None) -> timedelta:
        """How long ago as_of was."""
        return (datetime.now(UTC) if now is None else now) - self.as_of


@dataclass(frozen=True)
class Snapshot:
    """The marts as one publish left them."""

    warehouse: Warehouse
    version: str
    """Differs between any two publishes; says nothing about which came first."""


class Snapshots(Protocol):
    """What every engine offers to whoever serves many. Safe to be used by many threads."""

    def version(self) -> str:
        """The version of the snapshot that :meth:`open` would give now.

        Raises:
            NoWarehouseError: nothing was built yet.
            WarehouseError: the marts cannot be reached.
        """

    def open(self) -> AbstractContextManager[Snapshot]:
        """The newest snapshot, which stays whole for as long as it is held.

        Raises:
            NoWarehouseError: nothing was built yet.
            WarehouseError: the marts are damaged, out of reach or of another version.
        """

    def close(self) -> None:
        """Lets go of what is held between answers."""


def describe(reader: Reader) -> Warehouse:
    """The warehouse that a reader reads, with what it says of itself.

    Raises:
        WarehouseError: it is damaged or incomplete.
    """
    row = reader.execute(_ABOUT_ITSELF, {}).fetchone()
    if row is None:
        raise incomplete(reader.place, "rpt_refresh is empty")
    return Warehouse(reader, row[0].replace(tzinfo=UTC), ZoneInfo(row[1]))


def is_stale(warehouse: Warehouse, settings: Settings, now: datetime | None = None) -> bool:
    """Whether the data is older than UTM_FRESHNESS_MINUTES."""
    return warehouse.age(now) > timedelta(minutes=settings.freshness_minutes)


def refuse_stale(warehouse: Warehouse, settings: Settings, now: datetime | None = None) -> None:
    """Raises StaleDataError if the data is older than UTM_FRESHNESS_MINUTES."""
    if is_stale(warehouse, settings, now):
        raise StaleDataError(
            stale_text(warehouse, settings),
            warehouse.place,
            f"{REFRESH}, or raise UTM_FRESHNESS_MINUTES",
        )


def stale_text(warehouse: Warehouse, settings: Settings) -> str:
    """How old the data is, in a few words."""
    as_of = warehouse.as_of.astimezone(warehouse.zone).isoformat(sep=" ", timespec="minutes")
    return f"the data is as of {as_of}, older than {settings.freshness_minutes} minutes"


def incomplete(place: str, cause: Exception | str) -> WarehouseError:
    """The error of marts that another version made. ``cause`` names tables and columns only."""
    return WarehouseError(INCOMPLETE.format(text=str(cause).splitlines()[0]), place, REFRESH)
