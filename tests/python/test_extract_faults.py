"""extract under fire: killed, cut off, out of room, started twice. The raw files stay whole."""

from __future__ import annotations

import errno
import os
import shutil
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from typing import Any

import psycopg
import pytest

from postgres_server import PostgresDatabase
from shop_database import REQUIRED, all_rows, create_shop, files_of, rows_of, settings_for
from utm_pipeline.errors import (
    BusyError,
    ExtractError,
    InputError,
    InterruptedRunError,
    PipelineError,
)
from utm_pipeline.extract import extract, parts, reading
from utm_pipeline.extract import shop as shop_module
from utm_pipeline.extract.store import Store, writing
from utm_pipeline.settings import Settings

MANY = 60_000
"""Rows that take a moment to come."""


@pytest.fixture
def shop(postgres_database: PostgresDatabase) -> PostgresDatabase:
    create_shop(postgres_database, REQUIRED, count=80)
    return postgres_database


@pytest.fixture
def settings(shop: PostgresDatabase, tmp_path: Path) -> Settings:
    """With files of a first extract, and changes in the shop since."""
    made = settings_for(shop, tmp_path)
    extract(made)
    _change(shop)
    return made


def _change(shop: PostgresDatabase) -> None:
    shop.execute(
        "update utm_sessions set last_seen = now(), city = 'Odesa' where id % 3 = 0",
        "update orders set updated = now(), status = 'ship' where id % 3 = 0",
        "insert into orders (total_sum, payment_status, created, updated) "
        "values (1, 'paid', now(), now())",
    )


def _many_rows(shop: PostgresDatabase) -> None:
    shop.execute(
        "insert into utm_sessions (session_key, first_seen, last_seen, landing_page) "
        f"select n, now(), now(), repeat('x', 500) from generate_series(1, {MANY}) n"
    )


def _truth(shop: PostgresDatabase, folder: Path) -> dict[str, list[tuple[Any, ...]]]:
    other = settings_for(shop, folder)
    extract(other, True)
    return all_rows(other.raw_dir)


@contextmanager
def _nothing_changes(settings: Settings) -> Iterator[None]:
    """The block leaves the raw files as they are, and no work behind."""
    before = files_of(settings.raw_dir)
    assert before
    yield
    assert files_of(settings.raw_dir) == before
    left = {file.name for file in (settings.raw_dir / ".extract").iterdir()}
    assert left == {"lock", "state.json"}


def _at(rows: int, do: Callable[[], object]) -> Callable[[str, int, int | None, float], None]:
    """A progress that does something once, when so many rows of a table have come."""
    done: list[object] = []

    def progress(table: str, count: int, expected: int | None, seconds: float) -> None:
        if count >= rows and not done:
            done.append(do())

    return progress


# Killed.

_KILLED = """
import os, signal, sys
from pathlib import Path
from utm_pipeline.extract import extract
from utm_pipeline.settings import load_settings

left = int(sys.argv[1])

def counted(real):
    def step(*args, **kwargs):
        global left
        left -= 1
        if left < 0:
            os.kill(os.getpid(), signal.SIGKILL)
        return real(*args, **kwargs)
    return step

for name in ("replace", "unlink", "mkdir"):
    setattr(Path, name, counted(getattr(Path, name)))
extract(load_settings())
"""


def test_killed_at_each_step(shop: PostgresDatabase, tmp_path: Path) -> None:
    """Every change of a name in the file system is a step. A reader sees before or after."""
    kept = tmp_path / "kept"
    first = settings_for(shop, kept)
    extract(first)
    before = all_rows(first.raw_dir)
    _change(shop)
    after = _truth(shop, tmp_path / "truth")
    assert before != after
    seen = []
    for step in range(60):
        folder = tmp_path / f"step-{step}"
        shutil.copytree(kept, folder, copy_function=shutil.copy2)
        settings = settings_for(shop, folder)
        environment = {
            "PATH": os.environ["PATH"],
            "UTM_SHOP_DSN": shop.dsn,
            "UTM_RAW_DIR": str(settings.raw_dir),
        }
        code = subprocess.run(
            [sys.executable, "-c", _KILLED, str(step)], env=environment, cwd=folder, check=False
        ).returncode
        # A reader comes next in one copy, and the next extract in the other.
        shutil.copytree(folder, tmp_path / "read", copy_function=shutil.copy2)
        with reading(tmp_path / "read" / "raw"):
            found = all_rows(tmp_path / "read" / "raw")
        shutil.rmtree(tmp_path / "read")
        assert found in (before, after)
        seen.append(found == after)
        # It goes on from there, with nothing to read anew.
        assert {table.note for table in extract(settings).tables} == {""}
        assert all_rows(settings.raw_dir) == after
        names = {file.name for file in (settings.raw_dir / ".extract").iterdir()}
        assert names == {"lock", "state.json"}
        shutil.rmtree(folder)
        if code == 0:
            break
        assert code == -signal.SIGKILL
    else:
        pytest.fail("it never came to its end")
    # Killed before the commit, and after it, several times each.
    assert seen.count(False) > 3
    assert seen.count(True) > 3
    assert seen == sorted(seen)


def test_a_reader_that_may_not_write_says_so(settings: Settings, tmp_path: Path) -> None:
    """A commit that a kill left, met by somebody who cannot end it."""
    with writing(settings.raw_dir):
        (settings.raw_dir / ".extract" / "commit.json").write_text(
            '{"commit": {"moves": [["x", "orders/extract-000001.parquet/x"]], "gone": []}}'
        )
    with pytest.raises(ExtractError, match="an extract that was killed"), reading(settings.raw_dir):
        pytest.fail("it read half")


@pytest.mark.parametrize("fault", [OSError(errno.EIO, "Input/output error"), KeyboardInterrupt()])
def test_a_commit_that_was_cut_short_is_ended_by_who_comes_next(
    shop: PostgresDatabase,
    settings: Settings,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    fault: BaseException,
) -> None:
    """Its new files are still in the work then."""
    after = _truth(shop, tmp_path / "truth")
    move = Path.replace

    def fail(file: Path, target: Path) -> Path:
        if file.suffix == ".parquet":
            raise fault
        return move(file, target)

    with monkeypatch.context() as patch, pytest.raises(PipelineError):
        patch.setattr(Path, "replace", fail)
        extract(settings)
    with reading(settings.raw_dir):
        assert all_rows(settings.raw_dir) == after


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_interrupted(shop: PostgresDatabase, settings: Settings, number: signal.Signals) -> None:
    _many_rows(shop)
    with _nothing_changes(settings):
        with pytest.raises(InterruptedRunError) as raised:
            extract(settings, progress=_at(20_000, lambda: os.kill(os.getpid(), number)))
        assert raised.value.exit_code == 130
    extract(settings)
    assert len(rows_of(settings.raw_dir, "utm_sessions")) == MANY + 80


# Cut off.


def _terminate(database: PostgresDatabase) -> Callable[[], None]:
    def cut() -> None:
        database.execute(
            "select pg_terminate_backend(pid) from pg_stat_activity where datname = "
            "current_database() and application_name = 'utm-pipeline extract'"
        )

    return cut


def test_the_server_ends_the_connection(shop: PostgresDatabase, settings: Settings) -> None:
    _many_rows(shop)
    with _nothing_changes(settings), pytest.raises(InputError, match="connection was lost") as told:
        extract(settings, progress=_at(20_000, _terminate(shop)))
    assert told.value.exit_code == 3
    extract(settings)
    assert len(rows_of(settings.raw_dir, "utm_sessions")) == MANY + 80


class _Relay(threading.Thread):
    """A line to the same database, for one connection, that can be cut."""

    def __init__(self, database: PostgresDatabase, folder: Path) -> None:
        super().__init__()
        self._keywords = database.keywords
        self._path = folder / ".s.PGSQL.5432"
        self._listener = socket.socket(socket.AF_UNIX)
        self._listener.bind(str(self._path))
        self._listener.listen()
        self._ends: list[socket.socket] = []
        keywords = {**database.keywords, "host": str(folder), "port": "5432", "sslmode": "disable"}
        self.database = PostgresDatabase(keywords)

    def run(self) -> None:
        client, _ = self._listener.accept()
        server = self._server()
        self._ends = [client, server]
        back = threading.Thread(target=self._pump, args=(server, client))
        back.start()
        self._pump(client, server)
        back.join()

    def cut(self) -> None:
        for end in self._ends:
            end.shutdown(socket.SHUT_RDWR)

    def close(self) -> None:
        for end in (*self._ends, self._listener):
            end.close()
        self.join()
        self._path.unlink()

    def _server(self) -> socket.socket:
        host, port = self._keywords["host"], self._keywords.get("port", "5432")
        if not host.startswith("/"):
            return socket.create_connection((host, int(port)))
        server = socket.socket(socket.AF_UNIX)
        server.connect(f"{host}/.s.PGSQL.{port}")
        return server

    @staticmethod
    def _pump(source: socket.socket, target: socket.socket) -> None:
        with suppress(OSError):
            while data := source.recv(1 << 16):
                target.sendall(data)


def test_the_line_is_cut(shop: PostgresDatabase, settings: Settings, tmp_path: Path) -> None:
    _many_rows(shop)
    relay = _Relay(shop, tmp_path)
    relay.start()
    through = settings_for(relay.database, tmp_path)
    with closing(relay), _nothing_changes(settings), pytest.raises(InputError, match="was lost"):
        extract(through, progress=_at(20_000, relay.cut))


def test_a_server_that_is_silent_for_a_while_is_waited_for(
    shop: PostgresDatabase, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(shop_module, "_WAIT_SECONDS", 0.05)
    shop.execute(
        "alter table orders rename to orders_table",
        "create view orders as select *, pg_sleep(0.02)::text as slow from orders_table",
        "alter view orders rename column pay_type to old",
        "alter view orders rename column slow to pay_type",
    )
    extract(settings)
    assert len(rows_of(settings.raw_dir, "orders")) == 21


SERVER_FAULTS = {
    "a lock": ("55P03", ExtractError, "the table orders is locked"),
    "a cancel": ("57014", ExtractError, "took too long or was cancelled"),
    "idleness": ("25P03", ExtractError, "this program was too slow"),
    "a replica's conflict": ("40001", ExtractError, "the replica ended the reading"),
    "an encoding": ("22P05", ExtractError, "has no form in UTF-8"),
    "a right": ("42501", InputError, "the role may not read the table orders"),
    "a restart": ("57P01", InputError, "the connection was lost"),
    "anything else": ("XX001", ExtractError, r"could not read the table orders \(code XX001\)"),
}


@pytest.mark.parametrize(("state", "kind", "said"), SERVER_FAULTS.values(), ids=SERVER_FAULTS)
def test_what_the_server_refuses_is_told_without_its_words(
    shop: PostgresDatabase, settings: Settings, state: str, kind: type[PipelineError], said: str
) -> None:
    """A server's message may quote a row, here an address."""
    shop.execute(
        "alter table orders rename to orders_table",
        "create or replace function refuse(text) returns text language plpgsql as $$ begin "
        f"if $1 is null then return null; end if; raise exception 'row of %', $1 "
        f"using errcode = '{state}'; end $$",
        "create view orders as select *, public.refuse(email) as refused from orders_table",
        "alter view orders rename column pay_type to old",
        "alter view orders rename column refused to pay_type",
    )
    with _nothing_changes(settings), pytest.raises(kind, match=said) as raised:
        extract(settings)
    assert "example.com" not in f"{raised.value} {raised.value.fix}"


def test_a_table_that_a_migration_holds_is_not_waited_for_long(
    shop: PostgresDatabase, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(shop_module._SESSION, "lock_timeout", "100ms")
    with shop.connect() as migration, migration.transaction():
        migration.execute("lock table orders in access exclusive mode")
        with _nothing_changes(settings), pytest.raises(ExtractError, match="orders is locked"):
            extract(settings)


def test_the_shop_is_not_held_up(shop: PostgresDatabase, settings: Settings) -> None:
    """Its rows can be written while they are read, and nothing stays open afterwards."""
    _many_rows(shop)
    extract(
        settings,
        progress=_at(20_000, lambda: shop.execute("update utm_sessions set city = 'x'")),
    )
    end = time.monotonic() + 10
    with shop.connect() as connection:
        query = (
            "select count(*) from pg_stat_activity where datname = current_database() "
            "and application_name = 'utm-pipeline extract'"
        )
        while connection.execute(query).fetchone() != (0,):
            assert time.monotonic() < end
            time.sleep(0.05)


# Out of room.


@pytest.mark.parametrize("place", ["text", "file", "commit"])
def test_the_disk_is_full(settings: Settings, monkeypatch: pytest.MonkeyPatch, place: str) -> None:
    full = OSError(errno.ENOSPC, "No space left on device")

    def fail(*args: object, **kwargs: object) -> Any:
        raise full

    with monkeypatch.context() as patch:
        if place == "text":
            patch.setattr("utm_pipeline.extract.parts._texts", fail)
        elif place == "file":
            patch.setattr("utm_pipeline.extract.parts.sync", fail)
        else:
            patch.setattr("utm_pipeline.extract.store.replace_private", fail)
        with _nothing_changes(settings), pytest.raises(ExtractError, match="disk is full") as told:
            extract(settings)
    assert told.value.exit_code == 1
    extract(settings)


_ON_A_SMALL_DISK = """
set -e
mkdir -p raw
mount -t tmpfs -o size={size}k tmpfs raw
cp -a kept/. raw/
set +e
"{python}" -m utm_pipeline extract
echo "code $?"
find raw -type f | sort > found
cp -a raw/orders raw/utm_sessions after/
"""


@pytest.mark.parametrize("room", [100, 6_000], ids=["none", "some"])
def test_a_disk_that_is_really_full(
    shop: PostgresDatabase, settings: Settings, tmp_path: Path, room: int
) -> None:
    """On a small file system of its own, in a name space that goes with the process."""
    unshare = shutil.which("unshare")
    probe = ["-m", "sh", "-c", "mount -t tmpfs -o size=64k tmpfs /mnt"]
    if unshare is None or subprocess.run([unshare, *probe], check=False, stderr=-3).returncode:
        pytest.skip("this account may not mount file systems")
    _many_rows(shop)
    before = all_rows(settings.raw_dir)
    folder = tmp_path / "disk"
    shutil.copytree(settings.raw_dir, folder / "kept", copy_function=shutil.copy2)
    (folder / "after").mkdir()
    size = room + sum(file.stat().st_size for file in folder.rglob("*") if file.is_file()) // 1024
    script = _ON_A_SMALL_DISK.format(size=size, python=sys.executable)
    environment = {
        "PATH": os.environ["PATH"],
        "UTM_SHOP_DSN": shop.dsn,
        "UTM_RAW_DIR": "raw",
        "UTM_LANG": "en",
    }
    done = subprocess.run(
        [unshare, "-m", "sh", "-c", script],
        env=environment,
        cwd=folder,
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.endswith("code 1\n"), done.stdout + done.stderr
    error, fix = done.stderr.splitlines()[-2:]
    assert error.startswith("error: the disk is full; the raw files are whole")
    assert fix.startswith("fix: make room")
    assert all_rows(folder / "after") == before
    assert ".extract/work" not in (folder / "found").read_text()


def test_a_folder_that_cannot_be_written(shop: PostgresDatabase, settings: Settings) -> None:
    """A file stands where a table's folder would be."""
    shop.execute(
        "create table refunds (id int primary key, order_id int, amount int, created date)"
    )
    (settings.raw_dir / "refunds").write_text("")
    with pytest.raises(ExtractError, match="cannot be written"):
        extract(settings)


# Twice.


def test_two_at_once(shop: PostgresDatabase, settings: Settings) -> None:
    seen: list[BaseException] = []

    def second() -> None:
        with pytest.raises(BusyError) as raised:
            extract(settings)
        seen.append(raised.value)
        with pytest.raises(BusyError) as raised, reading(settings.raw_dir):
            pytest.fail("it read while files change")
        seen.append(raised.value)

    extract(settings, progress=_at(0, second))
    assert [getattr(error, "exit_code", None) for error in seen] == [5, 5]


def test_an_extract_waits_for_readers(settings: Settings) -> None:
    reader, other, busy = (
        reading(settings.raw_dir),
        reading(settings.raw_dir),
        pytest.raises(BusyError, match="another extract or refresh"),
    )
    with reader, other, _nothing_changes(settings), busy:
        extract(settings)
    extract(settings)


def test_a_folder_that_no_extract_wrote_is_read_freely(tmp_path: Path) -> None:
    with reading(tmp_path):
        assert list(tmp_path.iterdir()) == []


def test_what_the_engine_quotes_is_not_told(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A value that is none of its type, as the engine sees it."""
    wrong = ("'buyer@example.com'", "BIGINT")
    monkeypatch.setattr("utm_pipeline.extract.tables.selected", lambda *_: wrong)
    with _nothing_changes(settings), pytest.raises(ExtractError, match="cannot be turned") as told:
        extract(settings)
    assert told.value.__cause__ is None
    assert "buyer" not in str(told.value)


def test_a_fault_of_this_program_is_not_called_a_full_disk(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*args: object) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr(parts, "lookback_id", fail)
    with _nothing_changes(settings), pytest.raises(ZeroDivisionError):
        extract(settings)


def test_the_lock_goes_with_its_holder(settings: Settings) -> None:
    with writing(settings.raw_dir) as store:
        assert isinstance(store, Store)
    extract(settings)


def test_psycopg_is_named_where_it_is_missing(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert psycopg.__name__ in sys.modules
    monkeypatch.setitem(sys.modules, "psycopg", None)
    with pytest.raises(PipelineError, match="library for PostgreSQL is not installed") as raised:
        extract(settings)
    assert "UTM_SHOP_DSN" in str(raised.value)
