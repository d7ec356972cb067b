"""One scheduled run: is it due, is the last one done, and what came of it.

Whatever starts it may send what is written to standard error by mail. So it is quiet when all went
well, when nothing was due and when the last run was still at it; a failure is told once, and once a
day while it lasts. The log has it all.
"""

from __future__ import annotations

import os
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

from utm_pipeline.errors import BusyError, ExitCode
from utm_pipeline.schedule import entries
from utm_pipeline.schedule.journal import (
    Journal,
    Notes,
    journal,
    read_recipients,
    without_addresses,
)
from utm_pipeline.schedule.plan import TICK, ReportPlan, due_turn
from utm_pipeline.settings import Settings

_SETTLING = frozenset({ExitCode.DONE, ExitCode.WRONG_USE})
"""Ends of a report after which its turn is over. Stale data, and a server that cannot be reached,
are worth further tries."""
_IN_PART = timedelta(hours=2)
"""How long after its turn a report that did not reach everybody is tried again. Those who have it
do not get it twice; an address that is refused shall not be tried for days."""
_TRY_AGAIN = timedelta(minutes=55)
"""From one try of a report to the next, a little under an hour for the sake of the quarters."""
_TELL_AGAIN = timedelta(days=1)


@dataclass(frozen=True)
class Outcome:
    """How a run ended, and what should be seen by whoever cron writes to."""

    code: int
    told: tuple[str, ...] = ()


@dataclass(frozen=True)
class Ended:
    """A command that has ended: its exit code and what it said on standard error."""

    code: int
    errors: str


Start = Callable[[Sequence[str], Mapping[str, str]], Ended]
"""Runs a command with variables beside the environment's."""
Clock = Callable[[], datetime]


def utc_now() -> datetime:
    """The clock."""
    return datetime.now(UTC)


def start(command: Sequence[str], variables: Mapping[str, str]) -> Ended:
    """Runs a command of this program to its end."""
    done = subprocess.run(  # noqa: S603 - this program itself
        list(command),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        check=False,
        env={**os.environ, **variables},
    )
    return Ended(done.returncode, done.stderr.decode("utf-8", "replace"))


@dataclass(frozen=True)
class Runner:
    """Runs the jobs of one shop. ``options`` stand before the command's name."""

    settings: Settings
    options: tuple[str, ...] = ()
    start: Start = start
    clock: Clock = utc_now

    def refresh(self) -> Outcome:
        """One refresh."""
        book = journal(self.settings, "refresh")
        try:
            with book.lock():
                return self._run(book, book.notes(), ("refresh",), {})
        except BusyError as error:
            return self._busy(book, error)

    def report(self, report: ReportPlan) -> Outcome:
        """The report, if it is due on the business clock."""
        book = journal(self.settings, "report")
        try:
            with book.lock():
                return self._report(book, report)
        except BusyError as error:
            return self._busy(book, error)

    def _report(self, book: Journal, report: ReportPlan) -> Outcome:
        now = self.clock()
        notes = book.notes()
        if notes.settled_until is None or notes.settled_until > now:
            # Nobody said since when, or by a clock that was wrong: what lies behind the last
            # quarter shall not come by surprise.
            notes = Notes(settled_until=now - timedelta(minutes=TICK))
            book.keep(notes)
        turn = due_turn(report, now, self.settings.zone, notes.settled_until or now)
        if turn is None or _tried_lately(notes, turn, now):
            return Outcome(ExitCode.DONE)
        notes = replace(notes, tried=now)
        book.keep(notes)
        outcome = self._run(book, notes, email_command(report), recipients(self.settings))
        is_over = outcome.code == ExitCode.FAILED and now - turn >= _IN_PART
        if outcome.code in _SETTLING or is_over:
            book.keep(replace(book.notes(), settled_until=turn))
        return outcome

    def _run(
        self, book: Journal, notes: Notes, command: Sequence[str], variables: Mapping[str, str]
    ) -> Outcome:
        book.write(self._local(), f"{book.job}: started")
        began = time.monotonic()
        ended = self.start((*entries.program(), *self.options, *command), variables)
        seconds = time.monotonic() - began
        lines = without_addresses(ended.errors)
        if ended.code == ExitCode.BUSY:
            book.write(self._local(), f"{book.job}: busy, exit 5", lines)
            return Outcome(ended.code)
        if ended.code == ExitCode.DONE:
            book.write(self._local(), f"{book.job}: done in {seconds:.1f} s", lines)
            book.keep(replace(notes, told=None))
            return Outcome(ended.code)
        book.write(self._local(), f"{book.job}: failed, exit {ended.code}", lines)
        return self._failed(book, notes, ended.code, lines)

    def _failed(self, book: Journal, notes: Notes, code: int, lines: Sequence[str]) -> Outcome:
        now = self.clock()
        # A process that a signal ended has a negative code here, and the shell's sum outside.
        code = 128 - code if code < 0 else code
        is_news = notes.told is None or now - notes.told >= _TELL_AGAIN
        book.keep(replace(notes, told=now) if is_news else notes)
        head = f"utm-pipeline {book.job} failed with exit code {code}; log: {book.log}"
        return Outcome(code, (head, *lines) if is_news else ())

    def _busy(self, book: Journal, error: BusyError) -> Outcome:
        book.write(self._local(), f"{book.job}: busy, exit 5", [str(error)])
        return Outcome(ExitCode.BUSY)

    def _local(self) -> datetime:
        return self.clock().astimezone(self.settings.zone)


def email_command(report: ReportPlan) -> tuple[str, ...]:
    """The command that sends a report."""
    attach = ("--attach-csv",) if report.attach_csv else ()
    return ("email", "--period", report.period, *attach)


def recipients(settings: Settings) -> dict[str, str]:
    """Who gets the report, as a variable: arguments of a process can be seen by everybody."""
    own = read_recipients(settings)
    return {"UTM_REPORT_RECIPIENTS": ",".join(own)} if own else {}


def begin(settings: Settings, now: datetime) -> None:
    """Notes that turns of the report up to now need not be made up for."""
    book = journal(settings, "report")
    book.keep(Notes(settled_until=now))


def _tried_lately(notes: Notes, turn: datetime, now: datetime) -> bool:
    return notes.tried is not None and notes.tried >= turn and now - notes.tried < _TRY_AGAIN
