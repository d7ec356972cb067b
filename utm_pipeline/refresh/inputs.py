"""Check of the raw inputs before anything is built (inputs.md).

Every raw table has one place in the raw folder: ``<name>.parquet``, ``<name>.csv``,
``<name>.csv.gz`` or a folder ``<name>/`` of files of one of these kinds. Every file must have the
required columns; names are compared without regard to case.
"""

from __future__ import annotations

import csv
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType

from utm_pipeline.errors import InputError
from utm_pipeline.refresh.csv_files import read_header
from utm_pipeline.settings import Settings

REQUIRED_COLUMNS: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "utm_sessions": ("id", "session_key", "first_seen"),
        "user_actions": ("id", "utm_session_id", "action_type", "timestamp"),
        "orders": ("id", "total_sum", "payment_status", "created"),
        "ad_spend": ("date", "utm_source", "spend"),
        "refunds": ("order_id", "amount", "created"),
    }
)
REQUIRED_TABLES = ("utm_sessions", "orders")

_SUFFIXES = {"parquet": (".parquet",), "csv": (".csv", ".csv.gz")}
_PATTERN_CHARACTERS = frozenset("*?[]{}")


@dataclass(frozen=True)
class RawTable:
    """Where one raw table was found."""

    table: str
    """The contract's name."""
    place: Path
    """The file or the folder of files."""
    kind: str
    """``parquet`` or ``csv``."""
    files: tuple[Path, ...]


def check_inputs(settings: Settings) -> dict[str, RawTable]:
    """Finds the raw tables and checks their columns; a missing optional table is left out.

    Raises:
        InputError: a required table or column is missing, a table has two places, or a file
            cannot be read. The message names table, column and place.
    """
    raw_dir = settings.raw_dir
    if not raw_dir.is_dir():
        raise InputError(
            "the folder of raw files does not exist",
            str(raw_dir),
            "set UTM_RAW_DIR or --raw-dir to the folder with utm_sessions and orders",
        )
    if _PATTERN_CHARACTERS & set(str(raw_dir)):
        raise InputError(
            "the folder of raw files has a pattern character (* ? [ ] { }) in its path",
            str(raw_dir),
            "move the files to a folder without such characters",
        )
    found: dict[str, RawTable] = {}
    for table in REQUIRED_COLUMNS:
        location = locate(table, settings.raw_name(table), raw_dir)
        if location is not None:
            for file in location.files:
                _check_columns(location, file)
            found[table] = location
        elif table in REQUIRED_TABLES:
            name = settings.raw_name(table)
            raise InputError(
                f"the required table {_title(table, name)} is missing",
                f"looked for {name}.parquet, {name}.csv, {name}.csv.gz and a folder {name} "
                f"with such files in {raw_dir}",
                "put it there, or tell its real name in UTM_RAW_TABLES",
            )
    return found


def locate(table: str, name: str, raw_dir: Path) -> RawTable | None:
    """Where the raw table that is called ``name`` here is, None if it is nowhere.

    Raises:
        InputError: it is in two places, or has files of two kinds.
    """
    places = []
    for kind, suffixes in _SUFFIXES.items():
        for suffix in suffixes:
            file = raw_dir / f"{name}{suffix}"
            if file.is_file():
                places.append(RawTable(table, file, kind, (file,)))
    folder = raw_dir / name
    if folder.is_dir():
        kinds = [
            RawTable(table, folder, kind, files)
            for kind, suffixes in _SUFFIXES.items()
            if (files := _files_in(folder, suffixes))
        ]
        if len(kinds) > 1:
            raise InputError(
                f"the table {_title(table, name)} has Parquet and CSV files in one folder",
                str(folder),
                "keep one kind there, so that no row is read twice",
            )
        places += kinds
    if len(places) > 1:
        raise InputError(
            f"the table {_title(table, name)} is in two places",
            " and ".join(str(place.place) for place in places[:2]),
            "keep one of them, so that no row is read twice",
        )
    return places[0] if places else None


def _files_in(folder: Path, suffixes: tuple[str, ...]) -> tuple[Path, ...]:
    return tuple(
        sorted(
            file
            for file in folder.iterdir()
            if file.is_file() and file.name.endswith(suffixes) and not file.name.startswith(".")
        )
    )


def _check_columns(location: RawTable, file: Path) -> None:
    columns = _parquet_columns(location, file) if location.kind == "parquet" else None
    if columns is None:
        columns = _csv_columns(location, file)
    count = Counter(column.lower() for column in columns)
    for column in REQUIRED_COLUMNS[location.table]:
        if count[column] == 0:
            hint = "add the column"
            if len(columns) == 1 and any(mark in columns[0] for mark in ";\t|"):
                hint = "write the file with commas between the columns"
            raise InputError(
                f"the required column {column} of table {location.table} is missing",
                str(file),
                hint,
            )
        if count[column] > 1:
            raise InputError(
                f"the column {column} of table {location.table} is there twice",
                str(file),
                "keep one of them",
            )


def _csv_columns(location: RawTable, file: Path) -> list[str]:
    try:
        return read_header(file)
    except UnicodeDecodeError as error:
        raise _unreadable(location, file, "is not UTF-8") from error
    except (OSError, EOFError, csv.Error) as error:
        raise _unreadable(location, file, "cannot be read as CSV") from error


def _parquet_columns(location: RawTable, file: Path) -> list[str]:
    # Imported here, as only Parquet needs it.
    import duckdb

    if file.stat().st_size == 0:
        return []
    try:
        with duckdb.connect() as connection:
            cursor = connection.execute("select * from read_parquet($1) limit 0", [str(file)])
            return [str(column[0]) for column in cursor.description or ()]
    except duckdb.Error as error:
        raise _unreadable(location, file, "cannot be read as Parquet") from error


def _unreadable(location: RawTable, file: Path, what: str) -> InputError:
    return InputError(
        f"a file of table {location.table} {what}", str(file), "write the file again, whole"
    )


def _title(table: str, name: str) -> str:
    return table if table == name else f"{table} (called {name} here)"
