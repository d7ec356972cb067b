"""Commands in processes of their own, which can be told to die or to stop at a step.

Importing dbt takes seconds. So one process imports it and forks for each command.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
import traceback
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from multiprocessing import resource_tracker
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[2]
_SECONDS = 120


@dataclass(frozen=True)
class Ended:
    """How a command ended; a negative code is the number of a signal."""

    code: int
    out: str
    err: str

    def assert_error(self, code: int, *texts: str) -> None:
        """It ended with this code and said so in two lines, which hold the texts."""
        assert (self.code, self.out) == (code, ""), self
        first, second = self.err.splitlines()
        assert first.startswith("error: ")
        assert second.startswith("fix: ")
        for text in texts:
            assert text in self.err, text


class Running:
    """A command that runs."""

    def __init__(self, server: subprocess.Popen[str], folder: Path) -> None:
        self._server = server
        self.folder = folder

    def wait_until_it_stops(self) -> None:
        """Returns when the command has come to the step at which it shall stop."""
        end = time.monotonic() + _SECONDS
        while not (self.folder / "stopped").exists():
            assert time.monotonic() < end, (self.folder / "err").read_text(encoding="utf-8")
            time.sleep(0.02)

    def send(self, number: signal.Signals) -> None:
        """Sends it a signal."""
        os.kill(int((self.folder / "pid").read_text(encoding="utf-8")), number)

    def go_on(self) -> None:
        """Lets it go on."""
        (self.folder / "go on").touch()

    def end(self) -> Ended:
        """Waits for the end."""
        assert self._server.stdout is not None
        code = int(self._server.stdout.readline())
        texts = ((self.folder / name).read_text(encoding="utf-8") for name in ("out", "err"))
        return Ended(code, *texts)


class Commands:
    """Starts commands, one at a time."""

    def __init__(self, server: subprocess.Popen[str], folder: Path) -> None:
        self._server = server
        self._folder = folder
        self._count = 0

    def start(self, variables: Mapping[str, str], *arguments: str, fault: str = "") -> Running:
        """Starts a command. ``fault`` is one of :data:`FAULTS` with a place behind a colon."""
        self._count += 1
        folder = self._folder / str(self._count)
        folder.mkdir()
        job = {
            "variables": dict(variables),
            "arguments": arguments,
            "fault": fault,
            "folder": str(folder),
        }
        assert self._server.stdin is not None
        self._server.stdin.write(json.dumps(job) + "\n")
        self._server.stdin.flush()
        return Running(self._server, folder)

    def run(self, variables: Mapping[str, str], *arguments: str, fault: str = "") -> Ended:
        """Runs a command to its end."""
        return self.start(variables, *arguments, fault=fault).end()


@contextmanager
def commands(folder: Path) -> Iterator[Commands]:
    """The process that forks, for the block."""
    folder.mkdir(parents=True, exist_ok=True)
    environment = {
        "PATH": os.environ["PATH"],
        "HOME": os.environ.get("HOME", "/"),
        "PYTHONPATH": os.pathsep.join([str(ROOT), str(Path(__file__).parent)]),
        "UTM_TEST_PARSED": os.environ["UTM_TEST_PARSED"],
    }
    with (
        (folder / "log").open("wb") as log,
        subprocess.Popen(
            [sys.executable, "-m", "fault_process"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=log,
            text=True,
            env=environment,
            cwd=folder,
        ) as server,
    ):
        try:
            yield Commands(server, folder)
        finally:
            assert server.stdin is not None
            server.stdin.close()
            server.wait(_SECONDS)


def _serve() -> None:
    # Imported here, since tests import this module for the other side.
    import utm_pipeline.refresh.dbt_runner  # noqa: F401
    from shared_parse import share_parsed_project

    share_parsed_project(pytest.MonkeyPatch(), Path(os.environ.pop("UTM_TEST_PARSED")))
    # Else each child has one of its own, which complains of dbt's semaphores on the child's stderr.
    resource_tracker.ensure_running()
    for line in sys.stdin:
        job = json.loads(line)
        child = os.fork()
        if child == 0:
            code = 99
            try:
                code = _run(job)
            except BaseException:  # noqa: BLE001 - a fork must not go on in its parent's code
                traceback.print_exc()
            finally:
                sys.stdout.flush()
                sys.stderr.flush()
                # The libraries' threads are not in a fork, and an orderly end would wait for them.
                os._exit(code)
        _, status = os.waitpid(child, 0)
        print(os.waitstatus_to_exitcode(status), flush=True)


def _run(job: dict[str, Any]) -> int:
    """The child's whole life."""
    folder = Path(job["folder"])
    os.chdir(folder)
    (folder / "pid").write_text(str(os.getpid()), encoding="utf-8")
    for number, name in ((1, "out"), (2, "err")):
        os.dup2(os.open(name, os.O_WRONLY | os.O_CREAT), number)
    # Whatever started the tests may have had this one ignored.
    signal.signal(signal.SIGHUP, signal.SIG_DFL)
    os.environ.update({"NO_COLOR": "1", "UTM_LANG": "en", **job["variables"]})
    kind, _, place = job["fault"].partition(":")
    if kind:
        FAULTS[kind](place, folder)
    from utm_pipeline import cli

    return cli.main(job["arguments"])


def _die(*_: object, **__: object) -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def _at_node(node: str, act: Callable[[], None]) -> None:
    """Acts when dbt starts a node, in the thread that runs it."""
    from utm_pipeline.refresh.dbt_runner import _Progress

    plain = _Progress.__call__

    def call(self: _Progress, event: Any) -> None:
        if event.info.name == "NodeStart" and event.data.node_info.node_name == node:
            act()
        plain(self, event)

    _Progress.__call__ = call  # type: ignore[method-assign]


def _die_at_node(node: str, _folder: Path) -> None:
    _at_node(node, _die)


def _stop_at_node(node: str, folder: Path) -> None:
    def stop() -> None:
        (folder / "stopped").touch()
        while not (folder / "go on").exists():
            time.sleep(0.02)

    _at_node(node, stop)


def _die_before_publishing(_place: str, _folder: Path) -> None:
    from utm_pipeline.refresh.publish_duckdb import FileBuild
    from utm_pipeline.refresh.publish_postgres import SchemaBuild

    FileBuild.publish = _die  # type: ignore[method-assign]
    SchemaBuild.publish = _die  # type: ignore[method-assign]


def _die_after_the_swap(_place: str, _folder: Path) -> None:
    from utm_pipeline.refresh.publish_postgres import SchemaBuild

    replace, clear = Path.replace, SchemaBuild.clear

    def replace_and_die(self: Path, target: Path) -> Path:
        moved = replace(self, target)
        if target.suffix == ".duckdb":
            _die()
        return moved

    def clear_or_die(self: SchemaBuild) -> list[str]:
        if self.published:
            _die()
        return clear(self)

    Path.replace = replace_and_die  # type: ignore[method-assign, assignment]
    SchemaBuild.clear = clear_or_die  # type: ignore[method-assign]


def _double(relation: str, place: str, _folder: Path) -> None:
    """Doubles the rows of a relation that was built, so that what reads it next is wrong.

    ``place`` is a node and, before it, the schema's ending: ``_int``, or nothing.
    """
    ending, _, node = place.rpartition(",")

    def double() -> None:
        statement = f"insert into {{schema}}.{relation} select * from {{schema}}.{relation}"
        if os.environ.get("UTM_TARGET") == "postgres":
            import psycopg

            with psycopg.connect() as connection:
                schema = f"analytics{ending or '_next'}"
                connection.execute(statement.format(schema=schema).encode())
            return
        from dbt.adapters.duckdb.connections import DuckDBConnectionManager

        environment: Any = DuckDBConnectionManager.env()
        with environment.conn.cursor() as cursor:
            cursor.execute(statement.format(schema=f"analytics{ending}"))

    _at_node(node, double)


def _limit_files(size: str, _folder: Path) -> None:
    """No file may grow beyond this many bytes, as if the disk were full."""
    import resource

    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (int(size), int(size)))


FAULTS: dict[str, Callable[[str, Path], None]] = {
    "die at": _die_at_node,
    "stop at": _stop_at_node,
    "die before publishing": _die_before_publishing,
    "die after the swap": _die_after_the_swap,
    "double orders at": partial(_double, "fct_orders"),
    "double sessions at": partial(_double, "stg_kept_sessions"),
    "limit files": _limit_files,
}

if __name__ == "__main__":
    _serve()
