"""A right that is missing, said as that: which file, whose, what mode."""

from __future__ import annotations

import pwd
import stat
from pathlib import Path

from utm_pipeline.errors import InputError


def missing_right(path: Path) -> InputError:
    """The error of a file or folder that this user may not read."""
    place = path
    while True:
        try:
            facts = place.stat()
            break
        except OSError:
            # Behind a folder that may not be entered nothing can be seen.
            if place == place.parent:
                return InputError("the right to read is missing", str(path), _FIX)
            place = place.parent
    if place != path:
        what = "the right to enter the folder is missing"
    elif stat.S_ISDIR(facts.st_mode):
        what = "the right to list the folder is missing"
    else:
        what = "the right to read is missing"
    return InputError(
        what, f"{place} (owner {_name(facts.st_uid)}, mode {stat.S_IMODE(facts.st_mode):03o})", _FIX
    )


_FIX = "give the right (`chmod`), or run as its owner"


def _name(uid: int) -> str:
    try:
        return pwd.getpwuid(uid).pw_name
    except KeyError:
        return str(uid)
