"""Publishing on DuckDB: a build happens in a copy, and only a whole, tested copy is served.

A DuckDB file has one writer, and a writer shuts readers out. So the served file is copied to
``next/<same name>`` beside it (the catalogue's name is the file's, so it must stay), built there,
and moved over the served one in one atomic step. Who has the old file open keeps reading it.
A killed run leaves the served file as it was; the next run clears what remained.
"""

from __future__ import annotations

import fcntl
import os
import shutil
import signal
import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from types import FrameType
from typing import Protocol

import duckdb

from utm_pipeline.errors import BuildError, BusyError, InterruptedRunError, WarehouseError
from utm_pipeline.refresh.failures import is_disk_full


class Publication:
    """One build on its way to be served; made by :func:`publication`."""

    def __init__(self, served: Path, state_dir: Path) -> None:
        self.served = served
        self.build_path = served.parent / "next" / served.name
        self.published = False
        self._built_with = state_dir / "built_with"

    def built_with(self) -> str | None:
        """The fingerprint of the last published build; None where it is not known."""
        if not self._built_with.is_file():
            return None
        return self._built_with.read_text(encoding="utf-8").strip()

    @property
    def environment(self) -> dict[str, str]:
        """What dbt reads: the file to build."""
        return {"UTM_BUILD_PATH": str(self.build_path)}

    def prepare(self, *, fresh: bool) -> bool:
        """Clears what a killed run left and copies the served file, unless ``fresh``.

        Returns:
            Whether the build starts from the served file.

        Raises:
            WarehouseError: the served file is damaged, or open for writing elsewhere.
        """
        self.clear()
        self.build_path.parent.mkdir(parents=True, exist_ok=True)
        # A write-ahead log beside the served file means that something else wrote to it and did
        # not finish. What it holds cannot be trusted, so everything is built anew.
        if fresh or not self.served.exists() or _log_of(self.served).exists():
            return False
        with _held_for_reading(self.served):
            shutil.copyfile(self.served, self.build_path)
        return True

    def publish(self, built_with: str) -> None:
        """Puts the build in the served file's place, on disk for good.

        Every connection to the build must be closed. ``built_with`` is its fingerprint.

        Raises:
            WarehouseError: the build is not whole.
        """
        with duckdb.connect(str(self.build_path)) as connection:
            connection.execute("checkpoint")
        if _log_of(self.build_path).exists():
            raise WarehouseError(
                "the build is still open",
                str(self.build_path),
                "close every program that has it open, then run `utm-pipeline refresh`",
            )
        if self.served.exists():
            shutil.copymode(self.served, self.build_path)
        else:
            # Staging holds personal data: others read the file once its owner lets them.
            self.build_path.chmod(0o600)
        _sync(self.build_path)
        # If the run ends before the fingerprint is there, the next one builds everything anew.
        self._built_with.unlink(missing_ok=True)
        # A log of the old file would be taken for the new one's.
        _log_of(self.served).unlink(missing_ok=True)
        self.build_path.replace(self.served)
        self.published = True
        _sync(self.served.parent)
        _sync(self.build_path.parent)
        self._built_with.write_text(built_with + "\n", encoding="utf-8")

    def clear(self) -> None:
        """Removes the build and what the engine puts beside it."""
        for path in (self.build_path, _log_of(self.build_path)):
            path.unlink(missing_ok=True)
        shutil.rmtree(self.build_path.with_name(self.build_path.name + ".tmp"), ignore_errors=True)
        if self.build_path.parent.is_dir() and not any(self.build_path.parent.iterdir()):
            self.build_path.parent.rmdir()


@contextmanager
def publication(served: Path, state_dir: Path) -> Iterator[Publication]:
    """Holds the lock of the warehouse's folder for one build and cleans up behind it.

    Raises:
        BusyError: another refresh is running; at once, without waiting.
        InterruptedRunError: SIGINT or SIGTERM came.
        BuildError: the disk is full.
    """
    with ExitStack() as stack:
        stack.enter_context(hold_lock(state_dir))
        build = Publication(served, state_dir)
        stack.callback(build.clear)
        stack.enter_context(interruptions(build, str(served)))
        stack.enter_context(_disk_full_explained(served))
        yield build


@contextmanager
def _disk_full_explained(served: Path) -> Iterator[None]:
    """Says what to do where the copy or the last writing finds no space.

    Raises:
        BuildError: there is none.
    """
    try:
        yield
    except (OSError, duckdb.Error) as error:
        if not is_disk_full(error):
            raise
        raise BuildError(
            "the disk is full; what is served is whole",
            str(served.parent),
            "free space there, at least the size of the warehouse, then run `utm-pipeline refresh`",
        ) from error


class Build(Protocol):
    """What a signal interrupts."""

    @property
    def published(self) -> bool:
        """Whether the build is served by now."""


@contextmanager
def interruptions(build: Build, place: str) -> Iterator[None]:
    """Turns SIGINT and SIGTERM into an error that says what is served.

    Raises:
        InterruptedRunError: one of them came.
    """
    with signals_raise():
        try:
            yield
        except KeyboardInterrupt:
            state = "the new data is served" if build.published else "the served data is as before"
            raise InterruptedRunError(
                f"interrupted; {state}", place, "run `utm-pipeline refresh` again"
            ) from None


@contextmanager
def hold_lock(state_dir: Path) -> Iterator[None]:
    """Keeps other refreshes of the same folder out.

    Raises:
        BusyError: another one is running; at once, without waiting.
        WarehouseError: the folder cannot be made.
    """
    _make_folder(state_dir)
    path = state_dir / "refresh.lock"
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o644)
    try:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise BusyError(
                "another refresh is running", str(path.parent), "wait until it has ended"
            ) from None
        # The kernel gives the lock back when the descriptor or the process goes.
        yield
    finally:
        os.close(descriptor)


@contextmanager
def signals_raise() -> Iterator[None]:
    """Makes SIGTERM end a build in the same orderly way as SIGINT does."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return

    def stop(_number: int, _frame: FrameType | None) -> None:
        raise KeyboardInterrupt

    before = signal.signal(signal.SIGTERM, stop)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


@contextmanager
def _held_for_reading(path: Path) -> Iterator[None]:
    """Keeps writers off a file, so that a copy of it is whole."""
    try:
        connection = duckdb.connect(str(path), read_only=True)
    except duckdb.Error as error:
        raise WarehouseError(
            "the served warehouse is open for writing in another program, or it is damaged",
            str(path),
            "close that program; if there is none, run `utm-pipeline refresh --full-refresh`, "
            "which builds it anew",
        ) from error
    with connection:
        yield


def _make_folder(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise WarehouseError(
            f"the warehouse's folder cannot be made ({type(error).__name__})",
            str(folder),
            "set UTM_WAREHOUSE to a place that you may write to",
        ) from error


def _log_of(path: Path) -> Path:
    return path.with_name(path.name + ".wal")


def _sync(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
