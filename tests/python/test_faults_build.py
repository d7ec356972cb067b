"""Faults in the middle of a real build: nothing is served of it, and the next one is whole."""

from __future__ import annotations

import shutil
import signal
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from fault_process import Commands, Ended, commands
from fault_shop import AS_OF, Shop, lock_table, make_shop
from postgres_server import PostgresDatabase, PostgresServer
from utm_pipeline import cli
from utm_pipeline.refresh import publication

REFRESH = ("refresh", "--as-of", AS_OF)
AGAIN = ("nothing was published", "then run `utm-pipeline refresh`")


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Commands]:
    with commands(tmp_path_factory.mktemp("commands")) as started:
        yield started


@pytest.fixture(scope="module")
def on_duckdb(run: Commands, tmp_path_factory: pytest.TempPathFactory) -> Shop:
    shop = make_shop(tmp_path_factory.mktemp("duckdb"), None)
    ended = run.run(shop.variables, *REFRESH)
    assert ended.code == 0, ended
    return shop


@pytest.fixture(scope="module")
def on_postgres(
    run: Commands, tmp_path_factory: pytest.TempPathFactory, postgres: PostgresServer
) -> Iterator[Shop]:
    with postgres.database() as database:
        shop = make_shop(tmp_path_factory.mktemp("postgres"), database)
        ended = run.run(shop.variables, *REFRESH)
        assert ended.code == 0, ended
        yield shop


@contextmanager
def served_as_before(shop: Shop) -> Iterator[None]:
    """Whatever happens in the block, the same is served behind it and nothing else is left."""
    before = shop.served()
    assert before
    yield
    assert shop.served() == before
    assert shop.read() == 6
    assert shop.remains() == []


@pytest.fixture(params=["duckdb", "postgres"])
def shop(request: pytest.FixtureRequest) -> Shop:
    found = request.getfixturevalue(f"on_{request.param}")
    assert isinstance(found, Shop)
    return found


def test_a_failing_data_test_publishes_nothing(shop: Shop, run: Commands) -> None:
    with served_as_before(shop):
        ended = run.run(
            shop.variables, *REFRESH, fault="double orders at:assert_facts_hold_every_row"
        )
    ended.assert_error(1, "test assert_facts_hold_every_row failed", "Got 1 result", *AGAIN)


def test_a_key_that_stands_twice_publishes_nothing(shop: Shop, run: Commands) -> None:
    with served_as_before(shop):
        ended = run.run(shop.variables, *REFRESH, fault="double sessions at:_int,fct_sessions")
    ended.assert_error(
        1, "model fct_sessions failed", "the key (session_id) stands twice or is missing", *AGAIN
    )


def test_a_second_refresh_ends_at_once(
    shop: Shop,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    variables = dict(shop.variables)
    if shop.engine == "postgres":
        # From another folder and with another state, so that only the server knows of the first.
        variables["UTM_WAREHOUSE"] = str(tmp_path / "elsewhere" / "utm.duckdb")
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    with served_as_before(shop), publication(shop.settings) as build:
        build.prepare(fresh=False)
        started = time.monotonic()
        assert cli.main(REFRESH) == 5
        assert time.monotonic() - started < 3
        out, err = capsys.readouterr()
        assert shop.remains() != []
    assert out == ""
    assert [line.partition(":")[0] for line in err.splitlines()] == ["error", "fix"]
    assert "another refresh is running" in err


def builders(database: PostgresDatabase) -> list[int]:
    """Connections of the build that wait for a lock, as soon as there are some."""
    for _ in range(1200):
        with database.connect() as connection:
            rows = connection.execute(
                "select pid from pg_stat_activity where datname = current_database() "
                "and application_name like 'utm-pipeline-build%' and wait_event_type = 'Lock'"
            ).fetchall()
        if rows:
            return [int(str(row[0])) for row in rows]
        time.sleep(0.05)
    raise AssertionError("nothing waits")


def cut(database: PostgresDatabase, condition: str) -> int:
    """Ends connections, as a server does that is restarted; how many they were."""
    with database.connect() as connection:
        return len(
            connection.execute(
                "select pg_terminate_backend(pid, 5000) from pg_stat_activity "
                f"where datname = current_database() and {condition}".encode()
            ).fetchall()
        )


def test_a_connection_of_the_build_is_cut(on_postgres: Shop, run: Commands) -> None:
    database = on_postgres.database
    assert database is not None
    with served_as_before(on_postgres):
        with lock_table(database, "shop.orders"):
            command = run.start(on_postgres.variables, *REFRESH)
            assert cut(database, f"pid in ({builders(database)[0]})") == 1
        ended = command.end()
    ended.assert_error(
        1, "error: model ", " failed: ", "connection", "look whether the server", *AGAIN
    )


def test_the_connection_that_holds_the_snapshot_is_cut(on_postgres: Shop, run: Commands) -> None:
    database = on_postgres.database
    assert database is not None
    with served_as_before(on_postgres):
        command = run.start(on_postgres.variables, *REFRESH, fault="stop at:base_orders")
        command.wait_until_it_stops()
        assert cut(database, "application_name = 'utm-pipeline-snapshot'") == 1
        command.go_on()
        ended = command.end()
    ended.assert_error(1, "base_", "invalid snapshot identifier", "look whether the server", *AGAIN)


def test_every_connection_is_cut_at_once(on_postgres: Shop, run: Commands) -> None:
    """As when the server is restarted. The refresh cannot clear up, so the next one does."""
    database = on_postgres.database
    assert database is not None
    before = on_postgres.served()
    with lock_table(database, "shop.orders"):
        command = run.start(on_postgres.variables, *REFRESH)
        builders(database)
        assert cut(database, "application_name like 'utm-pipeline-%'") >= 3
    ended = command.end()
    ended.assert_error(1, "failed: ", "look whether the server", *AGAIN)
    assert on_postgres.served() == before
    assert on_postgres.remains() == ["analytics_next"]
    ended = run.run(on_postgres.variables, *REFRESH)
    assert ended.code == 0, ended
    assert on_postgres.served() == before
    assert on_postgres.remains() == []


def assert_disk_full(ended: Ended) -> None:
    ended.assert_error(1, "the disk is full", "free space")


def test_no_space_for_the_copy_of_the_warehouse(on_duckdb: Shop, run: Commands) -> None:
    with served_as_before(on_duckdb):
        size = on_duckdb.settings.warehouse.stat().st_size // 2
        ended = run.run(on_duckdb.variables, *REFRESH, fault=f"limit files:{size}")
    assert_disk_full(ended)


def test_no_space_in_the_middle_of_a_build(on_duckdb: Shop, run: Commands) -> None:
    with served_as_before(on_duckdb):
        ended = run.run(on_duckdb.variables, *REFRESH, "--full-refresh", fault="limit files:100000")
    assert_disk_full(ended)
    assert "nothing was published" in ended.err


@contextmanager
def small_disk(folder: Path, size: str) -> Iterator[Path]:
    """A file system of a size; skips where we may not mount one."""
    folder.mkdir()
    command = ["mount", "-t", "tmpfs", "-o", f"size={size},mode=0777", "tmpfs", str(folder)]
    mount = shutil.which("mount")
    if mount is None or subprocess.run(command, capture_output=True, check=False).returncode:
        pytest.skip("a small file system cannot be mounted: that takes root and its rights")
    try:
        yield folder
    finally:
        subprocess.run(["umount", "--lazy", str(folder)], check=True)


def test_no_space_on_a_small_disk(on_duckdb: Shop, run: Commands, tmp_path: Path) -> None:
    warehouse, state = on_duckdb.settings.warehouse, on_duckdb.settings.state_dir
    # As whole pages: room for what is there, and for half of a second warehouse.
    pages = sum(path.stat().st_size // 4096 + 1 for path in state.rglob("*"))
    size = 4096 * pages + warehouse.stat().st_size * 3 // 2
    with small_disk(tmp_path / "small", str(size)) as disk:
        served = disk / "utm.duckdb"
        shutil.copyfile(warehouse, served)
        shutil.copytree(state, disk / ".utm", dirs_exist_ok=True)
        before = served.read_bytes()
        ended = run.run({**on_duckdb.variables, "UTM_WAREHOUSE": str(served)}, *REFRESH)
        assert served.read_bytes() == before
        assert not (disk / "next").exists()
    assert_disk_full(ended)


def test_no_space_on_the_disk_of_the_server(
    on_postgres: Shop, run: Commands, postgres: PostgresServer
) -> None:
    database = on_postgres.database
    assert database is not None
    if postgres.bin_dir is None:
        pytest.skip("the disks of a server that is named are not ours")
    name, place = database.keywords["dbname"], Path(postgres.keywords["host"]) / "small"
    with small_disk(place, "200k"), served_as_before(on_postgres):
        data = place / "data"
        data.mkdir(mode=0o700)
        owner = (place.parent / "data").stat()
        shutil.chown(data, owner.st_uid, owner.st_gid)
        database.execute(
            f"create tablespace small location '{data}'",
            f"alter database {name} set default_tablespace = small",
        )
        try:
            ended = run.run(on_postgres.variables, *REFRESH)
        finally:
            database.execute(f"alter database {name} reset default_tablespace")
            database.execute(*moved_back(database), "drop tablespace small")
    assert_disk_full(ended)
    assert "nothing was published" in ended.err


def moved_back(database: PostgresDatabase) -> list[str]:
    """What a failed build has made in the reading schema stays there: move it off that disk."""
    with database.connect() as connection:
        rows = connection.execute(
            "select format('alter %s %s set tablespace pg_default', "
            "case relkind when 'i' then 'index' else 'table' end, oid::regclass) "
            "from pg_class where reltablespace <> 0 and relkind in ('r', 'i') "
            "and relnamespace::regnamespace::text not in ('pg_catalog', 'pg_toast') "
            "and reltablespace = (select oid from pg_tablespace where spcname = 'small')"
        ).fetchall()
    return [str(row[0]) for row in rows]


def test_the_build_after_all_this_is_whole(shop: Shop, run: Commands) -> None:
    before = shop.served()
    ended = run.run(shop.variables, *REFRESH)
    assert ended.code == 0, ended
    assert shop.served() == before
    assert shop.remains() == []


def test_an_interrupt_leaves_what_is_served(on_postgres: Shop, run: Commands) -> None:
    database = on_postgres.database
    assert database is not None
    with served_as_before(on_postgres):
        with lock_table(database, "shop.orders"):
            command = run.start(on_postgres.variables, *REFRESH)
            builders(database)
            command.send(signal.SIGTERM)
            time.sleep(1)
        ended = command.end()
    ended.assert_error(130, "interrupted; the served data is as before")
