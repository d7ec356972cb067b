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
from typing import Self


class ExitCode(IntEnum):
    """Exit codes of ``utm-pipeline``, as the interface contract lists them."""

    meaning: str

    DONE = 0, "done"
    FAILED = (
        1,
        "the work failed: a model, a test, an extract or a delivery; what was served is kept",
    )
    WRONG_USE = 2, "wrong use: an unknown command, option, query or value"
    CONFIGURATION = (
        3,
        "a setting is wrong, an input is missing, or the warehouse or the shop cannot be opened",
    )
    STALE = 4, "refused: the data is stale, or no right report is in it"
    BUSY = 5, "another refresh, extract, load-spend, email or notify is running"
    INTERRUPTED = 130, "interrupted"

    def __new__(cls, code: int, meaning: str) -> Self:
        """The code, and what docs/cli.md says of it."""
        made = int.__new__(cls, code)
        made._value_, made.meaning = code, meaning
        return made


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
        self.what, self.where, self.fix = (" ".join(text.split()) for text in (what, where, fix))

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


class ExtractError(PipelineError):
    """An extract did not come to its end; the raw files are as they were."""


class DeliveryError(PipelineError):
    """A message did not reach everybody it was meant for."""


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


class _Stop(KeyboardInterrupt):
    """What a signal raises.

    ``python -m`` ends by SIGINT, not with our exit code, if the very KeyboardInterrupt has passed
    through ``exec`` anywhere, as it does where a module with a dataclass is imported.
    """


class _Signals:
    """What became of a signal since the outermost :func:`signals_raise` began."""

    heard = False
    ending = False
    """A block has ended by it. What cleans up behind it is left alone by further signals."""

    def stop(self, _number: int, _frame: FrameType | None) -> None:
        if not self.ending:
            self.heard = True
            raise _Stop


_signals = _Signals()
_STOP = _signals.stop


@contextmanager
def signals_raise(*numbers: signal.Signals) -> Iterator[None]:
    """Signals, SIGINT, SIGTERM and SIGHUP if none is named, end the block by KeyboardInterrupt.

    They do so whatever the block makes of it: a library may take the KeyboardInterrupt for a
    failure of its own (DuckDB raises "Query interrupted", dbt reports a failed model), or lose it.
    Blocks may be nested: after an inner one has ended by a signal, further ones do nothing until
    the outermost has ended, so that they do not disturb the cleaning up in between.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    all_known = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
    before = {number: signal.getsignal(number) for number in all_known}
    if _STOP not in before.values():
        _signals.heard = _signals.ending = False
    # Who starts a program with a signal ignored, as shells do in the background, means it.
    taken = [each for each in numbers or before if before[each] not in (_STOP, signal.SIG_IGN)]
    failure: BaseException | None = None
    try:
        for number in taken:
            signal.signal(number, _STOP)
        yield
    except BaseException as error:  # noqa: BLE001 - it goes on below
        failure = error
    # Who lets a block end well after an inner one was ended has taken note of the signal.
    is_interrupted = _signals.heard or (_signals.ending and failure is not None)
    _signals.heard, _signals.ending = False, is_interrupted or _signals.ending
    for number in taken:
        signal.signal(number, before[number])
    if is_interrupted and not isinstance(failure, KeyboardInterrupt | InterruptedRunError):
        raise _Stop from failure
    if failure is not None:
        raise failure
