"""A publish on PostgreSQL takes nothing away: rights stay, views of others read the new marts."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from pg_marts import publish, schemas, settings_of, version_of
from postgres_server import PostgresDatabase, PostgresServer
from utm_pipeline.errors import WarehouseError
from utm_pipeline.refresh.publish_postgres import publication
from utm_pipeline.settings import Settings


@pytest.fixture
def bi(postgres: PostgresServer) -> Iterator[str]:
    """A role that reads the marts."""
    with postgres.role() as name:
        yield name


@pytest.fixture
def other(postgres: PostgresServer) -> Iterator[str]:
    with postgres.role() as name:
        yield name


@pytest.fixture
def database(
    postgres: PostgresServer, bi: str, other: str, tmp_path: Path
) -> Iterator[PostgresDatabase]:
    """A database with marts of version 1. It goes before the roles, and their rights with it."""
    with postgres.database() as fresh:
        publish(settings_of(fresh, tmp_path), fresh, 1)
        yield fresh


@pytest.fixture
def settings(database: PostgresDatabase, tmp_path: Path) -> Settings:
    return settings_of(database, tmp_path)


def may(database: PostgresDatabase, role: str, statement: str) -> bool:
    """Whether a role may run a statement."""
    with database.connect() as connection:
        connection.execute(f'set role "{role}"'.encode())
        try:
            connection.execute(statement.encode())
        except psycopg.errors.InsufficientPrivilege:
            return False
    return True


def rights(database: PostgresDatabase) -> list[str]:
    """All rights on the served schema, its tables, columns, and on tables to come."""
    with database.connect() as connection:
        rows = connection.execute(
            """
            select 'schema', nspacl::text from pg_namespace where nspname = 'analytics'
            union all
            select relname, relacl::text from pg_class
            where relnamespace = 'analytics'::regnamespace
            union all
            select attname, attacl::text from pg_attribute join pg_class on attrelid = pg_class.oid
            where relnamespace = 'analytics'::regnamespace and attacl is not null
            union all
            select 'to come', defaclacl::text from pg_default_acl
            where defaclnamespace = 'analytics'::regnamespace
            order by 1, 2
            """
        ).fetchall()
    return [f"{name}: {acl}" for name, acl in rows]


def test_every_kind_of_right_is_kept(
    settings: Settings, database: PostgresDatabase, bi: str, other: str
) -> None:
    database.execute(
        f"grant usage on schema analytics to {bi}, {other}",
        f"grant select on analytics.t to {bi} with grant option",
        f"grant select (word), references (version) on analytics.u to {other}",
        "grant select on analytics.rpt_refresh to public",
        f"alter default privileges in schema analytics grant select, trigger on tables to {other}",
    )
    before = rights(database)
    assert len(before) == 7
    for version in (2, 3):
        publish(settings, database, version)
        assert version_of(database) == version
        after = rights(database)
        # Default rights reach the tables of the next publish, as they are tables to come.
        assert [
            line for line in after if line.startswith(("schema", "word", "version", "to c"))
        ] == [line for line in before if line.startswith(("schema", "word", "version", "to c"))]
        assert may(database, bi, "select * from analytics.t")
        assert not may(database, bi, "select * from analytics.u")
        assert may(database, other, "select word from analytics.u")
        assert may(database, bi, f'grant select on analytics.t to "{other}"')
        assert may(database, other, "select * from analytics.rpt_refresh")


def test_who_reads_everything_reads_a_new_mart_and_nobody_else_does(
    settings: Settings, database: PostgresDatabase, bi: str, other: str
) -> None:
    database.execute(
        f"grant usage on schema analytics to {bi}, {other}",
        f"grant select on all tables in schema analytics to {bi}",
        f"grant select on analytics.t to {other}",
    )
    publish(settings, database, 2, "create table analytics_next.fresh as select 1 as one")
    assert may(database, bi, "select * from analytics.fresh")
    assert not may(database, other, "select * from analytics.fresh")
    assert may(database, other, "select * from analytics.t")


def test_default_rights_reach_marts_that_are_new(
    settings: Settings, database: PostgresDatabase, bi: str
) -> None:
    database.execute(
        f"grant usage on schema analytics to {bi}",
        f"alter default privileges in schema analytics grant select on tables to {bi}",
    )
    assert not may(database, bi, "select * from analytics.t")
    publish(settings, database, 2)
    assert may(database, bi, "select * from analytics.t")


def test_views_of_others_read_the_new_marts_and_keep_their_rights(
    settings: Settings, database: PostgresDatabase, bi: str
) -> None:
    database.execute(
        "create schema bi",
        "create view bi.first with (security_barrier=true) as "
        "select version, sum(ten) as tens from analytics.t group by version",
        "create view bi.second (v, tens) as "
        "select f.version, f.tens from bi.first f join analytics.u using (version)",
        f"grant usage on schema bi to {bi}",
        f"grant select on bi.second to {bi}",
    )
    for version in (2, 3):
        publish(settings, database, version)
        with database.connect() as connection:
            connection.execute(f'set role "{bi}"'.encode())
            assert connection.execute("select * from bi.second").fetchall() == [(version, 12750)]
            connection.execute("reset role")
            options = connection.execute(
                "select reloptions from pg_class where oid = 'bi.first'::regclass"
            ).fetchone()
        assert options == (["security_barrier=true"],)
    assert schemas(database) == {"analytics", "analytics_int"}


@pytest.mark.parametrize(
    ("statements", "named"),
    [
        (["create materialized view bi.kept as select * from analytics.t"], "view bi.kept"),
        (
            [
                "create view bi.plain as select * from analytics.t",
                "create materialized view bi.kept as select * from bi.plain",
            ],
            "materialized view bi.kept",
        ),
        (
            [
                "create function bi.total() returns bigint begin atomic "
                "select sum(ten) from analytics.t; end"
            ],
            "function bi.total()",
        ),
        (
            [
                "alter table analytics.u add primary key (version)",
                "create table bi.notes (version int references analytics.u)",
            ],
            "constraint notes_version_fkey on table bi.notes",
        ),
        (
            ["create policy mine on analytics.t using (true)"],
            "policy mine on table analytics.t",
        ),
    ],
    ids=["materialised view", "on a view", "function", "foreign key", "policy"],
)
@pytest.mark.parametrize("moment", ["before", "meanwhile"])
def test_what_cannot_be_stated_again_stops_a_refresh(
    settings: Settings,
    database: PostgresDatabase,
    statements: list[str],
    named: str,
    moment: str,
) -> None:
    def plant() -> None:
        database.execute(*statements)

    database.execute("create schema bi")
    if moment == "before":
        plant()
    with pytest.raises(WarehouseError) as caught:
        publish(settings, database, 2, meanwhile=plant if moment == "meanwhile" else None)
    assert named in caught.value.what
    assert "depends on the marts" in caught.value.what
    assert version_of(database) == 1
    assert schemas(database) == {"analytics", "analytics_int"}


@pytest.mark.parametrize(
    "change",
    [
        "alter table analytics_next.t drop column ten",
        "alter table analytics_next.t alter column ten type text",
        "drop table analytics_next.t",
    ],
)
def test_a_view_that_no_longer_fits_fails_the_publish_and_nothing_is_lost(
    settings: Settings, database: PostgresDatabase, change: str
) -> None:
    database.execute("create schema bi", "create view bi.v as select i, ten from analytics.t")
    with pytest.raises(WarehouseError) as caught:
        publish(settings, database, 2, change)
    assert "a view on the marts no longer fits" in caught.value.what
    assert "drop or change the view" in caught.value.fix
    assert version_of(database) == 1
    assert schemas(database) == {"analytics", "analytics_int"}
    with database.connect() as connection:
        assert connection.execute("select sum(ten) from bi.v").fetchone() == (12750,)


def test_a_view_of_a_role_that_we_cannot_act_for_is_refused_before_the_build(
    postgres: PostgresServer, tmp_path: Path
) -> None:
    with postgres.role() as ours, postgres.role() as theirs, postgres.database() as database:
        database.execute(
            f"grant create on database {database.keywords['dbname']} to {ours}",
            f"create schema bi authorization {theirs}",
        )
        settings = settings_of(database, tmp_path, PGUSER=ours)
        own = PostgresDatabase({**database.keywords, "user": ours})
        publish(settings, own, 1)
        database.execute(
            f"grant usage on schema analytics to {theirs}",
            f"grant select on analytics.t to {theirs}",
            f"set role {theirs}; create view bi.v as select version from analytics.t",
        )
        with (
            pytest.raises(WarehouseError, match=r"view bi\.v .* another role"),
            publication(settings) as build,
        ):
            build.prepare(fresh=True)
        assert version_of(own) == 1
        database.execute(f"grant {theirs} to {ours}")
        publish(settings, own, 2)
        with database.connect() as connection:
            assert connection.execute("select max(version) from bi.v").fetchone() == (2,)
