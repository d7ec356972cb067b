"""The marts of a warehouse as files: every row of every table and view, values as text.

The first line names the columns with their types. Rows are sorted, since tables have no order.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

SCHEMA = "analytics"
MISSING = "\\N"

Mart = tuple[str, Sequence[tuple[str, str]], Sequence[Sequence[Any]]]

_POSTGRES_COLUMNS = """
    select relname, attname, format_type(atttypid, null)
    from pg_attribute
    inner join pg_class on pg_class.oid = attrelid
    where relnamespace = %s::regnamespace and relkind in ('r', 'p', 'v', 'm')
        and attnum > 0 and not attisdropped
    order by relname, attnum
"""
_DUCKDB_COLUMNS = """
    select table_name, column_name, data_type
    from information_schema.columns
    where table_schema = ?
    order by table_name, ordinal_position
"""


def duckdb_marts(warehouse: Path) -> Iterator[Mart]:
    """Name, columns and rows of each table of the file."""
    import duckdb

    with duckdb.connect(str(warehouse), read_only=True) as connection:
        connection.execute("set timezone = 'UTC'")
        columns = connection.execute(_DUCKDB_COLUMNS, [SCHEMA]).fetchall()
        for name, found in _tables(columns).items():
            rows = connection.execute(f'select * from {SCHEMA}."{name}"').fetchall()
            yield name, found, rows


def postgres_marts(keywords: Mapping[str, str]) -> Iterator[Mart]:
    """Name, columns and rows of each table of the database."""
    import psycopg

    with psycopg.connect(**keywords, options="-c timezone=UTC") as connection:
        columns = connection.execute(_POSTGRES_COLUMNS, [SCHEMA]).fetchall()
        for name, found in _tables(columns).items():
            rows = connection.execute(f'select * from {SCHEMA}."{name}"'.encode()).fetchall()
            yield name, found, rows


def as_csv(mart: Mart) -> str:
    """A mart as text."""
    _, columns, rows = mart
    stream = io.StringIO(newline="")
    writer = csv.writer(stream, lineterminator="\n")
    writer.writerow([f"{column}:{kind}" for column, kind in columns])
    writer.writerows(sorted([_text(value) for value in row] for row in rows))
    return stream.getvalue()


def _tables(
    columns: Sequence[tuple[Any, ...]],
) -> dict[str, list[tuple[str, str]]]:
    found: dict[str, list[tuple[str, str]]] = {}
    for table, column, kind in columns:
        found.setdefault(table, []).append((column, kind))
    return found


def _text(value: Any) -> str:
    if value is None:
        return MISSING
    return value.isoformat() if hasattr(value, "isoformat") else str(value)
