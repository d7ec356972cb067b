"""Fills a PostgreSQL database with the rows of benchmarks/sample_shop, in a process of its own.

A process starts with its parent's size, so the one that measures has to stay small.
"""

from __future__ import annotations

import sys
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import psycopg

FRACTION = 0.01
"""How much more comes later."""

_TYPES = {"VARCHAR": "text", "TIMESTAMP": "timestamptz", "DECIMAL(12,2)": "numeric(12,2)"}
_CHANGED = {"utm_sessions": "last_seen", "orders": "updated"}


def fill(folder: Path, sessions: int, part: str, dsn: str) -> None:
    """Loads the base data, or what came later; what is there already changes now."""
    import psycopg
    from sample_shop.bulk import BULK_AS_OF, write_bulk, write_bulk_increment
    from sample_shop.columns import RAW_TABLES

    raw = folder / "bulk"
    if part == "part-0000":
        write_bulk(raw, sessions, "parquet")
    else:
        write_bulk_increment(raw, sessions, FRACTION, "parquet")
    age = (datetime.now(UTC) - BULK_AS_OF).total_seconds()
    with psycopg.connect(dsn, autocommit=True) as connection:
        for table, columns in RAW_TABLES.items():
            file = folder / f"{table}.csv"
            _as_csv(raw / table / f"{part}.parquet", columns, age, file)
            _load(connection, table, columns, file)
            file.unlink()
        connection.execute("vacuum analyze")


def _as_csv(source: Path, columns: Mapping[str, str], age: float, target: Path) -> None:
    """A file of rows whose times end now, since an extract goes by the clock."""
    import duckdb

    shown = ", ".join(
        f'"{name}" + to_microseconds({round(age * 1_000_000)}) as "{name}"'
        if kind == "TIMESTAMP"
        else f'"{name}"'
        for name, kind in columns.items()
    )
    with duckdb.connect() as connection:
        connection.execute(
            f"copy (select {shown} from read_parquet('{source}')) to '{target}' (header)"  # noqa: S608
        )


def _load(
    connection: psycopg.Connection[Any], table: str, columns: Mapping[str, str], file: Path
) -> None:
    names = ", ".join(columns)
    kinds = ", ".join(f"{name} {_TYPES.get(kind, kind)}" for name, kind in columns.items())
    key = ", primary key (id)" if "id" in columns else ""
    connection.execute(f"create table if not exists {table} ({kinds}{key})".encode())
    connection.execute(f"create temp table arriving ({kinds})".encode())
    copy = f"copy arriving ({names}) from stdin (format csv, header)"
    with connection.cursor().copy(copy.encode()) as target, file.open("rb") as source:
        while block := source.read(1 << 20):
            target.write(block)
    changes = _CHANGED.get(table)
    then = f"update set {changes} = now()" if changes else "nothing"
    conflict = f"on conflict (id) do {then}" if key else ""
    once = "distinct on (id) *" if key else "*"
    insert = f"insert into {table} select {once} from arriving {conflict}"  # noqa: S608
    connection.execute(insert.encode())
    connection.execute("drop table arriving")


if __name__ == "__main__":
    fill(Path(sys.argv[1]), int(sys.argv[2]), sys.argv[3], sys.argv[4])
