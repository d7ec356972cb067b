"""Large inputs in the contract's shape, for benchmarks: millions of rows in seconds, by DuckDB.

Nothing is random: every value is a hash of its row's number and the seed, so the same call writes
the same rows with the same version of DuckDB.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Final, Literal

from . import bulk_sql
from .columns import RAW_TABLES

if TYPE_CHECKING:
    import duckdb

Format = Literal["parquet", "csv"]

#: The end of the base data, which spans the 365 days before it.
BULK_AS_OF: Final = datetime(2026, 7, 6, tzinfo=UTC)

_DAYS: Final = 365


def bulk_as_of(fraction: float = 0.0) -> datetime:
    """The instant that the data describes once increments of ``fraction`` in all were added.

    Sessions come at one pace, so an increment of 1 % goes on for 1 % of the year.
    """
    return BULK_AS_OF + timedelta(days=_DAYS * fraction)


def write_bulk(raw_dir: Path, sessions: int, fmt: Format, seed: int = 1) -> None:
    """Write the five raw tables, each as a folder with the one file ``part-0000``.

    ``sessions`` rows of sessions bring four times as many actions and an order to every 20.
    Visitors are 60 % as many as sessions; 1 % are bots, 0.5 % repeat another's key, and a few
    rows of each table are invalid. Times are UTC and lie in the year before ``BULK_AS_OF``.

    Raises:
        ValueError: ``sessions`` is less than 100.
    """
    if sessions < 100:
        raise ValueError(f"sessions must be 100 or more, not {sessions}")
    with _connect(seed=seed, base=sessions, first_day=0, last_day=_DAYS) as connection:
        connection.execute(bulk_sql.BASE_SESSIONS)
        connection.execute(bulk_sql.BASE_ORDERS)
        _write_tables(connection, raw_dir, "part-0000", fmt)


def write_bulk_increment(
    raw_dir: Path,
    sessions: int,
    fraction: float = 0.01,
    fmt: Format = "parquet",
    seed: int = 1,
) -> datetime:
    """Add what a later extract would bring to the folders of ``write_bulk``, as ``part-0001``.

    ``sessions`` and ``seed`` are the base's. The new files hold ``fraction`` as many rows as the
    base: new sessions, actions and orders, one in twenty of them late by three days, and, three in
    twenty, old ones again: sessions with a later last_seen and orders that were updated since.

    Returns:
        The instant that the data then describes.

    Raises:
        ValueError: the fraction yields no row, or more than the base has.
    """
    more = int(sessions * fraction)
    if not 0 < more <= sessions:
        raise ValueError(f"fraction of {sessions} sessions must yield 1 or more, not {more}")
    as_of = bulk_as_of(fraction)
    last_day = _DAYS + 1 + (as_of - BULK_AS_OF).days
    with _connect(
        seed=seed, base=sessions, more=more, first_day=_DAYS, last_day=last_day
    ) as connection:
        connection.execute(bulk_sql.MORE_SESSIONS)
        connection.execute(bulk_sql.MORE_ORDERS)
        _write_tables(connection, raw_dir, "part-0001", fmt)
    return as_of


def _connect(base: int, **numbers: int) -> duckdb.DuckDBPyConnection:
    # Imported here, so that the sample shop needs the standard library alone.
    import duckdb

    connection = duckdb.connect(config={"memory_limit": "3GB"})
    step = timedelta(days=_DAYS) / timedelta(microseconds=1) / base
    for name, value in {"base": base, "step": step, **numbers}.items():
        connection.execute(f"set variable {name} = $value", {"value": value})
    connection.execute(bulk_sql.PREPARE)
    return connection


def _write_tables(
    connection: duckdb.DuckDBPyConnection, raw_dir: Path, part: str, fmt: Format
) -> None:
    statements = {
        "utm_sessions": bulk_sql.SESSIONS,
        "user_actions": bulk_sql.ACTIONS,
        "orders": bulk_sql.ORDERS,
        "refunds": bulk_sql.REFUNDS,
        "ad_spend": bulk_sql.SPEND,
    }
    for table, statement in statements.items():
        folder = raw_dir / table
        folder.mkdir(parents=True, exist_ok=True)
        columns = RAW_TABLES[table].items()
        typed = ", ".join(f'"{name}"::{kind} as "{name}"' for name, kind in columns)
        relation = connection.sql(f"select {typed} from ({statement})")  # noqa: S608 - constants
        target = str(folder / f"{part}.{fmt}")
        if fmt == "parquet":
            relation.write_parquet(target, compression="zstd")
        else:
            relation.write_csv(target, header=True)
