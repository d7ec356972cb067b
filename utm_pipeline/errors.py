"""Errors that a user can act upon, and the exit codes of the command line.

Every expected failure is a :class:`PipelineError`: it says what is wrong, where, and what to do
about it. Its text never holds a value from a row or a secret.
"""

from __future__ import annotations

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from enum import IntEnum
from types import FrameType


class ExitCode(IntEnum):
    """Exit codes of ``utm-pipeline``, as the interface contract lists them."""

    DONE = 0
    FAILED = 1
    WRONG_USE = 2
    CONFIGURATION = 3
    STALE = 4
    BUSY = 5
    INTERRUPTED = 130


class PipelineError(Exception):
    """Base of all expected failures.

    Args:
        what: the fault in a few words.
        where: the place of the fault: a variable, a file, a command. May be empty.
        fix: what the reader can do about it.
    """

    exit_code = ExitCode.FAILED

    def __init__(self, what: str, where: str, fix: str) -> None:
        super().__init__(what)
        self.what = _one_line(what)
        self.where = _one_line(where)
        self.fix = _one_line(fix)

    def __str__(self) -> str:
        """The first line of the message: ``what, where``."""
        return f"{self.what}, {self.where}" if self.where else self.what


class WrongUseError(PipelineError):
    """A command or a parameter was used wrongly."""

    exit_code = ExitCode.WRONG_USE


class ParameterError(WrongUseError):
    """A parameter of a query is unknown or has a value that is not allowed.

    ``parameter`` is its name with underscores, ``allowed`` what would be right.
    """

    def __init__(self, parameter: str, what: str, where: str, allowed: str) -> None:
        super().__init__(what, where, allowed)
        self.parameter = parameter
        self.allowed = allowed


class NotFoundError(WrongUseError):
    """The thing that was asked for by its id does not exist."""


class ConfigError(PipelineError):
    """A setting is wrong."""

    exit_code = ExitCode.CONFIGURATION


class InputError(PipelineError):
    """A raw input is missing or incomplete."""

    exit_code = ExitCode.CONFIGURATION


class WarehouseError(PipelineError):
    """The warehouse is missing, unreadable or incomplete."""

    exit_code = ExitCode.CONFIGURATION


class NoWarehouseError(WarehouseError):
    """There is no warehouse yet. ``otherwise`` is what to do if a refresh is not what is wanted."""

    def __init__(self, where: str, otherwise: str) -> None:
        super().__init__(
            "there is no warehouse yet", where, f"run `utm-pipeline refresh`, or {otherwise}"
        )


class BuildError(PipelineError):
    """A model or a test failed; nothing was published."""

    exit_code = ExitCode.FAILED


class ExtractError(PipelineError):
    """An extract did not come to its end; the raw files are as they were."""

    exit_code = ExitCode.FAILED


class DeliveryError(PipelineError):
    """A message did not reach everybody it was meant for."""

    exit_code = ExitCode.FAILED


class StaleDataError(PipelineError):
    """The data is older than the limit, so the report is refused."""

    exit_code = ExitCode.STALE


class EmptyWarehouseError(StaleDataError):
    """The warehouse holds no sessions, so a report would say nothing."""


class UnfinishedPeriodError(StaleDataError):
    """The data ends before the period does, so the report would be about the one before."""


class BusyError(PipelineError):
    """Another refresh is running."""

    exit_code = ExitCode.BUSY


class InterruptedRunError(PipelineError):
    """The run was stopped by a signal; what was served before is still served."""

    exit_code = ExitCode.INTERRUPTED


@contextmanager
def signals_raise() -> Iterator[None]:
    """Makes SIGTERM end the block in the same orderly way as SIGINT does: by KeyboardInterrupt."""
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


def _one_line(text: str) -> str:
    return " ".join(text.split())
