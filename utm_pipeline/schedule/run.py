"""One scheduled run: is it due, is the last one done, and what came of it.

Whatever starts it may send what is written to standard error by mail. So it is quiet when all went
well, when nothing was due and when the last run was still at it; of a failure it speaks once, and
once a day while it lasts. The log has it all.
"""

from __future__ import annotations

import os
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import NamedTuple

from utm_pipeline.errors import BusyError, ExitCode
from utm_pipeline.schedule.entries import Installation
from utm_pipeline.schedule.journal import Journal, Notes, read_recipients, without_addresses
from utm_pipeline.schedule.plan import PERIODS, TICK, ReportPlan, due_turn
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


class Outcome(NamedTuple):
    """How a run ended, and the lines for whoever cron writes to."""

    code: int
    lines: Sequence[str] = ()


class Ended(NamedTuple):
    """A command that has ended: its exit code and what it said on standard error."""

    code: int
    errors: str


def utc_now() -> datetime:
    """The clock."""
    return datetime.now(UTC)


def start(command: Sequence[str], variables: Mapping[str, str]) -> Ended:
    """Runs a command of this program to its end, with variables beside the environment's."""
    done = subprocess.run(  # noqa: S603 - this program itself
        list(command),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        check=False,
        env={**os.environ, **variables},
    )
    return Ended(done.returncode, done.stderr.decode("utf-8", "replace"))


def send_now(settings: Settings, shop: Installation, report: ReportPlan) -> Outcome:
    """Sends the report at once, to see whether it arrives."""
    ended = start(shop.command(*_email(report), "--force"), _recipients(settings))
    return Outcome(ended.code, without_addresses(ended.errors))


@dataclass(frozen=True)
class Runner:
    """Runs the jobs of one shop."""

    settings: Settings
    shop: Installation
    start: Callable[[Sequence[str], Mapping[str, str]], Ended] = start
    clock: Callable[[], datetime] = utc_now

    def run(self, report: ReportPlan | None = None) -> Outcome:
        """One refresh; or the report, if it is due on the business clock."""
        journal = Journal(self.settings, "refresh" if report is None else "report")
        try:
            with journal.lock():
                if report is None:
                    return self._run(journal, journal.notes(), ("refresh",), {})
                return self._report(journal, report)
        except BusyError as error:
            journal.write(self.clock(), "busy, exit 5", [str(error)])
            return Outcome(ExitCode.BUSY)

    def _report(self, journal: Journal, report: ReportPlan) -> Outcome:
        now, notes = self.clock(), journal.notes()
        settled = notes.settled_until
        if settled is None or settled > now:
            # Nobody said since when, or by a clock that was wrong: what lies behind the last
            # quarter shall not come by surprise.
            settled = now - timedelta(minutes=TICK)
            notes = Notes(settled)
            journal.keep(notes)
        turn = due_turn(report, now, self.settings.zone, settled)
        if turn is None or (notes.tried and turn <= notes.tried and now - notes.tried < _TRY_AGAIN):
            return Outcome(ExitCode.DONE)
        notes = notes._replace(tried=now)
        journal.keep(notes)
        outcome = self._run(journal, notes, _email(report), _recipients(self.settings))
        is_over = outcome.code == ExitCode.FAILED and now - turn >= _IN_PART
        if outcome.code in _SETTLING or is_over:
            journal.keep(journal.notes()._replace(settled_until=turn))
        return outcome

    def _run(
        self, journal: Journal, notes: Notes, command: Sequence[str], variables: Mapping[str, str]
    ) -> Outcome:
        journal.write(self.clock(), "started")
        began = time.monotonic()
        code, errors = self.start(self.shop.command(*command), variables)
        seconds = time.monotonic() - began
        lines, now = without_addresses(errors), self.clock()
        if code == ExitCode.BUSY:
            journal.write(now, "busy, exit 5", lines)
            return Outcome(code)
        if code == ExitCode.DONE:
            journal.write(now, f"done in {seconds:.1f} s", lines)
            journal.keep(notes._replace(told=None))
            return Outcome(code)
        journal.write(now, f"failed, exit {code}", lines)
        is_news = notes.told is None or now - notes.told >= _TELL_AGAIN
        journal.keep(notes._replace(told=now) if is_news else notes)
        # A process that a signal ended has a negative code here, and the shell's sum outside.
        code = 128 - code if code < 0 else code
        head = f"utm-pipeline {journal.job} failed with exit code {code}; log: {journal.log}"
        return Outcome(code, (head, *lines) if is_news else ())


def _email(report: ReportPlan) -> tuple[str, ...]:
    return "email", "--period", PERIODS[report.every], *report.options


def _recipients(settings: Settings) -> dict[str, str]:
    """Who gets the report, as a variable: arguments of a process can be seen by everybody."""
    own = read_recipients(settings)
    return {"UTM_REPORT_RECIPIENTS": ",".join(own)} if own else {}
