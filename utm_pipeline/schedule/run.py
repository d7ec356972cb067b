"""One scheduled run: is it due, is the last one done, and what came of it.

Whatever starts it may send what is written to standard error by mail. So it is quiet when all went
well, when nothing was due and when the last run was still at it; of a failure it speaks once, and
once a day while it lasts. The log has it all.

What runs leave is in ``.utm/schedule``, readable by its owner alone: logs of bounded size, notes,
locks. E-mail addresses never reach a log, nor whatever stands before an ``@`` in an address of a
server.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, ExitStack, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path
from typing import NamedTuple

from utm_pipeline.causes import told
from utm_pipeline.errors import BusyError, ExitCode, WarehouseError
from utm_pipeline.schedule.plan import PERIODS, TICK, Installation, ReportPlan, due_turn
from utm_pipeline.settings import Settings
from utm_pipeline.state import append_private, locked, replace_private

LOG_BYTES = 1_000_000
"""A log that has become larger is set aside when the next run starts."""
KEPT_LOGS = 3
_LONGEST_TEXT = 20_000
_ADDRESS = re.compile(r"[^\s<>\"',;()\[\]]+@[^\s<>\"',;()\[\]]+")
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
    return Outcome(ended.code, _without_addresses(ended.errors))


class Notes(NamedTuple):
    """What one job remembers, as instants with their offset."""

    settled_until: datetime | None = None
    """Turns of the report up to this instant are done with."""
    tried: datetime | None = None
    told: datetime | None = None
    """When the failure that lasts was last written to standard error."""


class Journal:
    """Log, notes and lock of one job of a shop, ``refresh`` or ``report``.

    WarehouseError is raised where they cannot be read or written.
    """

    def __init__(self, settings: Settings, job: str) -> None:
        self.job = job
        self._folder = log_folder(settings)
        self._zone = settings.zone
        self._notes = self._folder / f"{job}.json"
        self.log = self._folder / f"{job}.log"
        """The log that is written now; older ones end in ``.1`` and so on."""

    def notes(self) -> Notes:
        """The notes of earlier runs. A file that holds something else counts as none."""
        with _problems(self._notes):
            content = self._notes.read_bytes() if self._notes.exists() else b"{}"
        try:
            read = json.loads(content.decode("utf-8"))
            texts = (read.get(key) for key in Notes._fields)
            notes = Notes(
                *(None if text is None else datetime.fromisoformat(text) for text in texts)
            )
        except (ValueError, TypeError, AttributeError):
            # Nothing hangs on them that a run cannot find out anew.
            return Notes()
        # As little can be made of an instant without its offset.
        return notes if all(each is None or each.tzinfo for each in notes) else Notes()

    def keep(self, notes: Notes) -> None:
        """Replaces the notes."""
        texts = {key: instant and instant.isoformat() for key, instant in notes._asdict().items()}
        with _problems(self._notes):
            replace_private(self._notes, json.dumps(texts) + "\n")

    def forget(self) -> None:
        """Takes the notes away; the log stays."""
        self._notes.unlink(missing_ok=True)

    def write(self, now: datetime, text: str, more: Sequence[str] = ()) -> None:
        """Appends a line with its time and job, and lines that belong to it, indented.

        A log that has become too large is set aside before. No two writers do that at once.
        """
        stamp = now.astimezone(self._zone).isoformat(sep=" ", timespec="seconds")
        lines = (f"{stamp} {self.job}: {text}", *(f"  {line}" for line in more))
        with _problems(self.log), locked(self._folder / "log.lock"):
            if self.log.exists() and self.log.stat().st_size > LOG_BYTES:
                logs = [self.log, *(Path(f"{self.log}.{n}") for n in range(1, KEPT_LOGS + 1))]
                for newer, older in reversed(list(pairwise(logs))):
                    if newer.exists():
                        newer.replace(older)
            append_private(self.log, "".join(f"{line}\n" for line in lines))

    @contextmanager
    def lock(self) -> Iterator[None]:
        """Keeps a second run of the same job out: BusyError at once, if the last is still at it."""
        what = f"the last scheduled {self.job} is still running"
        busy = BusyError(what, str(self._folder), "wait until it ends")
        path = self._folder / f"{self.job}.lock"
        with ExitStack() as stack:
            with _problems(path):
                stack.enter_context(locked(path, busy))
            yield


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
        lines, now = _without_addresses(errors), self.clock()
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
    path = log_folder(settings) / "recipients"
    with _problems(path):
        own = path.read_text(encoding="utf-8").split("\n")[:-1] if path.exists() else []
    return {"UTM_REPORT_RECIPIENTS": ",".join(own)} if own else {}


def keep_recipients(settings: Settings, recipients: Sequence[str]) -> None:
    """Keeps addresses out of the crontab, where the system's log would show them."""
    path = log_folder(settings) / "recipients"
    if not recipients:
        path.unlink(missing_ok=True)
        return
    with _problems(path):
        replace_private(path, "".join(f"{address}\n" for address in recipients))


def log_folder(settings: Settings) -> Path:
    """Where all that scheduled runs leave is."""
    return settings.state_dir / "schedule"


def _without_addresses(text: str) -> list[str]:
    """The end of what a command said, as lines without anybody's address."""
    return _ADDRESS.sub("[address]", text[-_LONGEST_TEXT:]).splitlines()


def _problems(path: Path) -> AbstractContextManager[None]:
    what = "what the schedule keeps cannot be read or written"
    return told(path, what, "make the warehouse's folder yours", WarehouseError)
