"""Snapshots under many readers and publishes, on both engines."""

from __future__ import annotations

import dataclasses
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import pytest

from pg_marts import publish, settings_of
from postgres_server import PostgresDatabase, PostgresServer
from test_publish_readers import publish_file, wait_until_somebody_waits
from utm_pipeline.errors import NoWarehouseError, WarehouseError
from utm_pipeline.settings import Settings, load_settings
from utm_pipeline.warehouse import Snapshot, Snapshots, snapshots
from utm_pipeline.warehouse.duckdb_reader import DuckDBSnapshots
from utm_pipeline.warehouse.postgres_reader import MOST_CONNECTIONS, PostgresSnapshots

READERS, PUBLISHES = 8, 6


@dataclass(frozen=True)
class Served:
    """A warehouse of version 1, and how to publish others."""

    settings: Settings
    publish: Callable[[int], None]


@pytest.fixture(params=["duckdb", "postgres"])
def served(
    request: pytest.FixtureRequest, postgres: PostgresServer, tmp_path: Path
) -> Iterator[Served]:
    if request.param == "duckdb":
        settings = load_settings({"UTM_WAREHOUSE": str(tmp_path / "w" / "utm.duckdb")}, tmp_path)
        publish_file(settings, 1)
        yield Served(settings, lambda version: publish_file(settings, version))
        return
    with postgres.database() as database:
        settings = settings_of(database, tmp_path)
        publish(settings, database, 1)
        yield Served(settings, lambda version: publish(settings, database, version))


@pytest.fixture
def opened(served: Served) -> Iterator[Snapshots]:
    made = snapshots(served.settings)
    yield made
    made.close()


@pytest.fixture
def database(postgres: PostgresServer, tmp_path: Path) -> Iterator[PostgresDatabase]:
    with postgres.database() as fresh:
        publish(settings_of(fresh, tmp_path), fresh, 1)
        yield fresh


def seen(snapshot: Snapshot) -> set[int]:
    """The versions that two tables of a snapshot hold: one, unless it is torn."""
    found: set[int] = set()
    for table in ("t", "u"):
        rows = snapshot.warehouse.execute(f"select distinct version from {table}", {})
        found |= {row[0] for row in rows.fetchmany(10)}
    return found


def test_readers_see_whole_snapshots_and_soon_the_newest(served: Served, opened: Snapshots) -> None:
    stop = threading.Event()

    def read() -> list[int]:
        versions = []
        while not stop.is_set():
            with opened.open() as snapshot:
                (version,) = seen(snapshot)
            versions.append(version)
        return versions

    with ThreadPoolExecutor(READERS) as pool:
        readers = [pool.submit(read) for _ in range(READERS)]
        try:
            for version in range(2, PUBLISHES + 1):
                served.publish(version)
                with opened.open() as snapshot:
                    assert seen(snapshot) == {version}
        finally:
            stop.set()
        for reader in readers:
            versions = reader.result(timeout=30)
            assert versions == sorted(versions)
            assert len(versions) > 5


def test_a_held_snapshot_stays_as_it_was(tmp_path: Path) -> None:
    settings = load_settings({"UTM_WAREHOUSE": str(tmp_path / "w" / "utm.duckdb")}, tmp_path)
    publish_file(settings, 1)
    opened = DuckDBSnapshots(settings)
    with opened.open() as held:
        publish_file(settings, 2)
        with opened.open() as newer:
            assert seen(newer) == {2}
            assert newer.version != held.version
        assert seen(held) == {1}
    opened.close()


def test_a_snapshot_is_held_before_anything_is_read(
    database: PostgresDatabase, tmp_path: Path
) -> None:
    settings = settings_of(database, tmp_path)
    opened = PostgresSnapshots(settings)
    with opened.open() as known:
        assert seen(known) == {1}
    publishing = threading.Thread(target=publish, args=(settings, database, 2))
    with opened.open() as held:
        # What it says of itself is known from before, so that it has locked no view.
        assert held.version == known.version
        publishing.start()
        wait_until_somebody_waits(database)
        assert seen(held) == {1}
    publishing.join(30)
    with opened.open() as newer:
        assert seen(newer) == {2}
    opened.close()


def test_a_replaced_file_is_closed_by_its_last_reader(tmp_path: Path) -> None:
    settings = load_settings({"UTM_WAREHOUSE": str(tmp_path / "w" / "utm.duckdb")}, tmp_path)
    publish_file(settings, 1)
    opened = DuckDBSnapshots(settings)
    for version in range(2, 6):
        with opened.open():
            publish_file(settings, version)
            with opened.open():
                pass
    opened.close()
    links = Path("/proc/self/fd")
    if links.is_dir():
        held = [link for link in links.iterdir() if str(tmp_path) in _target(link)]
        assert held == []


def _target(link: Path) -> str:
    try:
        return str(link.readlink())
    except OSError:
        return ""


def test_the_version_is_that_of_what_is_opened(served: Served, opened: Snapshots) -> None:
    versions = set()
    for number in range(2, 5):
        before = opened.version()
        with opened.open() as snapshot:
            assert snapshot.version == before
        versions.add(before)
        served.publish(number)
    assert len({*versions, opened.version()}) == 4


def test_a_served_file_reads_no_other(tmp_path: Path) -> None:
    import duckdb

    settings = load_settings({"UTM_WAREHOUSE": str(tmp_path / "w" / "utm.duckdb")}, tmp_path)
    publish_file(settings, 1)
    opened = DuckDBSnapshots(settings)
    with opened.open() as snapshot, pytest.raises(duckdb.PermissionException):
        snapshot.warehouse.execute("select * from read_text('/etc/hostname')", {})
    opened.close()


def test_no_warehouse_yet(tmp_path: Path) -> None:
    settings = load_settings({"UTM_WAREHOUSE": str(tmp_path / "w" / "utm.duckdb")}, tmp_path)
    opened = DuckDBSnapshots(settings)
    with pytest.raises(NoWarehouseError):
        opened.version()
    with pytest.raises(NoWarehouseError), opened.open():
        pass
    publish_file(settings, 1)
    with opened.open() as snapshot:
        assert seen(snapshot) == {1}
    opened.close()


def test_connections_that_the_server_cut_are_made_anew(
    database: PostgresDatabase, tmp_path: Path
) -> None:
    opened = PostgresSnapshots(settings_of(database, tmp_path))
    with opened.open() as snapshot:
        assert seen(snapshot) == {1}
    with database.connect() as connection:
        connection.execute(
            "select pg_terminate_backend(pid) from pg_stat_activity "
            "where application_name = 'utm-pipeline' and pid <> pg_backend_pid()"
        )
    with opened.open() as snapshot:
        assert seen(snapshot) == {1}
    opened.close()


def test_a_few_connections_serve_many(database: PostgresDatabase, tmp_path: Path) -> None:
    opened = PostgresSnapshots(settings_of(database, tmp_path))
    most = 0

    def read(_: int) -> None:
        nonlocal most
        with opened.open() as snapshot:
            row = snapshot.warehouse.execute(
                "select count(*) from pg_stat_activity where application_name = 'utm-pipeline'", {}
            ).fetchone()
            assert row is not None
            most = max(most, row[0])
            time.sleep(0.01)

    with ThreadPoolExecutor(3 * MOST_CONNECTIONS) as pool:
        list(pool.map(read, range(6 * MOST_CONNECTIONS)))
    assert 2 <= most <= MOST_CONNECTIONS
    opened.close()


def test_a_server_that_is_away_is_told_at_once(database: PostgresDatabase, tmp_path: Path) -> None:
    settings = settings_of(database, tmp_path)
    away = dataclasses.replace(
        settings, libpq={**settings.libpq, "PGPORT": "1", "PGHOST": "127.0.0.1"}
    )
    opened = PostgresSnapshots(away)
    begun = time.monotonic()
    for _ in range(MOST_CONNECTIONS + 2):
        with pytest.raises(WarehouseError, match="cannot be reached"), opened.open():
            pass
    assert time.monotonic() - begun < 5
