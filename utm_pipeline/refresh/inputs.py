"""Check of the raw tables before anything is built (inputs.md).

Every file must have the required columns; names are compared without regard to case, on every
target. On PostgreSQL raw tables are tables or views of one schema, and the role must be able to
read the required columns, and every row.
"""

from __future__ import annotations

import stat
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, NamedTuple

from utm_pipeline.causes import missing_right
from utm_pipeline.errors import InputError, WarehouseError
from utm_pipeline.refresh.raw_columns import contract_columns
from utm_pipeline.refresh.raw_files import ENDINGS_IN_WORDS, RawTable, locate, passed_over
from utm_pipeline.settings import Settings
from utm_pipeline.words import text

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


class Inputs(NamedTuple):
    """The raw tables that are there, and what else the reader should know."""

    tables: Mapping[str, RawTable | None]
    """By the contract's name; None on PostgreSQL, which has no files."""
    warnings: tuple[str, ...] = ()


def check_inputs(settings: Settings) -> Inputs:
    """Looks for the raw tables and their columns.

    Raises:
        InputError: a required table or column is missing, a table has two places, it cannot be
            read, or row-level security would hide rows. The message names table, column and place.
        WarehouseError: the server cannot be reached, or its database is not of Unicode.
    """
    return _check_schema(settings) if settings.target == "postgres" else _check_folder(settings)


def _no_column(column: str, table: str, place: str, fix: str = "add the column") -> InputError:
    return InputError(f"the required column {column} of table {table} is missing", place, fix)


# --- Files


def _check_folder(settings: Settings) -> Inputs:
    raw_dir = settings.raw_dir
    try:
        is_folder = stat.S_ISDIR(raw_dir.stat().st_mode)
    except PermissionError as error:
        raise missing_right(raw_dir) from error
    except OSError:
        is_folder = False
    if not is_folder:
        raise InputError(
            "the folder of raw files does not exist",
            str(raw_dir),
            "set UTM_RAW_DIR or --raw-dir to the folder with utm_sessions and orders",
        )
    names = {table: settings.raw_name(table) for table in REQUIRED_COLUMNS}
    found: dict[str, RawTable] = {}
    for table, name in names.items():
        if (located := locate(table, name, raw_dir)) is not None:
            _check_columns(located)
            found[table] = located
        elif table in REQUIRED_TABLES:
            title = table if table == name else f"{table} (called {name} here)"
            raise InputError(
                f"the required table {title} is missing",
                f"looked for {name}.parquet, {name}.csv, {name}.csv.gz and a folder {name} "
                f"with such files in {raw_dir}",
                "put it there, or tell its real name in UTM_RAW_TABLES",
            )
    warnings = tuple(
        text("warning.not_read", settings.lang, table=table, place=entry, endings=ENDINGS_IN_WORDS)
        for table, entry in passed_over(raw_dir, names, found)
    )
    return Inputs(found, warnings)


def _check_columns(raw: RawTable) -> None:
    known = contract_columns()[raw.table]
    for file, columns in raw.columns.items():
        names = columns.names
        for column in REQUIRED_COLUMNS[raw.table]:
            if column not in map(str.lower, names):
                if len(names) == 1 and any(mark in names[0] for mark in ";\t|"):
                    fix = "write the file with commas between the columns"
                    raise _no_column(column, raw.table, str(file), fix)
                raise _no_column(column, raw.table, str(file))
        refuse_twins(raw.table, [name for name in names if name.lower() in known], str(file))


def refuse_twins(table: str, names: Iterable[str], place: str) -> None:
    """Names of columns are compared without case, so two that differ by case alone are one.

    Raises:
        InputError: a column is there twice.
    """
    seen: dict[str, str] = {}
    for name in names:
        if (low := name.lower()) in seen:
            raise InputError(
                f"the column {low} of table {table} is there twice, as {seen[low]} and {name}",
                place,
                "keep one of them",
            )
        seen[low] = name


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


def _check_schema(settings: Settings) -> Inputs:
    from utm_pipeline.warehouse import postgres

    sql = postgres.library().sql
    found: dict[str, None] = {}
    known = contract_columns()
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
            refuse_twins(table, [row[0] for row in rows if row[0].lower() in known[table]], place)
            readable: dict[str, bool] = {column.lower(): may for column, may in rows}
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
            relation = sql.Identifier(schema, name).as_string(connection)
            if postgres.hides_rows(connection, relation):
                raise postgres.hidden_rows(name, place)
            found[table] = None
    return Inputs(found)


def storage(connection: Connection, settings: Settings) -> frozenset[tuple[str, int, int]]:
    """The raw tables' names with the numbers of where their rows are kept.

    A table that is truncated, rewritten or replaced gets another number; to whoever reads it as of
    an instant before, it is empty.
    """
    names = [settings.raw_name(table) for table in REQUIRED_COLUMNS]
    rows = connection.execute(_STORAGE, [settings.raw_schema, names]).fetchall()
    return frozenset((str(name), int(table), int(place)) for name, table, place in rows)
