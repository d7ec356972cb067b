"""Readers through many publishes: no error, no torn or empty answer, never two versions at once."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

import duckdb
import pytest

from pg_marts import CLEAN, MARTS, ROWS, publish, schemas, settings_of, version_of
from postgres_server import PostgresDatabase, PostgresServer
from reading_process import Seen, reading
from utm_pipeline.errors import WarehouseError
from utm_pipeline.refresh import publication, publish_postgres
from utm_pipeline.refresh.publish_duckdb import FileBuild
from utm_pipeline.settings import Settings, load_settings
from utm_pipeline.warehouse import open_warehouse
from utm_pipeline.warehouse.postgres_reader import publish_lock

PUBLISHES = 50


@dataclass(frozen=True)
class Served:
    """Marts of version 1, and how to publish others."""

    variables: dict[str, str]
    folder: Path
    publish: Callable[[int], None]


@pytest.fixture(params=["duckdb", "postgres"])
def served(
    request: pytest.FixtureRequest, postgres: PostgresServer, tmp_path: Path
) -> Iterator[Served]:
    if request.param == "duckdb":
        variables = {"UTM_WAREHOUSE": str(tmp_path / "warehouse" / "utm.duckdb")}
        settings = load_settings(variables, tmp_path)
        publish_file(settings, 1)
        yield Served(variables, tmp_path, lambda version: publish_file(settings, version))
        return
    with postgres.database() as database:
        settings = settings_of(database, tmp_path)
        publish(settings, database, 1)
        variables = {**database.environment, "UTM_TARGET": "postgres"}
        yield Served(variables, tmp_path, lambda version: publish(settings, database, version))


@pytest.fixture
def database(postgres: PostgresServer, tmp_path: Path) -> Iterator[PostgresDatabase]:
    """A database that serves version 1."""
    with postgres.database() as fresh:
        publish(settings_of(fresh, tmp_path), fresh, 1)
        yield fresh


def publish_file(settings: Settings, version: int) -> None:
    with publication(settings) as build:
        assert isinstance(build, FileBuild)
        build.prepare(fresh=True)
        with duckdb.connect(str(build.build_path)) as connection:
            connection.execute("create schema analytics")
            for text in MARTS:
                statement = text.format(schema="analytics", version=version, rows=ROWS)
                connection.execute(statement)
        build.publish("0")


def assert_whole(seen: Seen, last: int) -> None:
    assert seen.errors == []
    assert seen.torn == []
    assert seen.versions == sorted(seen.versions)
    assert len(seen.versions) > 5
    assert seen.versions[-1] <= last


def test_readers_through_fifty_publishes(served: Served) -> None:
    with ExitStack() as stack:
        readers = [
            stack.enter_context(reading(served.variables, served.folder, hold, 0.02))
            for hold in (0.0, 0.03)
        ]
        for version in range(2, PUBLISHES + 2):
            served.publish(version)
        answers = [reader.stop() for reader in readers]
    for seen in answers:
        assert_whole(seen, PUBLISHES + 1)
        assert len(set(seen.versions)) > 10


def test_readers_that_overlap_all_the_time_do_not_keep_a_publish_out(
    database: PostgresDatabase, tmp_path: Path
) -> None:
    variables = {**database.environment, "UTM_TARGET": "postgres"}
    with ExitStack() as stack:
        readers = [
            stack.enter_context(reading(variables, tmp_path, hold=0.4, pause=0)) for _ in range(3)
        ]
        started = time.monotonic()
        publish(settings_of(database, tmp_path), database, 2)
        took = time.monotonic() - started
        answers = [reader.stop() for reader in readers]
    assert version_of(database) == 2
    assert took < 20
    for seen in answers:
        assert seen.errors == seen.torn == []
        # A reader waits for a publish that queues, no longer than the readers before it read.
        assert seen.slowest_opening < 4


def test_who_reads_for_long_keeps_the_old_marts_and_others_read_meanwhile(
    database: PostgresDatabase, tmp_path: Path
) -> None:
    settings = settings_of(database, tmp_path)
    variables = {**database.environment, "UTM_TARGET": "postgres"}
    publishing = threading.Thread(target=publish, args=(settings, database, 2))
    with reading(variables, tmp_path) as reader:
        with open_warehouse(settings) as held:
            assert held.execute("select max(version) from t", {}).fetchone() == (1,)
            publishing.start()
            # Long enough that the publish queues, steps aside, and queues again.
            publishing.join(4)
            assert publishing.is_alive()
            assert held.execute("select max(version) from t", {}).fetchone() == (1,)
        publishing.join(30)
        assert not publishing.is_alive()
        time.sleep(0.2)
        seen = reader.stop()
    assert version_of(database) == 2
    assert_whole(seen, 2)
    # A publish queues for one second, then for two: others do not wait for the one who holds it.
    assert seen.slowest_opening < 3.5
    assert set(seen.versions) == {1, 2}


def test_a_publish_gives_up_when_a_reader_never_ends(
    database: PostgresDatabase, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(publish_postgres, "_PATIENCE_SECONDS", 0)
    settings = settings_of(database, tmp_path)
    with (
        open_warehouse(settings) as held,
        pytest.raises(WarehouseError, match="readers did not let go") as caught,
    ):
        assert held.execute("select max(version) from t", {}).fetchone() == (1,)
        publish(settings, database, 2)
    assert "end long-running queries" in caught.value.fix
    assert version_of(database) == 1
    assert schemas(database) == CLEAN


def test_a_default_isolation_of_the_role_does_not_show_empty_marts(
    database: PostgresDatabase, tmp_path: Path
) -> None:
    name = database.keywords["dbname"]
    database.execute(f"alter database {name} set default_transaction_isolation = 'repeatable read'")
    settings = settings_of(database, tmp_path)
    answers: list[object] = []

    def read() -> None:
        with open_warehouse(settings) as warehouse:
            row = warehouse.execute("select max(version), count(*) from t", {}).fetchone()
            answers.append(row)

    with publication(settings) as build:
        build.prepare(fresh=True)
        with database.connect() as connection, connection.transaction():
            lock = publish_lock("analytics")
            connection.execute(f"select pg_advisory_xact_lock({lock})".encode())
            waiting = threading.Thread(target=read)
            waiting.start()
            wait_until_somebody_waits(database)
            # As a publish does it, while the reader waits.
            connection.execute(b"drop schema analytics cascade; create schema analytics")
            for text in MARTS:
                statement = text.format(schema="analytics", version=2, rows=ROWS)
                connection.execute(statement.encode())
        waiting.join(20)
    assert answers == [(2, ROWS)]


def test_a_build_in_use_is_dropped_by_the_next_publish(
    database: PostgresDatabase, tmp_path: Path
) -> None:
    settings = settings_of(database, tmp_path)
    with database.connect() as tool, tool.transaction():
        # As pg_dump does it, which locks tables and no views.
        tool.execute(b"lock table analytics_1.t in access share mode")
        publish(settings, database, 2)
        assert version_of(database) == 2
        with database.connect() as connection:
            found = connection.execute("select count(*) from analytics_1.t").fetchone()
        assert found == (ROWS,)
    publish(settings, database, 3)
    assert schemas(database) == CLEAN


def test_a_tool_that_reads_views_in_one_transaction_is_waited_for(
    database: PostgresDatabase, tmp_path: Path
) -> None:
    """It holds one view and takes another while the publish wants both: neither is ended."""
    settings = settings_of(database, tmp_path)
    variables = {**database.environment, "UTM_TARGET": "postgres"}
    publishing = threading.Thread(target=publish, args=(settings, database, 2))
    with reading(variables, tmp_path) as reader:
        with database.connect() as tool, tool.transaction():
            assert tool.execute(b"select max(version) from analytics.u").fetchone() == (1,)
            publishing.start()
            for _ in range(3):
                # The publish holds t by now, which comes before u.
                wait_until_somebody_waits(database, "relation")
                assert tool.execute(b"select max(version) from analytics.t").fetchone() == (1,)
            publishing.join(2)
            assert publishing.is_alive()
        publishing.join(30)
        assert not publishing.is_alive()
        seen = reader.stop()
    assert version_of(database) == 2
    assert seen.errors == seen.torn == []
    assert seen.slowest_opening < 3.5


def wait_until_somebody_waits(database: PostgresDatabase, lock: str = "advisory") -> None:
    with database.connect() as connection:
        for _ in range(2000):
            row = connection.execute(
                "select count(*) from pg_locks where locktype = %s and not granted", [lock]
            ).fetchone()
            if row != (0,):
                return
            time.sleep(0.02)
    raise AssertionError("nobody waits")
