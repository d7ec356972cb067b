"""Check of the raw tables before anything is built (inputs.md).

As files, every raw table has one place in the raw folder: ``<name>.parquet``, ``<name>.csv``,
``<name>.csv.gz`` or a folder ``<name>/`` of files of one of these kinds. Every file must have the
required columns; names are compared without regard to case. On PostgreSQL they are tables or views
of one schema, and the role must be able to read the required columns.
"""

from __future__ import annotations

import csv
import gzip
from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from typing import IO, TYPE_CHECKING, NamedTuple

from utm_pipeline.errors import InputError, WarehouseError
from utm_pipeline.settings import Settings

if TYPE_CHECKING:
    from utm_pipeline.warehouse.postgres import Connection

REQUIRED_COLUMNS: Mapping[str, tuple[str, ...]] = {
    "utm_sessions": ("id", "session_key", "first_seen"),
    "user_actions": ("id", "utm_session_id", "action_type", "timestamp"),
    "orders": ("id", "total_sum", "payment_status", "created"),
    "ad_spend": ("date", "utm_source", "spend"),
    "refunds": ("order_id", "amount", "created"),
}
REQUIRED_TABLES = ("utm_sessions", "orders")

_KINDS = {".parquet": "parquet", ".csv": "csv", ".csv.gz": "csv"}


class RawTable(NamedTuple):
    """Where the files of one raw table were found."""

    place: Path  # the file or the folder of files
    kind: str
    """``parquet`` or ``csv``."""
    files: tuple[Path, ...]


def check_inputs(settings: Settings) -> dict[str, tuple[Path, ...]]:
    """Looks for the raw tables and their columns.

    Returns:
        The tables that are there with their files, of which PostgreSQL has none.

    Raises:
        InputError: a required table or column is missing, a table has two places, or it cannot be
            read. The message names table, column and place.
        WarehouseError: the server cannot be reached, or its database is not of Unicode.
    """
    return _check_schema(settings) if settings.target == "postgres" else _check_folder(settings)


def _no_column(column: str, table: str, place: str, fix: str = "add the column") -> InputError:
    return InputError(f"the required column {column} of table {table} is missing", place, fix)


# --- Files


def _check_folder(settings: Settings) -> dict[str, tuple[Path, ...]]:
    raw_dir = settings.raw_dir
    if not raw_dir.is_dir():
        raise InputError(
            "the folder of raw files does not exist",
            str(raw_dir),
            "set UTM_RAW_DIR or --raw-dir to the folder with utm_sessions and orders",
        )
    if set("*?[]{}") & set(str(raw_dir)):
        raise InputError(
            "the folder of raw files has a pattern character (* ? [ ] { }) in its path",
            str(raw_dir),
            "move the files to a folder without such characters",
        )
    found = {}
    for table in REQUIRED_COLUMNS:
        name = settings.raw_name(table)
        if (located := locate(table, name, raw_dir)) is not None:
            for file in located.files:
                _check_columns(table, file, located.kind)
            found[table] = located.files
        elif table in REQUIRED_TABLES:
            raise InputError(
                f"the required table {_title(table, name)} is missing",
                f"looked for {name}.parquet, {name}.csv, {name}.csv.gz and a folder {name} "
                f"with such files in {raw_dir}",
                "put it there, or tell its real name in UTM_RAW_TABLES",
            )
    return found


def locate(table: str, name: str, raw_dir: Path) -> RawTable | None:
    """Where the files of the raw table that is called ``name`` here are, None if nowhere.

    Raises:
        InputError: it is in two places, or has files of two kinds.
    """
    folder = raw_dir / name
    inside: dict[str, tuple[Path, ...]] = {}
    for file in sorted(folder.iterdir()) if folder.is_dir() else ():
        kind = next((kind for end, kind in _KINDS.items() if file.name.endswith(end)), None)
        if kind and file.is_file() and not file.name.startswith("."):
            inside[kind] = (*inside.get(kind, ()), file)
    if len(inside) > 1:
        raise InputError(
            f"the table {_title(table, name)} has Parquet and CSV files in one folder",
            str(folder),
            "keep one kind there, so that no row is read twice",
        )
    files = {raw_dir / f"{name}{end}": kind for end, kind in _KINDS.items()}
    places = [RawTable(file, kind, (file,)) for file, kind in files.items() if file.is_file()]
    places += [RawTable(folder, kind, found) for kind, found in inside.items()]
    if len(places) > 1:
        raise InputError(
            f"the table {_title(table, name)} is in two places",
            " and ".join(str(place.place) for place in places[:2]),
            "keep one of them, so that no row is read twice",
        )
    return places[0] if places else None


def _check_columns(table: str, file: Path, kind: str) -> None:
    columns = (_parquet_columns if kind == "parquet" else _csv_columns)(table, file)
    count = Counter(column.lower() for column in columns)
    for column in REQUIRED_COLUMNS[table]:
        if count[column] == 0:
            if len(columns) == 1 and any(mark in columns[0] for mark in ";\t|"):
                fix = "write the file with commas between the columns"
                raise _no_column(column, table, str(file), fix)
            raise _no_column(column, table, str(file))
        if count[column] > 1:
            what = f"the column {column} of table {table} is there twice"
            raise InputError(what, str(file), "keep one of them")


def _csv_columns(table: str, file: Path) -> list[str]:
    try:
        with open_text(file) as lines:
            return next(csv.reader(lines, strict=True), [])
    except UnicodeDecodeError as error:
        raise _unreadable(table, file, "is not UTF-8") from error
    except (OSError, EOFError, csv.Error) as error:
        raise _unreadable(table, file, "cannot be read as CSV") from error


def open_text(file: Path, errors: str = "strict") -> IO[str]:
    """A CSV file as text, unpacked if it is compressed; for the csv module."""
    # utf-8-sig takes off a byte order mark; newline="" leaves quoted line breaks to csv.
    opened = gzip.open if file.name.endswith(".gz") else open
    return opened(file, "rt", encoding="utf-8-sig", errors=errors, newline="")


def _parquet_columns(table: str, file: Path) -> list[str]:
    # Imported here, as only Parquet needs it.
    from utm_pipeline.warehouse.duckdb_reader import parquet_columns

    try:
        return parquet_columns(file) if file.stat().st_size else []
    except ValueError as error:
        raise _unreadable(table, file, "cannot be read as Parquet") from error


def _unreadable(table: str, file: Path, what: str) -> InputError:
    return InputError(f"a file of table {table} {what}", str(file), "write the file again, whole")


def _title(table: str, name: str) -> str:
    return table if table == name else f"{table} (called {name} here)"


# --- PostgreSQL

_SCHEMA = """
select current_setting('server_encoding'), (
    select has_schema_privilege(oid, 'usage') from pg_namespace where nspname = %s
)
"""

_COLUMNS = """
select a.attname, has_table_privilege(c.oid, 'select') or has_column_privilege(c.oid, a.attnum,
    'select')
from pg_class c
join pg_namespace n on n.oid = c.relnamespace
join pg_attribute a on a.attrelid = c.oid
where n.nspname = %s and c.relname = %s and c.relkind in ('r', 'p', 'm', 'v', 'f')
    and a.attnum > 0 and not a.attisdropped
"""

# A plain table, or the leaves of a partitioned one. A view has no storage of its own.
_STORAGE = """
select c.relname, k.oid::bigint, k.relfilenode::bigint
from pg_class c
join pg_namespace n on n.oid = c.relnamespace
cross join lateral (
    select c.oid as leaf union select relid from pg_partition_tree(c.oid)
) t
join pg_class k on k.oid = t.leaf and k.relkind in ('r', 'm')
where n.nspname = %s and c.relname = any(%s)
"""


def _check_schema(settings: Settings) -> dict[str, tuple[Path, ...]]:
    from utm_pipeline.warehouse import postgres

    found: dict[str, tuple[Path, ...]] = {}
    server, schema = postgres.describe(settings.libpq), settings.raw_schema
    with postgres.connect(settings) as connection:
        encoding, is_open = connection.execute(_SCHEMA, [schema]).fetchone() or (None, None)
        if encoding != "UTF8":
            raise WarehouseError(
                f"the database's encoding is {encoding}, which cannot hold every text of a shop",
                server,
                "use a database that was made with encoding 'UTF8'; for a shop in another encoding "
                "set UTM_SHOP_DSN and UTM_TARGET=duckdb",
            )
        if is_open is False:
            raise InputError(
                "the role may not use the schema of the raw tables",
                f"{server}, schema {schema}",
                "let the schema's owner grant it usage on the schema, and select on its tables",
            )
        for table, required in REQUIRED_COLUMNS.items():
            name = settings.raw_name(table)
            place = f"{server}, {schema}.{name}"
            rows = connection.execute(_COLUMNS, [schema, name]).fetchall()
            readable: dict[str, bool] = dict(rows)
            if not readable and table in REQUIRED_TABLES:
                raise InputError(
                    f"the required table {table} is missing",
                    f"looked for {place}",
                    "set UTM_RAW_SCHEMA to its schema, or tell its real name in UTM_RAW_TABLES",
                )
            if not readable:
                continue
            for column in required:
                if column not in readable:
                    raise _no_column(column, table, place)
            # Rights on columns are enough; an optional column that may not be read is absent.
            if not all(readable[column] for column in required):
                raise InputError(
                    f"the role may not read the table {table}",
                    place,
                    f"let its owner grant select on it, or on {', '.join(required)} at least",
                )
            found[table] = ()
    return found


def storage(connection: Connection, settings: Settings) -> frozenset[tuple[str, int, int]]:
    """The raw tables' names with the numbers of where their rows are kept.

    A table that is truncated, rewritten or replaced gets another number; to whoever reads it as of
    an instant before, it is empty.
    """
    names = [settings.raw_name(table) for table in REQUIRED_COLUMNS]
    rows = connection.execute(_STORAGE, [settings.raw_schema, names]).fetchall()
    return frozenset((str(name), int(table), int(place)) for name, table, place in rows)
