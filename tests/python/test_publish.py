"""Publishing: the served file changes in one step, or not at all."""

from __future__ import annotations

import os
import signal
import stat
import subprocess
import sys
import textwrap
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import duckdb
import pytest

from utm_pipeline import refresh
from utm_pipeline.errors import BusyError, InterruptedRunError, WarehouseError
from utm_pipeline.refresh.publish_duckdb import FileBuild
from utm_pipeline.settings import load_settings

ROOT = Path(__file__).parents[2]


@pytest.fixture
def served(tmp_path: Path) -> Path:
    """A served file with one row of version 1."""
    path = tmp_path / "wh" / "utm.duckdb"
    path.parent.mkdir()
    write_version(path, 1)
    return path


def write_version(path: Path, version: int) -> None:
    with duckdb.connect(str(path)) as connection:
        connection.execute("create or replace table t as select $1::int as version", [version])


def version_of(path: Path) -> int:
    with duckdb.connect(str(path), read_only=True) as connection:
        row = connection.execute("select version from t").fetchone()
    assert row is not None
    return int(row[0])


@contextmanager
def publication(served: Path) -> Iterator[FileBuild]:
    settings = load_settings({"UTM_WAREHOUSE": str(served)}, served.parent)
    with refresh.publication(settings) as build:
        assert isinstance(build, FileBuild)
        yield build


def leftovers(served: Path) -> set[str]:
    return {path.name for path in served.parent.iterdir()} - {".utm"}


def test_a_build_is_served_only_when_it_is_published(served: Path) -> None:
    with publication(served) as build:
        assert build.prepare(fresh=False)
        assert build.build_path == served.parent / "next" / served.name
        assert version_of(build.build_path) == 1
        write_version(build.build_path, 2)
        assert version_of(served) == 1
        build.publish("0")
    assert version_of(served) == 2
    assert leftovers(served) == {"utm.duckdb"}


def test_an_error_leaves_the_served_file(served: Path) -> None:
    with (
        pytest.raises(RuntimeError, match="a test failed"),
        publication(served) as build,
    ):
        build.prepare(fresh=False)
        write_version(build.build_path, 2)
        raise RuntimeError("a test failed")
    assert version_of(served) == 1
    assert leftovers(served) == {"utm.duckdb"}


def test_the_first_build_starts_empty(tmp_path: Path) -> None:
    served = tmp_path / "new" / "utm.duckdb"
    with publication(served) as build:
        assert not build.prepare(fresh=False)
        write_version(build.build_path, 1)
        build.publish("0")
    assert version_of(served) == 1


def test_a_fresh_build_starts_empty(served: Path) -> None:
    with publication(served) as build:
        assert not build.prepare(fresh=True)
        assert not build.build_path.exists()


def test_what_a_killed_run_left_is_cleared(served: Path) -> None:
    folder = served.parent / "next"
    (folder / "utm.duckdb.tmp").mkdir(parents=True)
    (folder / "utm.duckdb.tmp" / "spill").write_bytes(b"x")
    (folder / "utm.duckdb").write_bytes(b"half a build")
    (folder / "utm.duckdb.wal").write_bytes(b"half a log")
    with publication(served) as build:
        assert build.prepare(fresh=False)
        assert [path.name for path in folder.iterdir()] == ["utm.duckdb"]
        assert version_of(build.build_path) == 1
    assert leftovers(served) == {"utm.duckdb"}


def test_another_warehouse_in_the_same_folder_is_left_alone(served: Path) -> None:
    other = served.parent / "next" / "other.duckdb"
    other.parent.mkdir()
    other.write_bytes(b"other")
    with publication(served) as build:
        build.prepare(fresh=False)
    assert other.read_bytes() == b"other"


def test_a_log_beside_the_served_file_makes_the_build_fresh(served: Path) -> None:
    log = served.with_name("utm.duckdb.wal")
    log.write_bytes(b"of somebody else")
    with publication(served) as build:
        assert not build.prepare(fresh=False)
        write_version(build.build_path, 2)
        build.publish("0")
    assert not log.exists()
    assert version_of(served) == 2


def test_a_damaged_served_file_is_named_with_the_way_out(served: Path) -> None:
    served.write_bytes(b"damaged" * 2000)
    with (
        pytest.raises(WarehouseError, match="damaged") as caught,
        publication(served) as build,
    ):
        build.prepare(fresh=False)
    assert "--full-refresh" in caught.value.fix
    with publication(served) as build:
        build.prepare(fresh=True)
        write_version(build.build_path, 2)
        build.publish("0")
    assert version_of(served) == 2


def test_the_rights_of_the_served_file_stay(served: Path) -> None:
    served.chmod(0o640)
    with publication(served) as build:
        build.prepare(fresh=False)
        build.publish("0")
    assert stat.S_IMODE(served.stat().st_mode) == 0o640


def test_a_build_that_is_still_open_is_not_published(served: Path) -> None:
    with publication(served) as build:
        build.prepare(fresh=False)
        with duckdb.connect(str(build.build_path)) as connection:
            connection.execute("begin; create table u as select 1")
            with pytest.raises((WarehouseError, duckdb.Error)):
                build.publish("0")
    assert version_of(served) == 1


def test_a_reader_in_the_middle_of_a_query_is_undisturbed(served: Path) -> None:
    with duckdb.connect(str(served)) as connection:
        connection.execute("create table big as select i from range(1000000) as r(i)")
    reader = subprocess.Popen(
        [
            sys.executable,
            "-c",
            textwrap.dedent(f"""
                import duckdb, sys
                c = duckdb.connect({str(served)!r}, read_only=True)
                c.execute("set enable_progress_bar = false")
                rows = c.execute("select i, (select version from t) from big")
                total = len(rows.fetchmany(10))
                print("reading", flush=True)
                sys.stdin.readline()
                while chunk := rows.fetchmany(100000):
                    total += len(chunk)
                print(total, c.execute("select version from t").fetchone()[0], flush=True)
            """),
        ],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert reader.stdout is not None
    assert reader.stdout.readline() == "reading\n"
    with publication(served) as build:
        build.prepare(fresh=False)
        with duckdb.connect(str(build.build_path)) as connection:
            connection.execute("drop table big; checkpoint")
        write_version(build.build_path, 2)
        build.publish("0")
    output, _ = reader.communicate("go on\n")
    assert output == "1000000 1\n"
    assert version_of(served) == 2


BUILDER = """
    import sys, time
    from pathlib import Path
    import duckdb
    from utm_pipeline.refresh import publication
    from utm_pipeline.errors import PipelineError
    from utm_pipeline.settings import load_settings

    try:
        with publication(load_settings({"UTM_WAREHOUSE": sys.argv[1]})) as build:
            build.prepare(fresh=False)
            with duckdb.connect(str(build.build_path)) as connection:
                connection.execute("create table junk as select i from range(100000) as r(i)")
                print("building", flush=True)
                time.sleep(60)
    except PipelineError as error:
        print(error, flush=True)
        sys.exit(error.exit_code)
"""


def start_builder(served: Path) -> subprocess.Popen[str]:
    builder = subprocess.Popen(
        [sys.executable, "-c", textwrap.dedent(BUILDER), str(served)],
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    )
    assert builder.stdout is not None
    assert builder.stdout.readline() == "building\n"
    return builder


def test_a_second_refresh_is_refused_at_once(served: Path) -> None:
    builder = start_builder(served)
    try:
        with pytest.raises(BusyError, match="another refresh"), publication(served):
            pass
        assert (served.parent / "next" / served.name).exists()
    finally:
        builder.kill()
        builder.communicate()


def test_who_has_the_old_file_open_keeps_it_whole(served: Path) -> None:
    before = served.read_bytes()
    with served.open("rb") as held, publication(served) as build:
        build.prepare(fresh=False)
        write_version(build.build_path, 2)
        build.publish("0")
        assert held.read() == before
    assert served.read_bytes() != before


def test_kill_9_leaves_the_served_file_and_the_next_build_succeeds(served: Path) -> None:
    before = served.read_bytes()
    builder = start_builder(served)
    builder.kill()
    builder.communicate()
    assert served.read_bytes() == before
    assert version_of(served) == 1
    with publication(served) as build:
        build.prepare(fresh=False)
        with duckdb.connect(str(build.build_path)) as connection:
            assert connection.execute("show tables").fetchall() == [("t",)]
        write_version(build.build_path, 2)
        build.publish("0")
    assert version_of(served) == 2
    assert leftovers(served) == {"utm.duckdb"}


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_cleans_up_and_leaves_the_served_file(
    served: Path, number: signal.Signals
) -> None:
    before = served.read_bytes()
    builder = start_builder(served)
    builder.send_signal(number)
    output, _ = builder.communicate(timeout=30)
    assert builder.returncode == 130
    assert "the served data is as before" in output
    assert served.read_bytes() == before
    assert leftovers(served) == {"utm.duckdb"}


def test_a_further_signal_does_not_disturb_the_cleaning_up(
    served: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = served.read_bytes()
    clear = FileBuild.clear

    def disturbed(build: FileBuild) -> None:
        signal.raise_signal(signal.SIGTERM)
        signal.raise_signal(signal.SIGINT)
        clear(build)

    with (
        pytest.raises(InterruptedRunError, match="as before"),
        publication(served) as build,
    ):
        build.prepare(fresh=False)
        monkeypatch.setattr(FileBuild, "clear", disturbed)
        signal.raise_signal(signal.SIGINT)
    assert served.read_bytes() == before
    assert leftovers(served) == {"utm.duckdb"}


def test_an_interrupt_after_publishing_says_that_the_new_data_is_served(served: Path) -> None:
    with (
        pytest.raises(InterruptedRunError, match="the new data is served"),
        publication(served) as build,
    ):
        build.prepare(fresh=False)
        build.publish("0")
        raise KeyboardInterrupt


def test_the_signal_handler_is_given_back(served: Path) -> None:
    before = signal.getsignal(signal.SIGTERM)
    with publication(served):
        assert signal.getsignal(signal.SIGTERM) is not before
    assert signal.getsignal(signal.SIGTERM) is before


def test_the_lock_is_given_back(served: Path) -> None:
    for _ in range(2):
        with publication(served):
            pass


def test_the_fingerprint_is_that_of_what_is_served(served: Path) -> None:
    with publication(served) as build:
        assert build.built_with() is None
        assert build.prepare(fresh=False)
        build.publish("first")
    with publication(served) as build:
        assert build.built_with() == "first"
        assert build.prepare(fresh=False)
    # That build was given up: what is served is the first still.
    with publication(served) as build:
        assert build.built_with() == "first"


def test_a_run_that_ends_between_publishing_and_its_mark_leaves_no_mark(
    served: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with publication(served) as build:
        assert build.prepare(fresh=False)
        build.publish("first")

    def end(_path: Path, _target: Path) -> None:
        raise RuntimeError("the plug")

    with pytest.raises(RuntimeError), publication(served) as build:
        assert build.prepare(fresh=False)
        monkeypatch.setattr(Path, "replace", end)
        build.publish("second")
    with publication(served) as build:
        assert build.built_with() is None
