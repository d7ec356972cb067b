"""A folder of raw files as tables of a PostgreSQL database, and settings that point there."""

from __future__ import annotations

import csv
import gzip
from collections.abc import Iterator, Mapping
from pathlib import Path

import duckdb
from psycopg import sql

from postgres_server import PostgresDatabase
from utm_pipeline.refresh.inputs import REQUIRED_COLUMNS
from utm_pipeline.settings import Settings, load_settings

_TYPES = {
    "VARCHAR": "text",
    "DOUBLE": "double precision",
    "TIMESTAMP WITH TIME ZONE": "timestamptz",
    "BLOB": "bytea",
}


def load_raw(database: PostgresDatabase, raw: Path, schema: str = "shop") -> None:
    """Makes a schema of the raw files: of CSV every column is text, of Parquet typed as there."""
    database.execute(f"drop schema if exists {schema} cascade", f"create schema {schema}")
    with database.connect() as connection:
        for table in REQUIRED_COLUMNS:
            columns: dict[str, str] = {}
            batches = []
            for path in _files(raw, table):
                kinds, rows = _parquet(path) if path.suffix == ".parquet" else _csv(path)
                columns |= kinds
                batches.append((list(kinds), rows))
            if not columns:
                continue
            name = sql.Identifier(schema, table)
            described = [
                sql.SQL("{} " + kind).format(sql.Identifier(column))
                for column, kind in columns.items()
            ]
            connection.execute(
                sql.SQL("create table {} ({})").format(name, sql.SQL(", ").join(described))
            )
            for names, rows in batches:
                listed = sql.SQL(", ").join(map(sql.Identifier, names))
                statement = sql.SQL("copy {} ({}) from stdin").format(name, listed)
                with connection.cursor().copy(statement) as copy:
                    for row in rows:
                        copy.write_row(row)


def postgres_settings(
    database: PostgresDatabase, folder: Path, variables: Mapping[str, str]
) -> Settings:
    """Settings of the target postgres with the raw tables in the schema shop."""
    return load_settings(
        {
            **variables,
            **database.environment,
            "UTM_TARGET": "postgres",
            "UTM_RAW_SCHEMA": "shop",
            "UTM_WAREHOUSE": str(folder / "postgres" / "utm.duckdb"),
        },
        folder,
    )


def _files(raw: Path, table: str) -> list[Path]:
    places = [*raw.glob(f"{table}.*"), *(raw / table).glob("*")]
    return sorted(path for path in places if path.is_file())


def _csv(path: Path) -> tuple[dict[str, str], Iterator[list[object]]]:
    opened = gzip.open if path.suffix == ".gz" else open
    with opened(path, "rt", encoding="utf-8-sig", newline="") as stream:
        first, *rows = csv.reader(stream)
    return dict.fromkeys(first, "text"), ([cell or None for cell in row] for row in rows)


def _parquet(path: Path) -> tuple[dict[str, str], Iterator[tuple[object, ...]]]:
    with duckdb.connect() as connection:
        connection.execute("set timezone = 'UTC'")
        described = connection.execute("describe select * from read_parquet(?)", [str(path)])
        kinds = {name: _TYPES.get(kind, kind) for name, kind, *_ in described.fetchall()}
        rows = connection.execute("select * from read_parquet(?)", [str(path)]).fetchall()
    return kinds, iter(rows)
