"""Files that the program keeps for itself: locks, private files, and what has to be on disk.

The only module that knows flock and fsync. What it makes is its owner's alone (mode 0600, folders
0700) from the first byte. It raises OSError as it is: whoever calls knows what the file was for.
"""

from __future__ import annotations

import fcntl
import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from utm_pipeline.errors import BusyError


@contextmanager
def locked(path: Path, busy: BusyError | None = None, *, shared: bool = False) -> Iterator[None]:
    """Holds the lock of a file, which is made with its folder if need be, or of a folder.

    ``shared`` lets others hold it too, if they share as well. Without ``busy`` the call waits.
    The kernel gives the lock back when the block or the process ends.

    Raises:
        BusyError: ``busy``, where another process holds the lock; at once.
        OSError: the file cannot be made or opened.
    """
    if path.is_dir():
        descriptor = os.open(path, os.O_RDONLY | os.O_DIRECTORY)
    else:
        make_folder(path.parent)
        # To share needs no right to write.
        access = os.O_RDONLY if shared else os.O_RDWR
        descriptor = os.open(path, access | os.O_CREAT | os.O_CLOEXEC, 0o600)
    kind = fcntl.LOCK_SH if shared else fcntl.LOCK_EX
    try:
        try:
            fcntl.flock(descriptor, kind if busy is None else kind | fcntl.LOCK_NB)
        except BlockingIOError:
            if busy is None:
                raise
            raise busy from None
        yield
    finally:
        os.close(descriptor)


@contextmanager
def replacing(path: Path, mode: int = 0o600) -> Iterator[Path]:
    """An empty draft beside ``path`` that takes its place, on disk, if the block ends well.

    Its name cannot be foreseen, and it is made anew and never found.
    """
    draft = path.with_name(f".{path.name}.{secrets.token_hex(8)}")
    os.close(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, mode))
    try:
        yield draft
        sync(draft)
        draft.replace(path)
        sync(path.parent)
    finally:
        draft.unlink(missing_ok=True)


def replace_private(path: Path, content: str | bytes) -> None:
    """Writes a file with mode 0600, whole or not at all and on disk for good; makes its folder."""
    make_folder(path.parent)
    with replacing(path) as draft:
        draft.write_bytes(content.encode() if isinstance(content, str) else content)


def append_private(path: Path, text: str) -> None:
    """Adds text at the end of a file, which is made with mode 0600 if need be."""
    make_folder(path.parent)
    descriptor = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8", errors="replace") as file:
        file.write(text)


def make_folder(folder: Path) -> None:
    """Makes a folder that is its owner's alone; parents that are missing get the usual mode."""
    folder.parent.mkdir(parents=True, exist_ok=True)
    folder.mkdir(mode=0o700, exist_ok=True)


def sync(path: Path) -> None:
    """Puts a file, or the names in a folder, on disk for good."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
