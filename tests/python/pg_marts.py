"""Small marts on PostgreSQL, published without a build: a table t of one version and its rows."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from postgres_server import PostgresDatabase
from utm_pipeline.refresh import publication
from utm_pipeline.settings import Settings, load_settings

ROWS = 50
MARTS = (
    "create table {schema}.rpt_refresh as "
    "select timestamp '2024-04-01' as as_of, 'Europe/Kyiv'::text as timezone",
    "create table {schema}.t as "
    "select {version}::int as version, i, 10 * i as ten from generate_series(1, {rows}) as s(i)",
    "create table {schema}.u as select {version}::int as version, 'x'::text as word",
)


def settings_of(database: PostgresDatabase, folder: Path, **variables: str) -> Settings:
    """Settings of the target postgres; ``variables`` win."""
    return load_settings(
        {
            **database.environment,
            "UTM_TARGET": "postgres",
            "UTM_WAREHOUSE": str(folder / "warehouse" / "utm.duckdb"),
            "UTM_PII_KEY": "test-key",
            "UTM_LANG": "en",
            **variables,
        },
        folder,
    )


def write(
    database: PostgresDatabase, version: int, *more: str, schema: str = "analytics_next"
) -> None:
    """Marts of a version in a schema that is there, and what ``more`` statements do."""
    statements = [text.format(schema=schema, version=version, rows=ROWS) for text in MARTS]
    database.execute("create schema if not exists analytics_int", *statements, *more)


def publish(
    settings: Settings,
    database: PostgresDatabase,
    version: int,
    *more: str,
    meanwhile: Callable[[], object] | None = None,
) -> None:
    """Prepares, writes marts of a version, and publishes them."""
    with publication(settings) as build:
        build.prepare(fresh=True)
        write(database, version, *more)
        if meanwhile is not None:
            meanwhile()
        build.publish("0")


def version_of(database: PostgresDatabase) -> int:
    """The version that is served."""
    with database.connect() as connection:
        row = connection.execute("select min(version), count(*) from analytics.t").fetchone()
    assert row is not None
    assert row[1] == ROWS
    return int(str(row[0]))


def schemas(database: PostgresDatabase) -> set[str]:
    """The pipeline's schemas, without their numbers: that of the served build is analytics_#."""
    with database.connect() as connection:
        rows = connection.execute(
            "select regexp_replace(nspname, '[0-9]+$', '#') from pg_namespace "
            "where nspname like 'analytics%'"
        ).fetchall()
    # One more than once is too many.
    assert len(rows) == len(set(rows))
    return {str(row[0]) for row in rows}


CLEAN = {"analytics", "analytics_int", "analytics_#"}
"""The schemas when nothing is left behind."""
