"""Reading marts from a DuckDB file: once for a command, or again and again for a server."""

from __future__ import annotations

import sys
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb

from utm_pipeline.errors import NoWarehouseError, WarehouseError
from utm_pipeline.settings import Settings
from utm_pipeline.warehouse.model import Rows, Snapshot, describe, incomplete

# A query needs neither files nor extensions; a served file must not be able to ask for any.
_CONFIG = {
    "enable_external_access": "false",
    "autoinstall_known_extensions": "false",
    "autoload_known_extensions": "false",
}
_ATTEMPTS = 10
"""How often a file is opened anew because it was replaced at that very moment."""


@dataclass(frozen=True)
class DuckDBReader:
    """An open file. Who has it open reads one publish, whatever is put in the file's place."""

    connection: duckdb.DuckDBPyConnection
    namespace: str
    """The schema of the marts, as SQL writes it."""
    place: str

    def execute(
        self,
        sql: str,
        parameters: Mapping[str, Any],
        *,
        piecewise: bool = False,  # noqa: ARG002 - a DuckDB cursor is so anyway
    ) -> Rows:
        """As Warehouse.execute."""
        try:
            # A cursor is a connection of its own, which does not know its parent's schema. And the
            # engine may draw a bar on standard output, where nothing but data belongs.
            cursor = self.connection.cursor()
            cursor.execute(f"use {self.namespace}; set enable_progress_bar = false")
            return cursor.execute(sql, dict(parameters))
        except (duckdb.CatalogException, duckdb.BinderException) as error:
            # Errors of these kinds name tables and columns only.
            raise incomplete(self.place, error) from error
        except (duckdb.IOException, duckdb.FatalException, duckdb.InternalException) as error:
            # Blocks are read and checked when they are first needed.
            raise _damaged(self.place) from error


@contextmanager
def open_reader(settings: Settings) -> Iterator[DuckDBReader]:
    """Opens the served file for one command; raises as open_warehouse."""
    place = _existing(settings)
    with _explained(place):
        connection = duckdb.connect(
            place, read_only=True, config={**_CONFIG, "threads": str(settings.threads)}
        )
    with connection, _without_pandas():
        yield DuckDBReader(connection, _quoted(settings.schema), place)


@contextmanager
def _without_pandas() -> Iterator[None]:
    """Keeps the engine from importing pandas, which takes it longer than a query.

    Wherever it is installed, the engine imports it to look whether a bound value is one of its.
    """
    if "pandas" in sys.modules:
        yield
        return
    # What Python takes for a module that cannot be imported.
    sys.modules["pandas"] = None  # type: ignore[assignment]
    try:
        yield
    finally:
        del sys.modules["pandas"]


class _File:
    """An open file and the number of those who read it."""

    def __init__(self, snapshot: Snapshot, connection: duckdb.DuckDBPyConnection) -> None:
        self.snapshot = snapshot
        self.readers = 0
        self.is_replaced = False
        self._connection = connection

    def close_if_unused(self) -> None:
        if self.is_replaced and self.readers == 0:
            self._connection.close()


class DuckDBSnapshots:
    """Snapshots of a file, which a publish replaces with another.

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
            raise _missing(self._settings) from None
        except OSError as error:
            raise WarehouseError(
                f"the warehouse cannot be reached ({type(error).__name__})",
                str(self._settings.warehouse),
                "let whoever serves it read the file and its folder",
            ) from error
        return f"{stat.st_ino:x}-{stat.st_mtime_ns:x}-{stat.st_size:x}"

    @contextmanager
    def open(self) -> Iterator[Snapshot]:
        """The newest snapshot, which stays whole for as long as it is held."""
        with self._lock:
            if self._newest is None or self._newest.snapshot.version != self.version():
                newest = self._open_newest()
                self._retire()
                self._newest = newest
            file = self._newest
            file.readers += 1
        try:
            yield file.snapshot
        finally:
            with self._lock:
                file.readers -= 1
                file.close_if_unused()

    def close(self) -> None:
        """Closes the file as soon as nobody reads it any more."""
        with self._lock:
            self._retire()

    def _retire(self) -> None:
        if self._newest is not None:
            self._newest.is_replaced = True
            self._newest.close_if_unused()
            self._newest = None

    def _open_newest(self) -> _File:
        for _ in range(_ATTEMPTS):
            version = self.version()
            reader = _attach(self._settings)
            try:
                if version == self.version():
                    return _File(Snapshot(describe(reader), version), reader.connection)
            except BaseException:
                reader.connection.close()
                raise
            reader.connection.close()
        raise WarehouseError(
            "the warehouse is replaced faster than it can be opened",
            str(self._settings.warehouse),
            "let refreshes run one after the other",
        )


def _attach(settings: Settings) -> DuckDBReader:
    """Opens the file that is served now, whatever this process has open. The caller closes it.

    Within a process the engine opens a path only once: who connects again gets the file that stood
    there first. An engine of its own for each file knows nothing of the others.
    """
    place = _existing(settings)
    # Marts may name the catalogue that they were built in: the file's name up to the first dot.
    catalogue = settings.warehouse.name.partition(".")[0]
    path = place.replace("'", "''")
    connection = duckdb.connect(":memory:", config={"threads": str(settings.threads)})
    try:
        with _explained(place):
            connection.execute(f"attach '{path}' as {_quoted(catalogue)} (read_only)")
            for name, value in _CONFIG.items():
                connection.execute(f"set {name} = {value}")
    except BaseException:
        connection.close()
        raise
    namespace = f"{_quoted(catalogue)}.{_quoted(settings.schema)}"
    return DuckDBReader(connection, namespace, place)


def _existing(settings: Settings) -> str:
    if not settings.warehouse.is_file():
        raise _missing(settings)
    return str(settings.warehouse)


def _missing(settings: Settings) -> NoWarehouseError:
    return NoWarehouseError(str(settings.warehouse), "`utm-pipeline demo` for a sample shop")


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


@contextmanager
def _explained(place: str) -> Iterator[None]:
    """Turns what the engine says of a file that it does not open into what to do."""
    try:
        yield
    except duckdb.Error as error:
        # Not "lock" alone: errors about a damaged file speak of its blocks.
        if "set lock on file" in str(error):
            raise WarehouseError(
                "another program has the warehouse open for writing", place, "close that program"
            ) from error
        raise _damaged(place) from error


def _damaged(place: str) -> WarehouseError:
    return WarehouseError(
        "the warehouse cannot be read: it is damaged or of a newer version",
        place,
        "run `utm-pipeline refresh --full-refresh`, which builds it anew",
    )


def parquet_columns(file: Path) -> list[str]:
    """The names of a Parquet file's columns.

    Raises:
        ValueError: it cannot be read as Parquet.
    """
    try:
        with duckdb.connect() as connection:
            cursor = connection.execute("select * from read_parquet($1) limit 0", [str(file)])
            return [str(column[0]) for column in cursor.description or ()]
    except duckdb.Error as error:
        raise ValueError(f"not readable as Parquet ({type(error).__name__})") from error
