"""Reading the served warehouse: once for a command, or again and again for a server."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager

from utm_pipeline.settings import Settings
from utm_pipeline.warehouse.model import (
    Reader,
    Rows,
    Snapshot,
    Snapshots,
    Warehouse,
    describe,
    is_stale,
    refuse_stale,
    stale_text,
)

__all__ = [
    "Rows",
    "Snapshot",
    "Snapshots",
    "Warehouse",
    "is_stale",
    "open_warehouse",
    "refuse_stale",
    "snapshots",
    "stale_text",
]


@contextmanager
def open_warehouse(settings: Settings) -> Iterator[Warehouse]:
    """Opens the served marts for reading.

    Raises:
        NoWarehouseError: nothing was built yet.
        WarehouseError: it is damaged, of a newer version, locked, out of reach or incomplete.
    """
    # Imported late, so that no engine waits for the other's library.
    reading: AbstractContextManager[Reader]
    if settings.target == "postgres":
        from utm_pipeline.warehouse import postgres_reader

        reading = postgres_reader.open_reader(settings)
    else:
        from utm_pipeline.warehouse import duckdb_reader

        reading = duckdb_reader.open_reader(settings)
    with reading as reader:
        yield describe(reader)


def snapshots(settings: Settings) -> Snapshots:
    """The warehouse as one publish after the other leaves it, for many who read at once.

    An answer is made of one snapshot. Who asks after a publish gets the newest one, without a
    restart; who is being answered keeps theirs to the end.
    """
    # Imported late, so that no engine waits for the other's library.
    if settings.target == "postgres":
        from utm_pipeline.warehouse.postgres_snapshots import PostgresSnapshots

        return PostgresSnapshots(settings)
    from utm_pipeline.warehouse.duckdb_reader import DuckDBSnapshots

    return DuckDBSnapshots(settings)
