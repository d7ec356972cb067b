"""The loaded rows in PostgreSQL: the files of the raw folder, repeated in the table ad_spend.

What a load replaces is decided by the files, as for DuckDB. The table then holds each file's rows
under its name, in a column of its own that staging does not read; rows without a name are the
shop's, and stay.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from utm_pipeline.errors import InputError
from utm_pipeline.settings import Settings
from utm_pipeline.spend.model import COLUMNS, Export, SpendRow
from utm_pipeline.warehouse import postgres

_MARK = "loaded_from"


def check(settings: Settings, export: Export, sources: Iterable[str]) -> None:
    """Looks for the same money among the rows that no load has put there.

    Raises:
        InputError: there is some; it would be counted twice.
        WarehouseError: the server cannot be reached.
    """
    with postgres.connect(settings) as connection:
        columns = _columns(connection, settings)
        if not columns:
            return
        table, own = _name(settings), f"and {_MARK} is null" if _MARK in columns else ""
        row = connection.execute(
            f"select count(distinct left(date::text, 10)) from {table} where "  # noqa: S608
            f"left(date::text, 10) between %s and %s and lower(btrim(utm_source)) = any(%s) {own}",
            [export.first.isoformat(), export.last.isoformat(), sorted(set(sources))],
        ).fetchone()
    if row is not None and row[0]:
        raise InputError(
            f"the table has spend of {', '.join(sorted(set(sources)))} on {row[0]} of these days "
            "already, and would count it twice",
            f"{postgres.describe(settings.libpq)}, {settings.raw_schema}.{_plain_name(settings)}",
            "take these rows out of the table, or export only days that it does not have",
        )


def push(settings: Settings, name: str, rows: Iterable[SpendRow]) -> None:
    """Puts a file's rows into the table, in the place of those under the same name.

    The table and its column are made where they are missing.

    Raises:
        InputError: the role may not change the table.
        WarehouseError: the server cannot be reached.
    """
    psycopg = postgres.library()
    table = _name(settings)
    listed = ", ".join(f'"{column}"' for column in COLUMNS)
    try:
        with postgres.connect(settings) as connection, connection.transaction():
            columns = _columns(connection, settings)
            if not columns:
                described = ", ".join(f'"{column}" text' for column in COLUMNS)
                connection.execute(f"create table {table} ({described}, {_MARK} text)".encode())
            elif _MARK not in columns:
                connection.execute(f"alter table {table} add column {_MARK} text".encode())
            earlier = f"delete from {table} where {_MARK} = %s"  # noqa: S608 - a checked name
            connection.execute(earlier.encode(), [name])
            statement = f"copy {table} ({listed}, {_MARK}) from stdin".encode()
            with connection.cursor().copy(statement) as copy:
                for row in rows:
                    copy.write_row([*(value or None for value in row), name])
    except psycopg.errors.InsufficientPrivilege as error:
        raise InputError(
            "the role may not write the table of ad spend",
            f"{postgres.describe(settings.libpq)}, {settings.raw_schema}.{_plain_name(settings)}",
            "make it the owner of the table, or let it create one in the schema",
        ) from error


def _columns(connection: Any, settings: Settings) -> set[str]:
    rows = connection.execute(
        "select a.attname from pg_attribute a where a.attrelid = to_regclass(%s) "
        "and a.attnum > 0 and not a.attisdropped",
        [_name(settings)],
    ).fetchall()
    return {str(row[0]) for row in rows}


def _plain_name(settings: Settings) -> str:
    return settings.raw_name("ad_spend")


def _name(settings: Settings) -> str:
    # Both are checked as identifiers when the settings are read.
    return f'"{settings.raw_schema}"."{_plain_name(settings)}"'
