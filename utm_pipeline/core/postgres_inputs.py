"""Check of the raw tables in PostgreSQL before anything is built (inputs.md)."""

from __future__ import annotations

from utm_pipeline.core import postgres
from utm_pipeline.core.inputs import REQUIRED_COLUMNS, REQUIRED_TABLES
from utm_pipeline.core.settings import Settings
from utm_pipeline.errors import InputError

_COLUMNS = """
select a.attname, has_table_privilege(c.oid, 'select') or has_column_privilege(c.oid, a.attnum,
    'select')
from pg_class c
join pg_namespace n on n.oid = c.relnamespace
join pg_attribute a on a.attrelid = c.oid
where n.nspname = %s and c.relname = %s and c.relkind in ('r', 'p', 'm', 'v', 'f')
    and a.attnum > 0 and not a.attisdropped
"""


def check_inputs(settings: Settings) -> tuple[str, ...]:
    """Looks for the raw tables and their columns; gives the tables that are there.

    Raises:
        InputError: a required table or column is missing, or the role may not read it.
        WarehouseError: the server cannot be reached.
    """
    found = []
    with postgres.connect(settings) as connection:
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
            if not all(readable.values()):
                raise InputError(
                    f"the role may not read the table {table}",
                    place,
                    "let its owner grant select on it",
                )
            found.append(table)
    return tuple(found)
