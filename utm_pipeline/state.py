"""Files that the program writes: locks, private files, outputs, and what has to be on disk.

The only module that knows flock, fsync, modes and umask. What the program keeps for itself is its
owner's alone (mode 0600, folders 0700) from the first byte. It raises OSError as it is, but in
:func:`read_own`: whoever calls knows what the file was for.
"""

from __future__ import annotations

import fcntl
import os
import secrets
import shutil
import stat
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO

from utm_pipeline.causes import owner_and_mode, told
from utm_pipeline.errors import BusyError, ConfigError

_OPEN_TO_OTHERS = 0o077
_LONGEST_STEM = 200
"""Bytes of a name that its draft's name repeats: names have 255 at most."""


@contextmanager
def locked(path: Path, busy: BusyError | None = None, *, shared: bool = False) -> Iterator[None]:
    """Holds the lock of a file that only its owner can open; it is made with its folder if need be.

    ``shared`` lets others hold it too, if they share as well. Without ``busy`` the call waits.
    The kernel gives the lock back when the block or the process ends.

    Raises:
        BusyError: ``busy``, where another process holds the lock; at once.
        OSError: the file cannot be made or opened.
    """
    make_folder(path.parent)
    was_open = _is_open(path)
    close_folder(path.parent)
    if was_open and not _is_open(path.parent):
        # Of an older version. To read it was enough to lock it, so whoever has it open could hold
        # it for ever: nobody waits for that file any more. (Some disks know no modes.)
        path.unlink(missing_ok=True)
    kind = fcntl.LOCK_SH if shared else fcntl.LOCK_EX
    # To share needs no right to write.
    access = (os.O_RDONLY if shared else os.O_RDWR) | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW
    while True:
        descriptor = os.open(path, access, 0o600)
        try:
            try:
                fcntl.flock(descriptor, kind if busy is None else kind | fcntl.LOCK_NB)
            except BlockingIOError:
                if busy is None:
                    raise
                raise busy from None
            if not _is_at(path, descriptor):
                continue
            yield
            return
        finally:
            os.close(descriptor)


def _is_open(path: Path) -> bool:
    """Whether others have rights on a file or folder that is there."""
    with suppress(FileNotFoundError):
        facts = path.lstat()
        return not stat.S_ISLNK(facts.st_mode) and bool(facts.st_mode & _OPEN_TO_OTHERS)
    return False


def _is_at(path: Path, descriptor: int) -> bool:
    """Whether the file that is open is the one of that name."""
    with suppress(FileNotFoundError):
        return os.path.samestat(os.fstat(descriptor), path.lstat())
    return False


@contextmanager
def replacing(path: Path, mode: int = 0o600) -> Iterator[Path]:
    """An empty draft beside ``path`` that takes its place, on disk, if the block ends well.

    Its name cannot be foreseen, and it is made anew and never found.
    """
    stem = path.name if len(os.fsencode(path.name)) <= _LONGEST_STEM else ""
    draft = path.with_name(f".{stem}.{secrets.token_hex(8)}")
    os.close(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, mode))
    try:
        yield draft
        sync(draft)
        draft.replace(path)
        sync(path.parent)
    finally:
        draft.unlink(missing_ok=True)


@contextmanager
def writing(path: Path, mode: int = 0o666) -> Iterator[IO[bytes]]:
    """A stream into a file that somebody named.

    A device or a FIFO is written into, and the target of a link gets the content when that is
    whole. A file is replaced in one step and keeps its mode and owner; one that is new has
    ``mode``, as far as the umask lets it.
    """
    # os.stat and os.lstat, which pass on what is no absence.
    try:
        facts = os.stat(path)  # noqa: PTH116
    except FileNotFoundError:
        facts = None
    if facts is not None and stat.S_ISDIR(facts.st_mode):
        raise IsADirectoryError(21, "", str(path))
    if facts is not None and not stat.S_ISREG(facts.st_mode):
        with open(os.open(path, os.O_WRONLY | os.O_CLOEXEC), "wb") as stream:  # noqa: PTH123
            yield stream
    elif path.is_symlink():
        flags = os.O_WRONLY | os.O_CREAT | os.O_CLOEXEC
        with tempfile.TemporaryFile() as whole:
            yield whole
            whole.seek(0)
            with open(os.open(path, flags, mode), "wb") as stream:  # noqa: PTH123
                stream.truncate()
                shutil.copyfileobj(whole, stream)
                stream.flush()
                os.fsync(stream.fileno())
    else:
        draft_mode = mode if facts is None else 0o600
        with replacing(path, draft_mode) as draft, draft.open("wb") as stream:
            yield stream
            stream.flush()
            if facts is not None:
                _give(stream.fileno(), facts)


def _give(descriptor: int, facts: os.stat_result) -> None:
    """Gives a file the owner and mode that another has, as far as the process may."""
    own = os.fstat(descriptor)
    if (own.st_uid, own.st_gid) != (facts.st_uid, facts.st_gid):
        with suppress(PermissionError):
            os.fchown(descriptor, facts.st_uid, facts.st_gid)
    os.fchmod(descriptor, stat.S_IMODE(facts.st_mode) & 0o777)


def replace_private(path: Path, content: str | bytes) -> None:
    """Writes a file with mode 0600, whole or not at all and on disk for good; makes its folder."""
    make_folder(path.parent)
    with replacing(path) as draft:
        draft.write_bytes(content.encode() if isinstance(content, str) else content)


def append_private(path: Path, text: str) -> None:
    """Adds text at the end of a file that is its owner's alone, and is made if need be."""
    make_folder(path.parent)
    flags = os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_NOFOLLOW
    descriptor = os.open(path, flags, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8", errors="replace") as file:
        file.write(text)


@contextmanager
def private_files() -> Iterator[None]:
    """Whatever the process makes in the block is its owner's alone, libraries' files too."""
    before = os.umask(_OPEN_TO_OTHERS)
    try:
        yield
    finally:
        os.umask(before)


def make_folder(folder: Path) -> None:
    """Makes a folder that is its owner's alone, as are those above it from a name with a dot on.

    Other parents that are missing get the usual mode.
    """
    if folder.is_dir():
        return
    if any(parent.name.startswith(".") for parent in folder.parents):
        make_folder(folder.parent)
    folder.parent.mkdir(parents=True, exist_ok=True)
    folder.mkdir(mode=0o700, exist_ok=True)


def close_folder(folder: Path) -> None:
    """Takes others' rights from a folder of ours, and from all in it, if an older version left any.

    Nothing of another user is changed, and no link followed.
    """
    if _close_file(folder):
        for place, _, names in os.walk(folder):
            for name in (".", *names):
                _close_file(Path(place, name))


def _close_file(path: Path) -> bool:
    """Gives whether others had rights on it."""
    flags = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
    try:
        descriptor = os.open(path, flags)
    except OSError:
        # A link, somebody else's, or gone by now.
        return False
    try:
        facts = os.fstat(descriptor)
        is_open = facts.st_uid == os.geteuid() and bool(facts.st_mode & _OPEN_TO_OTHERS)
        if is_open:
            os.fchmod(descriptor, stat.S_IMODE(facts.st_mode) & ~_OPEN_TO_OTHERS)
        return is_open
    finally:
        os.close(descriptor)


def read_own(file: Path) -> tuple[str, int]:
    """The text of a file that commands the program, and its mode.

    Raises:
        ConfigError: it cannot be read, belongs to another user (root aside), or others may write
            it: whoever can change it would command all who work below its folder.
    """
    faults, fix = (OSError, UnicodeDecodeError), "make it a readable UTF-8 file of lines NAME=value"
    with told(file, "the file cannot be read", fix, faults=faults), file.open("rb") as stream:
        # Of the file that is open, whatever takes its name meanwhile.
        facts = os.fstat(stream.fileno())
        text = stream.read().decode("utf-8")
    is_foreign = facts.st_uid not in {0, os.geteuid()}
    if is_foreign or facts.st_mode & 0o022:
        owner, mode = owner_and_mode(facts)
        raise ConfigError(
            "the file belongs to another user" if is_foreign else "others may write the file",
            f"{file} (owner {owner}, mode {mode})",
            "make it yours, and run `chmod go-w` on it, if it says what you want; else remove it",
        )
    return text, facts.st_mode


def sync(path: Path) -> None:
    """Puts a file, or the names in a folder, on disk for good."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
