"""A shop of a few rows on either engine, what of it is served, and what a refresh leaves behind."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb

from postgres_server import PostgresDatabase
from postgres_shop import load_raw
from utm_pipeline.settings import Settings, load_settings
from utm_pipeline.warehouse import open_warehouse

AS_OF = "2024-04-10T00:00:00Z"
SECRET = "olena@secret.example"
KEY = "unmistakable-key-2b7e1516"
_HEADERS = {
    "utm_sessions": "id,session_key,visitor_id,utm_source,first_seen,last_seen",
    "orders": "id,session_key,utm_session_id,email,total_sum,payment_status,created",
    "user_actions": "id,utm_session_id,action_type,timestamp",
}
Rows = Mapping[str, list[tuple[object, ...]]]


def rows_of(number: int) -> dict[str, tuple[object, ...]]:
    """A session, its order and its action, one of each table."""
    time = f"2024-03-{number % 28 + 1:02}T10:00:00Z"
    return {
        "utm_sessions": (number, f"k{number}", f"v{number % 5}", "IG", time, time),
        "orders": (number, f"k{number}", number, f"{number % 4}{SECRET}", 10, "paid", time),
        "user_actions": (number, number, "lead", time),
    }


def write_raw(folder: Path, numbers: list[int]) -> Path:
    """Raw files of these sessions."""
    folder.mkdir(parents=True, exist_ok=True)
    for table, header in _HEADERS.items():
        lines = [",".join(map(str, rows_of(number)[table])) for number in numbers]
        (folder / f"{table}.csv").write_text("\n".join([header, *lines, ""]), encoding="utf-8")
    return folder


@dataclass(frozen=True)
class Shop:
    """A shop on one engine."""

    engine: str
    folder: Path
    variables: Mapping[str, str]
    database: PostgresDatabase | None = None

    @property
    def settings(self) -> Settings:
        """Its settings, for tests that read it."""
        return load_settings(self.variables, self.folder)

    def sell(self, numbers: list[int]) -> None:
        """From now on the raw tables hold these sessions, with the orders of some changed."""
        raw = write_raw(self.folder / "raw", numbers)
        if self.database is not None:
            load_raw(self.database, raw)

    def add(self, *numbers: int) -> None:
        """Adds sessions to the raw tables in place, and changes an order and removes an action."""
        assert self.database is not None
        with self.database.connect() as connection, connection.transaction():
            for number in numbers:
                for table, row in rows_of(number).items():
                    marks = ", ".join(["%s"] * len(row))
                    values = [str(value) for value in row]
                    connection.execute(
                        f"insert into shop.{table} values ({marks})".encode(), values
                    )
            connection.execute(
                f"update shop.orders set total_sum = '1{numbers[0]}' where id = '1'".encode()
            )

    def served(self) -> dict[str, str]:
        """A digest of the rows of each served mart; empty if nothing is served."""
        if self.database is None:
            return served_file(self.settings.warehouse)
        return served_schema(self.database, self.settings.schema)

    def read(self) -> int:
        """Reads as a command does; gives the number of orders."""
        with open_warehouse(self.settings) as warehouse:
            row = warehouse.execute("select count(*) from fct_orders", {}).fetchone()
        assert row is not None
        return int(row[0])

    def remains(self) -> list[str]:
        """What a refresh should have cleared away."""
        if self.database is None:
            beside = self.settings.warehouse.parent / "next"
            return [str(path) for path in (beside, *beside.rglob("*")) if path.exists()]
        with self.database.connect() as connection:
            return [str(name) for (name,) in connection.execute(_REMAINS).fetchall()]


_REMAINS = r"""
select nspname from pg_namespace n where nspname ~ '^analytics_(next|[0-9]+)$' and not exists (
    select from information_schema.view_table_usage
    where view_schema = 'analytics' and table_schema = n.nspname
)
union all
select relname from pg_class where relname ~ '__dbt_(tmp|backup)' and relkind in ('r', 'v')
union all select application_name || ' ' || query from pg_stat_activity
where datname = current_database() and application_name like 'utm-pipeline-%'
"""


OF_THE_RUN = "rpt_run"
"""The mart that says how a refresh went: it differs between two of the same rows."""


def served_file(path: Path) -> dict[str, str]:
    """A digest of the rows of each mart of a file."""
    if not path.exists():
        return {}
    with duckdb.connect(str(path), read_only=True) as connection:
        names = connection.execute(
            "select table_name from duckdb_tables() where schema_name = 'analytics'"
        ).fetchall()
        return {
            name: _digest(connection.execute(f"select * from analytics.{name}").fetchall())
            for (name,) in sorted(names)
            if name != OF_THE_RUN
        }


def served_schema(database: PostgresDatabase, schema: str) -> dict[str, str]:
    """A digest of the rows of each mart of a schema."""
    with database.connect() as connection:
        names = connection.execute(
            "select table_name from information_schema.tables where table_schema = %s order by 1",
            [schema],
        ).fetchall()
        return {
            str(name): _digest(
                connection.execute(f"select * from {schema}.{name}".encode()).fetchall()
            )
            for (name,) in names
            if name != OF_THE_RUN
        }


def _digest(rows: list[Any]) -> str:
    return hashlib.sha256("\n".join(sorted(map(repr, rows))).encode()).hexdigest()


@contextmanager
def lock_table(database: PostgresDatabase, table: str) -> Iterator[None]:
    """Nobody can read the table during the block."""
    with database.connect() as connection, connection.transaction():
        connection.execute(f"lock table {table} in access exclusive mode".encode())
        yield


def shop_variables(folder: Path, database: PostgresDatabase | None) -> dict[str, str]:
    """The variables of a shop in a folder, and in a database if there is one."""
    own = {
        "UTM_RAW_DIR": str(folder / "raw"),
        "UTM_WAREHOUSE": str(folder / "warehouse" / "utm.duckdb"),
        "UTM_PII_KEY": KEY,
        "UTM_THREADS": "2",
        "UTM_FRESHNESS_MINUTES": "99999999",
        "UTM_SILENCE_HOURS": "0",
        "UTM_LANG": "en",
    }
    if database is None:
        return own
    return {**own, **database.environment, "UTM_TARGET": "postgres", "UTM_RAW_SCHEMA": "shop"}


def make_shop(folder: Path, database: PostgresDatabase | None) -> Shop:
    """A shop of six sessions, not refreshed yet."""
    engine = "duckdb" if database is None else "postgres"
    shop = Shop(engine, folder, shop_variables(folder, database), database)
    shop.sell([1, 2, 3, 4, 5, 6])
    return shop
