"""Reading the served warehouse: once for a command, or again and again for a server."""

from __future__ import annotations

from contextlib import AbstractContextManager

from utm_pipeline.settings import Settings
from utm_pipeline.warehouse.model import Rows, Snapshot, Snapshots, Warehouse

__all__ = [
    "Rows",
    "Snapshot",
    "Snapshots",
    "Warehouse",
    "open_warehouse",
    "snapshots",
]

# Readers are imported late, so that no engine waits for the other's library.


def open_warehouse(settings: Settings) -> AbstractContextManager[Warehouse]:
    """Opens the served marts for reading.

    Raises:
        NoWarehouseError: nothing was built yet.
        WarehouseError: it is damaged, of a newer version, locked, out of reach or incomplete.
    """
    if settings.target == "postgres":
        from utm_pipeline.warehouse import postgres_reader

        return postgres_reader.open_reader(settings)
    from utm_pipeline.warehouse import duckdb_reader

    return duckdb_reader.open_reader(settings)


def snapshots(settings: Settings) -> Snapshots:
    """The warehouse as one publish after the other leaves it, for many who read at once.

    An answer is made of one snapshot. Who asks after a publish gets the newest one, without a
    restart; who is being answered keeps theirs to the end.
    """
    if settings.target == "postgres":
        from utm_pipeline.warehouse.postgres_reader import PostgresSnapshots

        return PostgresSnapshots(settings)
    from utm_pipeline.warehouse.duckdb_reader import DuckDBSnapshots

    return DuckDBSnapshots(settings)
