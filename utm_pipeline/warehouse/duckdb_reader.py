"""Reading marts from a DuckDB file."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import duckdb

from utm_pipeline.errors import NoWarehouseError, WarehouseError
from utm_pipeline.settings import Settings
from utm_pipeline.warehouse import Rows, incomplete

# A query needs neither files nor extensions; a served file must not be able to ask for any.
_CONFIG = {
    "enable_external_access": "false",
    "autoinstall_known_extensions": "false",
    "autoload_known_extensions": "false",
}


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
        """A cursor of its own over the rows of one statement.

        Raises:
            WarehouseError: the marts are not those of this version, or the file is damaged.
        """
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
    """Opens the served file, for one command.

    Raises:
        NoWarehouseError: there is none.
        WarehouseError: it is damaged, of a newer version, or open for writing elsewhere.
    """
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


def attach(settings: Settings) -> DuckDBReader:
    """Opens the file that is served now, whatever this process has open. The caller closes it.

    Within a process the engine opens a path only once: who connects again gets the file that stood
    there first. An engine of its own for each file knows nothing of the others.

    Raises:
        NoWarehouseError, WarehouseError: as :func:`open_reader`.
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
    place = str(settings.warehouse)
    if not settings.warehouse.is_file():
        raise NoWarehouseError(
            "there is no warehouse yet",
            place,
            "run `utm-pipeline refresh`, or `utm-pipeline demo` for a sample shop",
        )
    return place


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
