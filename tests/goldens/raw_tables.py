"""PostgreSQL for the goldens: a server of its own, and raw files as tables of text in it."""

from __future__ import annotations

import csv
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import psycopg
from psycopg import sql
from psycopg.conninfo import make_conninfo
from shops import ROOT

SCHEMA = "shop"


@contextmanager
def server() -> Iterator[Mapping[str, str]]:
    """A server for the block, as the tests have it; gives how it is reached."""
    sys.path.append(str(ROOT / "tests" / "python"))
    from postgres_server import postgres_server

    with postgres_server() as running:
        yield dict(running.keywords)


def load(libpq: Mapping[str, str], name: str, raw: Path) -> Mapping[str, str]:
    """A fresh database of that name, with the CSV files of a folder; gives how it is reached."""
    named = sql.Identifier(f"goldens_{name}")
    with psycopg.connect(make_conninfo(**libpq), autocommit=True) as connection:
        connection.execute(sql.SQL("drop database if exists {} with (force)").format(named))
        connection.execute(
            sql.SQL(
                "create database {} encoding 'UTF8' lc_collate 'C' lc_ctype 'C' template template0"
            ).format(named)
        )
    keywords = {**libpq, "dbname": f"goldens_{name}"}
    with psycopg.connect(make_conninfo(**keywords)) as connection:
        connection.execute(f"create schema {SCHEMA}".encode())
        for path in sorted(raw.glob("*.csv")):
            _load_file(connection, path)
    return keywords


def environment(keywords: Mapping[str, str]) -> dict[str, str]:
    """The same as libpq's variables."""
    return {
        "PGDATABASE" if key == "dbname" else f"PG{key.upper()}": value
        for key, value in keywords.items()
    }


def _load_file(connection: psycopg.Connection[tuple[object, ...]], path: Path) -> None:
    with path.open(encoding="utf-8-sig", newline="") as stream:
        heading, *rows = csv.reader(stream)
    table = sql.Identifier(SCHEMA, path.stem)
    columns = [sql.Identifier(name) for name in heading]
    described = [sql.SQL("{} text").format(column) for column in columns]
    connection.execute(sql.SQL("create table {} ({})").format(table, sql.SQL(", ").join(described)))
    statement = sql.SQL("copy {} ({}) from stdin").format(table, sql.SQL(", ").join(columns))
    with connection.cursor().copy(statement) as copy:
        for row in rows:
            copy.write_row([cell or None for cell in row])
