"""The raw folder: who may write to it, what an extract keeps there, and the one step of a commit.

``.extract/`` in the raw folder holds the lock, the work of a running extract and ``state.json``. A
commit is one file, ``commit.json``: once it is there, what it says is done, now or by whoever comes
next; before that, nothing has changed. Readers of the folder hold a shared lock, so no file goes
while they read.
"""

from __future__ import annotations

import fcntl
import json
import os
import shutil
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from utm_pipeline.errors import BusyError, ExtractError, InputError

_PATTERN_CHARACTERS = frozenset("*?[]{}")


class RawFolder:
    """A raw folder that this extract alone writes to; made by :func:`writing`."""

    def __init__(self, raw_dir: Path) -> None:
        self.raw_dir = raw_dir
        self.work = raw_dir / ".extract" / "work"
        self._state = raw_dir / ".extract" / "state.json"
        self._commit = raw_dir / ".extract" / "commit.json"

    def start(self) -> dict[str, Any]:
        """Ends a commit that was begun, clears what a killed extract left, and reads the state.

        Returns:
            The state that the last extract committed; empty if there is none or it is unreadable.
        """
        self.roll_forward()
        self.clear()
        self.work.mkdir()
        try:
            state = json.loads(self._state.read_text(encoding="utf-8"))
        except (FileNotFoundError, ValueError):
            return {}
        return state if isinstance(state, dict) else {}

    def clear(self) -> None:
        """Removes the work of an extract."""
        if self.work.exists():
            shutil.rmtree(self.work)
        self._draft.unlink(missing_ok=True)

    def commit(
        self, moves: Iterable[tuple[Path, Path]], gone: Iterable[Path], state: dict[str, Any]
    ) -> None:
        """Puts new files in their places, removes others, and keeps the state: all or nothing.

        Args:
            moves: from the work to the places, all in the raw folder. The files are on disk.
            gone: files that go.
            state: what the next extract reads.
        """
        steps = {
            "moves": [[self._name(start), self._name(end)] for start, end in moves],
            "gone": [self._name(file) for file in gone],
        }
        with self._draft.open("w", encoding="utf-8") as stream:
            json.dump({**state, "commit": steps}, stream, indent=1)
            stream.flush()
            os.fsync(stream.fileno())
        self._draft.replace(self._commit)
        sync(self._commit.parent)
        self.roll_forward()

    def roll_forward(self) -> None:
        """Does what a commit says, if there is one; what is done already stays done."""
        if not self._commit.exists():
            return
        steps = json.loads(self._commit.read_text(encoding="utf-8"))["commit"]
        folders = set()
        for start, end in steps["moves"]:
            source, target = self.raw_dir / start, self.raw_dir / end
            folders.add(target.parent)
            target.parent.mkdir(exist_ok=True)
            if source.exists():
                source.replace(target)
        # New rows first: a row that is there twice for a moment is one, a missing one is none.
        for name in steps["gone"]:
            file = self.raw_dir / name
            file.unlink(missing_ok=True)
            folders.add(file.parent)
        for folder in folders:
            if folder.exists():
                sync(folder)
        sync(self.raw_dir)
        # A rename needs no room on the disk.
        self._commit.replace(self._state)
        sync(self._state.parent)

    @property
    def pending(self) -> bool:
        """Whether a commit was begun and not ended."""
        return self._commit.exists()

    @property
    def _draft(self) -> Path:
        return self._commit.with_name(".commit.json")

    def _name(self, file: Path) -> str:
        return file.relative_to(self.raw_dir).as_posix()


@contextmanager
def writing(raw_dir: Path) -> Iterator[RawFolder]:
    """Keeps others off the raw folder, which is made if need be, and clears the work at the end.

    Raises:
        BusyError: another extract is running, or a refresh reads the folder; at once.
        InputError: the folder cannot be made or written, or its path cannot be read later.
    """
    if _PATTERN_CHARACTERS & set(str(raw_dir)):
        raise InputError(
            "the folder of raw files has a pattern character (* ? [ ] { }) in its path",
            str(raw_dir),
            "set UTM_RAW_DIR to a folder without such characters",
        )
    place = raw_dir / ".extract"
    try:
        place.mkdir(parents=True, exist_ok=True)
        # Its files hold personal data.
        place.chmod(0o700)
        descriptor = os.open(place / "lock", os.O_RDWR | os.O_CREAT, 0o600)
    except OSError as error:
        raise InputError(
            f"the folder of raw files cannot be written ({type(error).__name__})",
            str(raw_dir),
            "set UTM_RAW_DIR to a folder that you may write to",
        ) from error
    try:
        _take(descriptor, fcntl.LOCK_EX, raw_dir, "another extract or refresh is running")
        folder = RawFolder(raw_dir)
        try:
            yield folder
        finally:
            folder.clear()
    finally:
        # The kernel gives the lock back when the descriptor or the process goes.
        os.close(descriptor)


@contextmanager
def reading(raw_dir: Path) -> Iterator[None]:
    """Keeps extracts from changing the raw folder for the block, and ends a commit before it.

    Raises:
        BusyError: an extract is running; at once.
        ExtractError: a commit cannot be ended.
    """
    lock = raw_dir / ".extract" / "lock"
    if not lock.exists():
        yield
        return
    descriptor = os.open(lock, os.O_RDONLY)
    try:
        folder = RawFolder(raw_dir)
        if folder.pending:
            _take(descriptor, fcntl.LOCK_EX, raw_dir, "an extract is running")
            try:
                folder.roll_forward()
            except OSError as error:
                raise ExtractError(
                    f"an extract that was killed cannot be ended ({type(error).__name__})",
                    str(raw_dir),
                    "make the folder writable, then run `utm-pipeline extract`",
                ) from error
        _take(descriptor, fcntl.LOCK_SH, raw_dir, "an extract is running")
        yield
    finally:
        os.close(descriptor)


def sync(path: Path) -> None:
    """Puts a file, or the names in a folder, on disk for good."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _take(descriptor: int, kind: int, raw_dir: Path, why: str) -> None:
    try:
        fcntl.flock(descriptor, kind | fcntl.LOCK_NB)
    except BlockingIOError:
        raise BusyError(why, str(raw_dir), "wait until it has ended") from None
