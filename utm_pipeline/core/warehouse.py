"""Reading the served warehouse: opening it, and what it says about its own age."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import duckdb

from utm_pipeline.core.catalogue import meta
from utm_pipeline.core.settings import Settings
from utm_pipeline.errors import NoWarehouseError, StaleDataError, WarehouseError

# A query needs neither files nor extensions; a served file must not be able to ask for any.
_CONFIG = {
    "enable_external_access": "false",
    "autoinstall_known_extensions": "false",
    "autoload_known_extensions": "false",
}
_REFRESH = "run `utm-pipeline refresh`"


@dataclass(frozen=True)
class Warehouse:
    """An open, read-only warehouse whose marts are found without naming their schema."""

    connection: duckdb.DuckDBPyConnection
    as_of: datetime
    """The instant that the marts describe, aware, in UTC."""
    zone: ZoneInfo
    """The business time zone that the marts were built with."""
    schema: str
    place: str

    def execute(self, sql: str, parameters: Mapping[str, Any]) -> duckdb.DuckDBPyConnection:
        """A cursor of its own over the rows of one statement.

        Raises:
            WarehouseError: the marts are not those of this version.
        """
        try:
            # A cursor is a connection of its own, which does not know its parent's schema. And the
            # engine may draw a bar on standard output, where nothing but data belongs.
            cursor = self.connection.cursor()
            cursor.execute(f'use "{self.schema}"; set enable_progress_bar = false')
            return cursor.execute(sql, dict(parameters))
        except (duckdb.CatalogException, duckdb.BinderException) as error:
            raise _incomplete(self.place, error) from error

    def age(self, now: datetime | None = None) -> timedelta:
        """How long ago as_of was."""
        return (datetime.now(UTC) if now is None else now) - self.as_of


@contextmanager
def open_warehouse(settings: Settings) -> Iterator[Warehouse]:
    """Opens the served file for reading.

    Raises:
        NoWarehouseError: nothing was built yet.
        WarehouseError: the file is damaged, of a newer version, locked or incomplete.
    """
    place = str(settings.warehouse)
    if not settings.warehouse.is_file():
        raise NoWarehouseError(
            "there is no warehouse yet",
            place,
            "run `utm-pipeline refresh`, or `utm-pipeline demo` for a sample shop",
        )
    with _connect(settings) as connection:
        try:
            connection.execute(f'use "{settings.schema}"')
            row = connection.execute(meta.REFRESH).fetchone()
        except duckdb.CatalogException as error:
            raise _incomplete(place, error) from error
        if row is None:
            raise _incomplete(place, "rpt_refresh is empty")
        as_of = row[0].replace(tzinfo=UTC)
        yield Warehouse(connection, as_of, ZoneInfo(row[1]), settings.schema, place)


def is_stale(warehouse: Warehouse, settings: Settings, now: datetime | None = None) -> bool:
    """Whether the data is older than UTM_FRESHNESS_MINUTES."""
    return warehouse.age(now) > timedelta(minutes=settings.freshness_minutes)


def refuse_stale(warehouse: Warehouse, settings: Settings, now: datetime | None = None) -> None:
    """Raises StaleDataError if the data is older than UTM_FRESHNESS_MINUTES."""
    if is_stale(warehouse, settings, now):
        raise StaleDataError(
            stale_text(warehouse, settings),
            warehouse.place,
            f"{_REFRESH}, or raise UTM_FRESHNESS_MINUTES",
        )


def stale_text(warehouse: Warehouse, settings: Settings) -> str:
    """What to tell about stale data, in one sentence."""
    as_of = warehouse.as_of.astimezone(warehouse.zone).isoformat(sep=" ", timespec="minutes")
    return f"the data is as of {as_of}, older than {settings.freshness_minutes} minutes"


@contextmanager
def _connect(settings: Settings) -> Iterator[duckdb.DuckDBPyConnection]:
    place = str(settings.warehouse)
    try:
        connection = duckdb.connect(
            place, read_only=True, config={**_CONFIG, "threads": str(settings.threads)}
        )
    except duckdb.Error as error:
        if "lock" in str(error).lower():
            raise WarehouseError(
                "another program has the warehouse open for writing", place, "close that program"
            ) from error
        raise WarehouseError(
            "the warehouse cannot be opened: it is damaged or of a newer version",
            place,
            "run `utm-pipeline refresh --full-refresh`, which builds it anew",
        ) from error
    with connection:
        yield connection


def _incomplete(place: str, cause: duckdb.Error | str) -> WarehouseError:
    # Errors of these kinds name tables and columns only; their first line is enough.
    detail = str(cause).splitlines()[0]
    return WarehouseError(
        f"the warehouse lacks the marts of this version ({detail})", place, _REFRESH
    )
