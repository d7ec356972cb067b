"""Runs a command as a child process and measures its time and peak memory."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass


class ChildFailedError(Exception):
    """A measured command did not end with 0."""


@dataclass(frozen=True)
class Measured:
    """What one run of a command took."""

    seconds: float
    """Wall time from start to end, the interpreter's own start included."""
    peak_mib: float
    """Greatest resident memory of the process, or of one it waited for, in MiB."""
    output: str
    """What it wrote to its standard output."""


def run(command: Sequence[str], environment: Mapping[str, str]) -> Measured:
    """Runs a command to its end.

    Memory is what the system counted for this child alone (``wait4``); keep the calling process
    small, since a new process starts with its parent's size.

    Raises:
        ChildFailedError: the command failed; the message has the end of its standard error.
    """
    with tempfile.TemporaryFile() as output, tempfile.TemporaryFile() as errors:
        begin = time.perf_counter()
        child = subprocess.Popen(  # noqa: S603 - own commands
            list(command), env={**os.environ, **environment}, stdout=output, stderr=errors
        )
        _, status, usage = os.wait4(child.pid, 0)
        seconds = time.perf_counter() - begin
        child.returncode = os.waitstatus_to_exitcode(status)
        output.seek(0)
        errors.seek(0)
        if child.returncode != 0:
            tail = errors.read().decode(errors="replace")[-2000:]
            message = f"{' '.join(command)} ended with {child.returncode}\n{tail}"
            raise ChildFailedError(message)
        return Measured(seconds, _mebibytes(usage.ru_maxrss), output.read().decode())


def best(runs: Sequence[Measured]) -> Measured:
    """The fastest of several runs."""
    return min(runs, key=lambda measured: measured.seconds)


def _mebibytes(maximum: int) -> float:
    # macOS counts bytes, the others kibibytes.
    return maximum / (1024 * 1024 if sys.platform == "darwin" else 1024)
