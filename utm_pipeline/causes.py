"""Why the system, or the network, refused: the one place that turns its errors into words.

A right that is missing, a full disk, something that is not there and something damaged are four
things, and each has another cure.
"""

from __future__ import annotations

import errno
import os
import pwd
import stat
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from utm_pipeline.errors import ConfigError, PipelineError

_NO_RIGHT = frozenset({errno.EACCES, errno.EPERM})
_NO_SPACE = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG})
NO_SPACE = "the disk is full, no space left"
DAMAGE = (OSError, ValueError, EOFError)
_WORDS: Mapping[int, str] = {
    **dict.fromkeys(_NO_RIGHT, "the right is missing"),
    **dict.fromkeys(_NO_SPACE, NO_SPACE),
    errno.ENOENT: "it does not exist",
    errno.ENOTDIR: "a part of its path is no folder",
    errno.EISDIR: "it is a folder",
    errno.EEXIST: "it is there already",
    errno.ENAMETOOLONG: "its name is too long",
    errno.ELOOP: "it is a link, or links lead in a circle",
    errno.EROFS: "the disk is read-only",
    errno.EMFILE: "too many files are open",
    errno.ENFILE: "too many files are open",
    errno.EIO: "the disk has a fault",
    errno.ENOMEM: "there is not enough memory",
    errno.ENXIO: "nothing is there that takes it",
    errno.ETXTBSY: "it is running",
    errno.EADDRINUSE: "another program listens there",
    errno.EADDRNOTAVAIL: "this machine has no such address",
    errno.ECONNREFUSED: "nothing listens there",
    errno.ETIMEDOUT: "no answer in time",
    **dict.fromkeys((errno.ENETUNREACH, errno.EHOSTUNREACH), "the network has no way to it"),
    **dict.fromkeys((errno.ECONNRESET, errno.ECONNABORTED, errno.EPIPE), "the connection broke"),
}


class FullDiskError(PipelineError):
    """There is no space left for a file."""


class RightsError(ConfigError):
    """Whoever runs the program lacks a right on a file or a folder."""


def reason(error: BaseException) -> str:
    """Why something failed, in words."""
    # Imported here: most commands have no error.
    import socket
    from http.client import HTTPException

    words = "the system refused"
    match error:
        case socket.gaierror():
            is_later = error.errno == socket.EAI_AGAIN
            words = "names cannot be looked up now" if is_later else "its name is not known"
        case TimeoutError():
            words = _WORDS[errno.ETIMEDOUT]
        case OSError(errno=int(number)):
            words = _WORDS.get(number, os.strerror(number).lower())
        case UnicodeError():
            words = "it is not UTF-8"
        case HTTPException():
            words = "the answer is no HTTP"
        case EOFError():
            words = "it ends too early"
        case ValueError():
            words = "it is damaged"
    return words


def is_full(error: BaseException) -> bool:
    """Whether there is no space left."""
    return isinstance(error, OSError) and error.errno in _NO_SPACE


@contextmanager
def told(
    path: Path,
    what: str,
    fix: str,
    kind: type[PipelineError] = ConfigError,
    faults: tuple[type[Exception], ...] = (OSError,),
) -> Iterator[None]:
    """Turns what goes wrong with a file in the block into an error in words.

    ``faults`` are what counts as that; ``DAMAGE`` takes what is in the file too.

    Raises:
        RightsError: a right is missing; it names the file or folder, its owner and mode.
        FullDiskError: there is no space left.
        PipelineError: of ``kind``, anything else: ``what``, with the reason.
    """
    try:
        yield
    except BrokenPipeError:
        # Who read it has enough; not a fault of the file.
        raise
    except faults as error:
        raise explained(error, path, what, fix, kind) from error


def explained(
    error: BaseException,
    path: Path,
    what: str,
    fix: str,
    kind: type[PipelineError] = ConfigError,
) -> PipelineError:
    """The error of a file, as :func:`told` raises it."""
    if is_full(error):
        said = "free space there, then run it again"
        return FullDiskError(f"{what}: {NO_SPACE}", str(path), said)
    if isinstance(error, OSError) and error.errno in _NO_RIGHT:
        return missing_right(path)
    return kind(f"{what}: {reason(error)}", str(path), fix)


def missing_right(path: Path) -> RightsError:
    """Which right is missing on the way to a path: whose file or folder it is, and its mode."""
    right, place = _barrier(path.absolute())
    owner, mode = ownership(place)
    return RightsError(
        f"the right to {right} is missing",
        f"{place} (owner {owner}, mode {mode})",
        f"run it as {owner}, or let {owner} give that right",
    )


def ownership(path: Path) -> tuple[str, str]:
    """The owner's name and the mode of a file, ``root`` and ``600``."""
    try:
        return owner_and_mode(path.stat())
    except OSError:
        return "unknown", "unknown"


def owner_and_mode(facts: os.stat_result) -> tuple[str, str]:
    """The same, of facts that are known."""
    try:
        owner = pwd.getpwuid(facts.st_uid).pw_name
    except KeyError:
        owner = str(facts.st_uid)
    return owner, f"{stat.S_IMODE(facts.st_mode):03o}"


def _barrier(path: Path) -> tuple[str, Path]:
    """The right that is missing, and on what: the first that bars the way."""
    for folder in reversed(path.parents):
        if folder.exists() and not may(folder, os.X_OK):
            return "enter", folder
    there = next(each for each in (path, *path.parents) if each.exists())
    rights = {"read": os.R_OK, "write": os.W_OK}
    if there.is_dir():
        rights = {"enter": os.X_OK, "list": os.R_OK, "write": os.W_OK}
    missing = next((right for right, access in rights.items() if not may(there, access)), None)
    return (missing, there) if missing else ("write", path.parent)


def may(path: Path, access: int) -> bool:
    """Whether whoever runs the program has a right, one of os.R_OK and its like."""
    return os.access(path, access, effective_ids=os.access in os.supports_effective_ids)


def unexplained(error: OSError) -> PipelineError:
    """What can be said of an error that came where nobody expected one."""
    path = error.filename if isinstance(error.filename, str) else ""
    if path and error.errno in _NO_RIGHT:
        return missing_right(Path(path))
    if is_full(error):
        return FullDiskError(NO_SPACE, path, "free some, then run it again")
    what = f"the system refused: {reason(error)}"
    return PipelineError(what, path, "with --debug before the command it says more")
