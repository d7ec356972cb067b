"""A publish on PostgreSQL takes nothing away: rights stay, and what others made over the marts."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from pg_marts import CLEAN, publish, schemas, settings_of, version_of, write
from postgres_server import PostgresDatabase, PostgresServer
from utm_pipeline.errors import WarehouseError
from utm_pipeline.refresh import publication
from utm_pipeline.settings import Settings
from utm_pipeline.warehouse import open_warehouse


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
        assert rights(database) == before
        assert may(database, bi, "select * from analytics.t")
        assert not may(database, bi, "select * from analytics.u")
        assert may(database, other, "select word from analytics.u")
        assert may(database, other, "select * from analytics.rpt_refresh")
    assert may(database, bi, f'grant select on analytics.t to "{other}"')


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
    publish(settings, database, 2, "create table analytics_next.fresh as select 1 as one")
    assert may(database, bi, "select * from analytics.fresh")
    assert not may(database, bi, "select * from analytics.t")


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
    assert schemas(database) == CLEAN


STANDING = {
    "materialised view": (
        ["create materialized view bi.kept as select * from analytics.t"],
        "materialized view bi.kept depends on",
    ),
    "on a view": (
        [
            "create view bi.plain as select * from analytics.t",
            "create materialized view bi.kept as select * from bi.plain",
        ],
        None,
    ),
    "function": (
        [
            "create function bi.total() returns bigint begin atomic "
            "select sum(ten) from analytics.t; end"
        ],
        "function bi.total() depends on",
    ),
    "row type": (
        ["create table bi.notes (about analytics.t)"],
        "column about of table bi.notes depends on",
    ),
}
"""What others may make over the marts, and how it is named where it cannot be carried over."""


@pytest.mark.parametrize("kind", STANDING)
def test_what_others_make_over_the_marts_survives(
    settings: Settings, database: PostgresDatabase, bi: str, kind: str
) -> None:
    database.execute("create schema bi", *STANDING[kind][0])
    before = made_by_others(database)
    for version in (2, 3):
        publish(settings, database, version)
        assert version_of(database) == version
        assert made_by_others(database) == before
    with database.connect() as connection:
        if "view" in kind:
            connection.execute("refresh materialized view bi.kept")
            assert connection.execute("select max(version) from bi.kept").fetchone() == (3,)
        if kind == "function":
            assert connection.execute("select bi.total()").fetchone() == (12750,)
    assert schemas(database) == CLEAN


def made_by_others(database: PostgresDatabase) -> list[object]:
    """What stands in the schema bi: the same things, and not others of the same name."""
    with database.connect() as connection:
        return connection.execute(
            "select oid, relname from pg_class where relnamespace = 'bi'::regnamespace "
            "union all select oid, proname from pg_proc where pronamespace = 'bi'::regnamespace "
            "order by 1"
        ).fetchall()


MEANWHILE = {
    "type": "alter table analytics_next.t alter column i type bigint",
    "column": "alter table analytics_next.t drop column i",
}


@pytest.mark.parametrize("change", MEANWHILE)
@pytest.mark.parametrize("kind", [kind for kind, (_, named) in STANDING.items() if named])
def test_what_stands_on_a_mart_with_other_columns_is_named(
    settings: Settings, database: PostgresDatabase, kind: str, change: str
) -> None:
    statements, named = STANDING[kind]
    database.execute("create schema bi", *statements)
    before = made_by_others(database)
    with pytest.raises(WarehouseError) as caught:
        publish(settings, database, 2, MEANWHILE[change])
    assert str(named) in caught.value.what
    assert "analytics.t" in caught.value.what
    assert "__replaced" not in caught.value.what
    assert "drop what is named" in caught.value.fix
    assert version_of(database) == 1
    assert made_by_others(database) == before
    assert schemas(database) == CLEAN


@pytest.mark.parametrize("change", MEANWHILE)
def test_other_columns_leave_rights_and_plain_views(
    settings: Settings, database: PostgresDatabase, bi: str, other: str, change: str
) -> None:
    database.execute(
        f"grant usage on schema analytics to {bi}, {other}",
        f"grant select on analytics.t to {bi} with grant option",
        f"grant select (version, i) on analytics.t to {other}",
        f"create schema bi; grant usage on schema bi to {bi}",
        "create view bi.v with (security_barrier=true) as select version, ten from analytics.t",
        "create materialized view bi.kept as select * from bi.v",
        f"grant select on bi.v to {bi}",
    )
    before = made_by_others(database)
    publish(settings, database, 2, MEANWHILE[change])
    assert version_of(database) == 2
    assert made_by_others(database) == before
    with database.connect() as connection:
        connection.execute(f'set role "{bi}"'.encode())
        assert connection.execute("select max(version), max(ten) from bi.v").fetchone() == (2, 500)
    assert may(database, other, "select version from analytics.t")
    assert not may(database, other, "select ten from analytics.t")
    assert may(database, bi, f'grant select on analytics.t to "{other}"')
    assert schemas(database) == CLEAN


def test_a_column_that_is_new_needs_no_other_view(
    settings: Settings, database: PostgresDatabase
) -> None:
    """Wherever the mart has it: the view keeps its columns in their order."""
    database.execute(
        "create schema bi", "create materialized view bi.kept as select * from analytics.t"
    )
    change = (
        "drop table analytics_next.t",
        "create table analytics_next.t as select 'new'::text as fresh, 10 * i as ten, i, "
        "2 as version from generate_series(1, 50) as s(i)",
    )
    publish(settings, database, 2, *change)
    with database.connect() as connection:
        row = connection.execute("select * from analytics.t order by i limit 1").fetchone()
    assert row == (2, 1, 10, "new")


def test_a_mart_that_is_gone_goes(settings: Settings, database: PostgresDatabase) -> None:
    publish(settings, database, 2, "create table analytics_next.brief as select 1 as one")
    publish(settings, database, 3)
    with database.connect() as connection:
        assert connection.execute("select to_regclass('analytics.brief')").fetchone() == (None,)
    assert schemas(database) == CLEAN


def test_nothing_of_others_is_overwritten_or_dropped(
    settings: Settings, database: PostgresDatabase
) -> None:
    """Neither in the served schema, nor beside it, nor what stands on a build."""
    build = served_build(database)
    database.execute(
        "create schema analytics_2024",
        "create table analytics.notes as select 'mine' as word",
        "create view analytics.recent as select * from analytics.t",
        f"create view analytics.direct as select * from {build}.t",
    )
    with publication(settings) as opened:
        opened.prepare(fresh=True)
        write(database, 2)
        (left,) = opened.publish("0")
    assert f"schema {build}, an earlier build, cannot be dropped" in left
    assert "view analytics.direct depends on" in left
    assert served_build(database) == "analytics_2025"
    with database.connect() as connection:
        for name, version in {"recent": 2, "direct": 1}.items():
            row = connection.execute(f"select max(version) from analytics.{name}".encode())
            assert row.fetchone() == (version,)
        assert connection.execute("select word from analytics.notes").fetchone() == ("mine",)
    with pytest.raises(WarehouseError, match='relation "notes" already exists') as caught:
        publish(settings, database, 3, "create table analytics_next.notes as select 1 as one")
    assert "rename or drop it" in caught.value.fix
    assert version_of(database) == 2
    database.execute("drop view analytics.direct")
    publish(settings, database, 3)
    assert served_build(database) == "analytics_2026"
    database.execute("drop schema analytics_2024")
    assert schemas(database) == CLEAN


def served_build(database: PostgresDatabase) -> str:
    """The schema of the build that is served."""
    with database.connect() as connection:
        row = connection.execute(
            "select distinct table_schema from information_schema.view_table_usage "
            "where view_schema = 'analytics' and view_name = 't'"
        ).fetchone()
    assert row is not None
    return str(row[0])


def test_functions_and_comments_are_served(
    settings: Settings, database: PostgresDatabase, bi: str
) -> None:
    more = (
        "create function analytics_next.twice(value int) returns bigint language sql stable "
        "begin atomic select value * max(version) from analytics_next.t; end",
        "create function analytics_next.words() returns setof analytics_next.u language sql stable "
        'as \'select * from "analytics_next"."u"\'',
        "comment on table analytics_next.t is 'One row a number; it''s plain.'",
        "comment on column analytics_next.t.ten is 'Ten times as much.'",
    )
    publish(settings, database, 2, *more)
    database.execute(
        "create schema bi",
        "create view bi.v as select analytics.twice(21) as twice, w.* from analytics.words() w",
        f"grant usage on schema analytics, bi to {bi}",
        f"grant select on bi.v, analytics.t, analytics.u to {bi}",
        "revoke execute on function analytics.twice from public",
        f"grant execute on function analytics.twice to {bi}",
    )
    for version in (3, 4):
        publish(settings, database, version, *more[:-1])
        with database.connect() as connection:
            connection.execute(f'set role "{bi}"'.encode())
            row = connection.execute("select * from bi.v").fetchone()
            comments = connection.execute(
                "select obj_description('analytics.t'::regclass), "
                "col_description('analytics.t'::regclass, 3)"
            ).fetchone()
        assert row == (21 * version, version, "x")
        assert comments == ("One row a number; it's plain.", None)
    assert schemas(database) == CLEAN


@pytest.fixture
def old(
    postgres: PostgresServer, bi: str, other: str, tmp_path: Path
) -> Iterator[PostgresDatabase]:
    """A database as an earlier version has left it: the marts are tables."""
    with postgres.database() as database:
        database.execute("create schema analytics")
        write(
            database,
            1,
            "create table analytics.gone as select 1 as one",
            "create function analytics.twice(value int) returns int language sql return 2 * value",
            f"grant usage on schema analytics to {bi}, {other}",
            f"grant select on all tables in schema analytics to {bi}",
            f"grant select (word) on analytics.u to {other}",
            "create schema bi",
            "create view bi.v as select version, ten from analytics.t",
            "create materialized view bi.kept as select * from bi.v",
            f"grant usage on schema bi to {bi}; grant select on bi.v to {bi}",
            schema="analytics",
        )
        yield database


def test_an_old_installation_is_turned_over(
    old: PostgresDatabase, bi: str, other: str, tmp_path: Path
) -> None:
    settings = settings_of(old, tmp_path)
    with open_warehouse(settings) as warehouse:
        assert warehouse.execute("select max(version) from t", {}).fetchone() == (1,)
    before = made_by_others(old)
    twice = "create function analytics_next.twice(v int) returns bigint language sql return 2 * v"
    with publication(settings) as build:
        build.prepare(fresh=True)
        write(old, 2, twice, "create table analytics_next.fresh as select 1 as one")
        (left,) = build.publish("0")
    assert "analytics.gone is a table, but no mart of this version" in left
    for version in (2, 3):
        assert version_of(old) == version
        assert made_by_others(old) == before
        assert may(old, bi, "select version from bi.v")
        assert may(old, bi, "select * from analytics.fresh")
        assert may(old, other, "select word from analytics.u")
        assert not may(old, other, "select version from analytics.u")
        with old.connect() as connection:
            assert connection.execute("select max(version) from bi.v").fetchone() == (version,)
            assert connection.execute("select analytics.twice(4)").fetchone() == (8,)
        assert schemas(old) == CLEAN
        publish(settings, old, 3, twice, "create table analytics_next.fresh as select 1 as one")


def test_what_stands_on_a_table_of_an_old_installation_is_named(
    old: PostgresDatabase, tmp_path: Path
) -> None:
    old.execute(
        "alter table analytics.u add primary key (version)",
        "create table bi.notes (version int references analytics.u)",
    )
    with pytest.raises(WarehouseError, match="constraint notes_version_fkey on table bi"):
        publish(settings_of(old, tmp_path), old, 2)
    assert version_of(old) == 1
    assert schemas(old) == {"analytics", "analytics_int"}


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
    assert schemas(database) == CLEAN
    with database.connect() as connection:
        assert connection.execute("select sum(ten) from bi.v").fetchone() == (12750,)


def test_a_view_of_a_role_that_we_cannot_act_for_stays(
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
        publish(settings, own, 2)
        with database.connect() as connection:
            assert connection.execute("select max(version) from bi.v").fetchone() == (2,)
        with pytest.raises(WarehouseError, match=r"view bi\.v depends on"):
            publish(settings, own, 3, MEANWHILE["type"])
        assert version_of(own) == 2
        database.execute(f"grant {theirs} to {ours}")
        publish(settings, own, 3, MEANWHILE["type"])
        assert version_of(own) == 3
