"""A warehouse that is read again and again, by many at once, while new data is published under it.

An answer is made of one *snapshot*, the marts as one publish left them. Who asks after a publish
gets the newest one, without a restart; who is being answered keeps theirs to the end.
"""

from __future__ import annotations

from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Protocol

from utm_pipeline.settings import Settings
from utm_pipeline.warehouse import Warehouse


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


def snapshots(settings: Settings) -> Snapshots:
    """The snapshots of the warehouse that the settings name."""
    # Imported late, so that no engine waits for the other's library.
    if settings.target == "postgres":
        from utm_pipeline.warehouse.postgres_snapshots import PostgresSnapshots

        return PostgresSnapshots(settings)
    from utm_pipeline.warehouse.duckdb_reader import DuckDBSnapshots

    return DuckDBSnapshots(settings)
