"""What is read of a warehouse, whatever its engine, and what it says about its own age."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple, Protocol
from zoneinfo import ZoneInfo

from utm_pipeline.errors import StaleDataError, WarehouseError
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


def describe(execute: Execute, place: str) -> Warehouse:
    """The warehouse that is read so, with what it says of itself.

    Raises:
        WarehouseError: it is damaged or incomplete.
    """
    row = execute("select as_of, timezone from rpt_refresh", {}).fetchone()
    if row is None:
        raise incomplete(place, "rpt_refresh is empty")
    return Warehouse(execute, place, row[0].replace(tzinfo=UTC), ZoneInfo(row[1]))


def is_stale(warehouse: Warehouse, settings: Settings, now: datetime | None = None) -> bool:
    """Whether the data is older than UTM_FRESHNESS_MINUTES."""
    age = (now or datetime.now(UTC)) - warehouse.as_of
    return age > timedelta(minutes=settings.freshness_minutes)


def refuse_stale(warehouse: Warehouse, settings: Settings, now: datetime | None = None) -> None:
    """Raises StaleDataError if the data is older than UTM_FRESHNESS_MINUTES."""
    if is_stale(warehouse, settings, now):
        fix = f"{REFRESH}, or raise UTM_FRESHNESS_MINUTES"
        raise StaleDataError(stale_text(warehouse, settings), warehouse.place, fix)


def stale_text(warehouse: Warehouse, settings: Settings) -> str:
    """How old the data is, in a few words."""
    as_of = warehouse.as_of.astimezone(warehouse.zone).isoformat(sep=" ", timespec="minutes")
    return f"the data is as of {as_of}, older than {settings.freshness_minutes} minutes"


def incomplete(place: str, cause: Exception | str) -> WarehouseError:
    """The error of marts that another version made. ``cause`` names tables and columns only."""
    return WarehouseError(INCOMPLETE.format(text=str(cause).splitlines()[0]), place, REFRESH)
