"""A warehouse that is read again and again, by many at once, while new data is published under it.

An answer is made of one *edition*, the marts as one publish left them. Who asks after that gets the
newest edition, without a restart; who is being answered keeps theirs to the end.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from utm_pipeline.errors import NoWarehouseError, WarehouseError
from utm_pipeline.settings import Settings
from utm_pipeline.warehouse import Warehouse, describe, duckdb_reader

if TYPE_CHECKING:
    from utm_pipeline.warehouse.postgres_pool import PostgresEditions

_ATTEMPTS = 10
"""How often a file is opened anew because it was replaced at that very moment."""


@dataclass(frozen=True)
class Edition:
    """The marts as one publish left them."""

    warehouse: Warehouse
    version: str
    """Differs between any two publishes; says nothing about which came first."""


class Editions(Protocol):
    """What every engine offers to whoever serves many."""

    def version(self) -> str:
        """The version of the edition that :meth:`open` would give now.

        Raises:
            NoWarehouseError: nothing was built yet.
            WarehouseError: the marts cannot be reached.
        """

    def open(self) -> AbstractContextManager[Edition]:
        """The newest edition, which stays whole for as long as it is held.

        Raises:
            NoWarehouseError: nothing was built yet.
            WarehouseError: the marts are damaged, out of reach or of another version.
        """

    def close(self) -> None:
        """Lets go of what is held between answers."""


def editions(settings: Settings) -> Editions:
    """The editions of the warehouse that the settings name. Safe to be used by many threads."""
    if settings.target == "postgres":
        return _postgres(settings)
    return DuckDBEditions(settings)


def _postgres(settings: Settings) -> PostgresEditions:
    # Imported late, so that no engine waits for the other's library.
    from utm_pipeline.warehouse.postgres_pool import PostgresEditions

    return PostgresEditions(settings)


class _File:
    """An open file and the number of those who read it."""

    def __init__(self, edition: Edition, reader: duckdb_reader.DuckDBReader) -> None:
        self.edition = edition
        self.readers = 0
        self.replaced = False
        self._reader = reader

    def close_if_unused(self) -> None:
        if self.replaced and self.readers == 0:
            self._reader.connection.close()


class DuckDBEditions:
    """Editions of a DuckDB file, which a publish replaces with another.

    The newest file is kept open. A file that was replaced is closed by its last reader.
    """

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._lock = threading.Lock()
        self._newest: _File | None = None

    def version(self) -> str:
        """The version of the file that stands in its place now."""
        try:
            stat = self._settings.warehouse.stat()
        except FileNotFoundError:
            raise NoWarehouseError(
                "there is no warehouse yet",
                str(self._settings.warehouse),
                "run `utm-pipeline refresh`, or `utm-pipeline demo` for a sample shop",
            ) from None
        except OSError as error:
            raise WarehouseError(
                f"the warehouse cannot be reached ({type(error).__name__})",
                str(self._settings.warehouse),
                "let whoever serves it read the file and its folder",
            ) from error
        return f"{stat.st_ino:x}-{stat.st_mtime_ns:x}-{stat.st_size:x}"

    @contextmanager
    def open(self) -> Iterator[Edition]:
        """The newest edition, which stays whole for as long as it is held."""
        file = self._take()
        try:
            yield file.edition
        finally:
            with self._lock:
                file.readers -= 1
                file.close_if_unused()

    def close(self) -> None:
        """Closes the file as soon as nobody reads it any more."""
        with self._lock:
            self._retire()

    def _take(self) -> _File:
        with self._lock:
            if self._newest is None or self._newest.edition.version != self.version():
                newest = self._open_newest()
                self._retire()
                self._newest = newest
            self._newest.readers += 1
            return self._newest

    def _retire(self) -> None:
        if self._newest is not None:
            self._newest.replaced = True
            self._newest.close_if_unused()
            self._newest = None

    def _open_newest(self) -> _File:
        for _ in range(_ATTEMPTS):
            version = self.version()
            reader = duckdb_reader.attach(self._settings)
            if version == self.version():
                try:
                    return _File(Edition(describe(reader), version), reader)
                except BaseException:
                    reader.connection.close()
                    raise
            reader.connection.close()
        raise WarehouseError(
            "the warehouse is replaced faster than it can be opened",
            str(self._settings.warehouse),
            "let refreshes run one after the other",
        )
