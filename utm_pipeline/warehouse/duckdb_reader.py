"""Reading marts from a DuckDB file: once for a command, or again and again for a server."""

from __future__ import annotations

import errno
import os
import stat
import sys
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any

import duckdb

from utm_pipeline.causes import explained, may, missing_right
from utm_pipeline.errors import NoWarehouseError, PipelineError, WarehouseError
from utm_pipeline.settings import Settings
from utm_pipeline.warehouse.model import Rows, Snapshot, Warehouse, describe, incomplete

# A query needs neither files nor extensions; a served file must not be able to ask for any.
_CONFIG = {
    "enable_external_access": "false",
    "autoinstall_known_extensions": "false",
    "autoload_known_extensions": "false",
}
_ATTEMPTS = 10  # how often a file is opened anew because it was replaced at that very moment


@contextmanager
def open_reader(settings: Settings) -> Iterator[Warehouse]:
    """Opens the served file for one command; raises as open_warehouse."""
    place = _existing(settings)
    with _explained(place):
        connection = duckdb.connect(
            place, read_only=True, config={**_CONFIG, "threads": str(settings.threads)}
        )
    with connection, _without_pandas():
        yield _reading(connection, _quoted(settings.schema), place, settings)


def _reading(
    connection: duckdb.DuckDBPyConnection, schema: str, place: str, settings: Settings
) -> Warehouse:
    """What is read of an open file. It is of one publish, whatever is put in the file's place."""
    return describe(partial(_execute, connection, schema, place), place, settings)


def _execute(  # noqa: PLR0913 - what is open, and what is asked of it
    connection: duckdb.DuckDBPyConnection,
    schema: str,
    place: str,
    sql: str,
    parameters: Mapping[str, Any],
    *,
    piecewise: bool = False,  # noqa: ARG001 - a DuckDB cursor is so anyway
) -> Rows:
    try:
        # A cursor is a connection of its own, which does not know its parent's schema. And the
        # engine may draw a bar on standard output, where nothing but data belongs.
        cursor = connection.cursor()
        cursor.execute(f"use {schema}; set enable_progress_bar = false")
        return cursor.execute(sql, dict(parameters))
    except (duckdb.CatalogException, duckdb.BinderException) as error:
        # Errors of these kinds name tables and columns only.
        raise incomplete(place, error) from error
    except (duckdb.IOException, duckdb.FatalException, duckdb.InternalException) as error:
        # Blocks are read and checked when they are first needed.
        raise _damaged(place) from error


@contextmanager
def _without_pandas() -> Iterator[None]:
    """Keeps the engine from importing pandas, which takes it longer than a query.

    Wherever it is installed, the engine imports it to look whether a bound value is one of its.
    """
    is_absent = "pandas" not in sys.modules
    if is_absent:
        # What Python takes for a module that cannot be imported.
        sys.modules["pandas"] = None  # type: ignore[assignment]
    try:
        yield
    finally:
        if is_absent:
            del sys.modules["pandas"]


class DuckDBSnapshots:
    """Snapshots of a file, which a publish replaces with another.

    The newest file is kept open. One that was replaced is closed when its last reader lets go of
    the snapshot: the engine closes a file with the last object that reads it.
    """

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._lock = threading.Lock()
        self._newest: Snapshot | None = None

    def version(self) -> str:
        """The version of the file that stands in its place now."""
        try:
            stat = self._settings.warehouse.stat()
        except FileNotFoundError:
            raise _missing(self._settings) from None
        except OSError as error:
            raise _unreachable(error, self._settings.warehouse) from error
        return f"{stat.st_ino:x}-{stat.st_mtime_ns:x}-{stat.st_size:x}"

    @contextmanager
    def open(self) -> Iterator[Snapshot]:
        """The newest snapshot, which stays whole for as long as it is held."""
        with self._lock:
            if self._newest is None or self._newest.version != self.version():
                self._newest = self._open_newest()
            newest = self._newest
        yield newest

    def close(self) -> None:
        """Closes the file as soon as nobody reads it any more."""
        with self._lock:
            self._newest = None

    def _open_newest(self) -> Snapshot:
        for _ in range(_ATTEMPTS):
            version = self.version()
            newest = Snapshot(_attach(self._settings), version)
            if version == self.version():
                return newest
        raise WarehouseError(
            "the warehouse is replaced faster than it can be opened",
            str(self._settings.warehouse),
            "let refreshes run one after the other",
        )


def _attach(settings: Settings) -> Warehouse:
    """Opens the file that is served now, whatever this process has open.

    Within a process the engine opens a path only once: who connects again gets the file that stood
    there first. An engine of its own for each file knows nothing of the others.
    """
    place = _existing(settings)
    # Marts may name the catalogue that they were built in: the file's name up to the first dot.
    catalogue = _quoted(settings.warehouse.name.partition(".")[0])
    path = place.replace("'", "''")
    connection = duckdb.connect(":memory:", config={"threads": str(settings.threads)})
    with _explained(place):
        connection.execute(f"attach '{path}' as {catalogue} (read_only)")
        for name, value in _CONFIG.items():
            connection.execute(f"set {name} = {value}")
    return _reading(connection, f"{catalogue}.{_quoted(settings.schema)}", place, settings)


def _existing(settings: Settings) -> str:
    refuse_unreadable(settings.warehouse, _missing(settings))
    return str(settings.warehouse)


def refuse_unreadable(path: Path, missing: PipelineError | None = None) -> None:
    """Makes sure that a file can be opened, before the engine takes any refusal for damage.

    Raises:
        PipelineError: ``missing``, if it is given and there is no file.
        RightsError, WarehouseError: the system does not open it.
    """
    try:
        is_file = stat.S_ISREG(path.stat().st_mode)
    except (FileNotFoundError, NotADirectoryError) as error:
        raise missing or _unreachable(error, path) from None
    except OSError as error:
        raise _unreachable(error, path) from error
    if not is_file:
        raise missing or _unreachable(IsADirectoryError(errno.EISDIR, ""), path)
    # Not by opening it: to close it again would take away the engine's own lock on it.
    if not may(path, os.R_OK):
        raise missing_right(path)


def _unreachable(error: OSError, path: Path) -> PipelineError:
    what, fix = "the warehouse cannot be reached", "let whoever runs this read it, and its folder"
    return explained(error, path, what, fix, WarehouseError)


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
