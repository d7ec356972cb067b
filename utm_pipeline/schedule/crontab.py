"""The user's crontab, in which everything that is not ours stays as it is, byte for byte.

The library that writes our lines would also write all others anew: it moves blanks and variables,
and makes comments of what it does not understand. So it never sees them.
"""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Callable, Sequence

from utm_pipeline.errors import ConfigError

_SECONDS = 20


def find_program() -> str:
    """The path of ``crontab``.

    Raises:
        ConfigError: there is none.
    """
    program = shutil.which("crontab")
    if program is None:
        raise ConfigError(
            "there is no crontab program",
            "PATH",
            "install cron (on Debian: apt-get install cron), or use the systemd units of "
            "`utm-pipeline schedule --print`",
        )
    return program


def read() -> str:
    """The crontab's text, empty where there is none. Bytes that are no UTF-8 survive.

    Raises:
        ConfigError: there is no program, or it refuses.
    """
    listed = _call("-l")
    if listed.returncode == 0:
        return _text(listed.stdout)
    if any(words in listed.stderr.lower() for words in (b"no crontab", b"no such file")):
        return ""
    raise _refused("read", listed)


def write(text: str) -> None:
    """Replaces the crontab, or removes it where the text is empty, and looks what it holds now.

    Raises:
        ConfigError: the program refuses, or keeps something else.
    """
    written = _call("-", text.encode("utf-8", "surrogateescape")) if text else _call("-r")
    if written.returncode != 0:
        raise _refused("written", written)
    if read() != text:
        raise ConfigError(
            "the crontab does not hold what was written into it",
            "crontab",
            "somebody else may have changed it at this moment: look with `crontab -l`, try again",
        )


def replace_lines(text: str, is_own: Callable[[str], bool], lines: Sequence[str]) -> str:
    """The text with our lines in the place of our old ones, or at its end.

    Only a last line without an end gets one, as ours would else become a part of it.
    """
    kept = _split(text)
    own = [index for index, line in enumerate(kept) if is_own(line)]
    place = own[0] if own else len(kept)
    before = [line for line in kept[:place] if not is_own(line)]
    after = [line for line in kept[place:] if not is_own(line)]
    ours = [line + "\n" for line in lines]
    if ours and before and not before[-1].endswith("\n"):
        before[-1] += "\n"
    return "".join((*before, *ours, *after))


def own_lines(text: str, is_own: Callable[[str], bool]) -> list[str]:
    """Our lines, without their ends."""
    return [line.rstrip("\r\n") for line in _split(text) if is_own(line)]


def _split(text: str) -> list[str]:
    """Lines with their ends. Only a line feed ends one, as for cron."""
    *ended, last = text.split("\n")
    return [line + "\n" for line in ended] + ([last] if last else [])


def _call(argument: str, stdin: bytes = b"") -> subprocess.CompletedProcess[bytes]:
    program = find_program()
    try:
        return subprocess.run(  # noqa: S603 - a fixed command
            [program, argument],
            input=stdin,
            capture_output=True,
            timeout=_SECONDS,
            check=False,
            # In plain English, since its words tell an empty crontab from a refusal.
            env={**os.environ, "LC_ALL": "C"},
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise ConfigError(
            f"the crontab program does not run ({type(error).__name__})",
            program,
            "try `crontab -l` yourself",
        ) from error


def _text(content: bytes) -> str:
    return content.decode("utf-8", "surrogateescape")


def _refused(what: str, result: subprocess.CompletedProcess[bytes]) -> ConfigError:
    told = result.stderr.decode("utf-8", "replace").strip().splitlines()
    return ConfigError(
        f"the crontab cannot be {what} (crontab ends with {result.returncode}"
        + (f": {told[0]})" if told else ")"),
        "crontab",
        "try `crontab -l` yourself; /etc/cron.allow may keep you out",
    )
