"""Check of the raw tables in PostgreSQL before anything is built (inputs.md)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from utm_pipeline.errors import InputError, WarehouseError
from utm_pipeline.refresh.inputs import REQUIRED_COLUMNS, REQUIRED_TABLES
from utm_pipeline.settings import Settings
from utm_pipeline.warehouse import postgres

if TYPE_CHECKING:
    import psycopg

_ENCODING = "select current_setting('server_encoding')"

_SCHEMA = "select has_schema_privilege(oid, 'usage') from pg_namespace where nspname = %s"

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


def check_inputs(settings: Settings) -> tuple[str, ...]:
    """Looks for the raw tables and their columns; gives the tables that are there.

    Raises:
        InputError: a required table or column is missing, or the role may not read it.
        WarehouseError: the server cannot be reached, or its database is not of Unicode.
    """
    found = []
    with postgres.connect(settings) as connection:
        _check_encoding(connection, postgres.describe(settings.libpq))
        _check_schema(connection, settings)
        for table, required in REQUIRED_COLUMNS.items():
            name = settings.raw_name(table)
            place = f"{postgres.describe(settings.libpq)}, {settings.raw_schema}.{name}"
            rows = connection.execute(_COLUMNS, [settings.raw_schema, name]).fetchall()
            if not rows:
                if table in REQUIRED_TABLES:
                    raise InputError(
                        f"the required table {table} is missing",
                        f"looked for {place}",
                        "set UTM_RAW_SCHEMA to its schema, or tell its real name in UTM_RAW_TABLES",
                    )
                continue
            readable = dict(rows)
            for column in required:
                if column not in readable:
                    raise InputError(
                        f"the required column {column} of table {table} is missing",
                        place,
                        "add the column",
                    )
            # Rights on columns are enough; an optional column that may not be read is absent.
            if not all(readable[column] for column in required):
                raise InputError(
                    f"the role may not read the table {table}",
                    place,
                    f"let its owner grant select on it, or on {', '.join(required)} at least",
                )
            found.append(table)
    return tuple(found)


def storage(
    connection: psycopg.Connection[tuple[Any, ...]], settings: Settings
) -> frozenset[tuple[str, int, int]]:
    """The raw tables' names with the numbers of where their rows are kept.

    A table that is truncated, rewritten or replaced gets another number; to whoever reads it as of
    an instant before, it is empty.
    """
    names = [settings.raw_name(table) for table in REQUIRED_COLUMNS]
    rows = connection.execute(_STORAGE, [settings.raw_schema, names]).fetchall()
    return frozenset((str(name), int(table), int(place)) for name, table, place in rows)


def _check_encoding(connection: psycopg.Connection[tuple[Any, ...]], place: str) -> None:
    row = connection.execute(_ENCODING).fetchone()
    if row is not None and row[0] != "UTF8":
        raise WarehouseError(
            f"the database's encoding is {row[0]}, which cannot hold every text of a shop",
            place,
            "use a database that was made with encoding 'UTF8'; for a shop in another encoding set "
            "UTM_SHOP_DSN and UTM_TARGET=duckdb",
        )


def _check_schema(connection: psycopg.Connection[tuple[Any, ...]], settings: Settings) -> None:
    """Whether the role may look into the schema of the raw tables, if there is one."""
    row = connection.execute(_SCHEMA, [settings.raw_schema]).fetchone()
    if row is not None and not row[0]:
        raise InputError(
            "the role may not use the schema of the raw tables",
            f"{postgres.describe(settings.libpq)}, schema {settings.raw_schema}",
            "let the schema's owner grant it usage on the schema, and select on its tables",
        )
