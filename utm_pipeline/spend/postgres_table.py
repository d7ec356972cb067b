"""The loaded rows in PostgreSQL: the files of the raw folder, repeated in the table ad_spend.

What a load replaces is decided by the files, as for DuckDB. The table then holds each file's rows
under its name, in a column of its own that staging does not read; rows without a name are the
shop's, and stay.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from utm_pipeline.settings import Settings
from utm_pipeline.spend.refusals import refusal
from utm_pipeline.spend.totals import SpendRow
from utm_pipeline.warehouse import postgres

_LOADED_FROM = "loaded_from"


def refuse_overlap(settings: Settings, days: tuple[str, str], sources: Sequence[str]) -> None:
    """Looks for the same money among the rows that no load has put there.

    Raises:
        InputError: there is some; it would be counted twice.
        WarehouseError: the server cannot be reached.
    """
    with postgres.connect(settings) as connection:
        columns = _columns(connection, settings)
        if not columns:
            return
        own = f"and {_LOADED_FROM} is null" if _LOADED_FROM in columns else ""
        row = connection.execute(
            f"select count(distinct left(date::text, 10)) from {_table(settings)} where "  # noqa: S608
            f"left(date::text, 10) between %s and %s and lower(btrim(utm_source)) = any(%s) {own}",
            [*days, sources],
        ).fetchone()
    if row is not None and row[0]:
        said = {"sources": ", ".join(sources), "days": row[0]}
        raise refusal("counted twice in PostgreSQL", _place(settings), **said)


def put(settings: Settings, name: str, rows: Sequence[SpendRow]) -> None:
    """Puts a file's rows into the table, in the place of those under the same name.

    The table and its column are made where they are missing.

    Raises:
        InputError: the role may not change the table.
        WarehouseError: the server cannot be reached.
    """
    psycopg = postgres.library()
    table = _table(settings)
    fields = [f'"{field}"' for field in SpendRow._fields]
    try:
        with postgres.connect(settings) as connection, connection.transaction():
            columns = _columns(connection, settings)
            if not columns:
                typed = ", ".join(f"{field} text" for field in (*fields, _LOADED_FROM))
                connection.execute(f"create table {table} ({typed})".encode())
            elif _LOADED_FROM not in columns:
                connection.execute(f"alter table {table} add column {_LOADED_FROM} text".encode())
            earlier = f"delete from {table} where {_LOADED_FROM} = %s"  # noqa: S608
            connection.execute(earlier.encode(), [name])
            statement = f"copy {table} ({', '.join(fields)}, {_LOADED_FROM}) from stdin"
            with connection.cursor().copy(statement.encode()) as copy:
                for row in rows:
                    copy.write_row([*(value or None for value in row), name])
    except psycopg.errors.InsufficientPrivilege as error:
        raise refusal("no right", _place(settings)) from error


def _columns(connection: Any, settings: Settings) -> set[str]:
    rows = connection.execute(
        "select a.attname from pg_attribute a where a.attrelid = to_regclass(%s) "
        "and a.attnum > 0 and not a.attisdropped",
        [_table(settings)],
    ).fetchall()
    return {str(row[0]) for row in rows}


def _table(settings: Settings) -> str:
    # Both are checked as identifiers when the settings are read.
    return f'"{settings.raw_schema}"."{settings.raw_name("ad_spend")}"'


def _place(settings: Settings) -> str:
    server = postgres.describe(settings.libpq)
    return f"{server}, {settings.raw_schema}.{settings.raw_name('ad_spend')}"
