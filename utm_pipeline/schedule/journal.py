"""What scheduled runs leave beside the warehouse: a log of bounded size, notes, a lock.

Everything is in ``.utm/schedule``, readable by its owner alone. E-mail addresses never reach the
log, nor whatever stands before an ``@`` in an address of a server.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from datetime import datetime
from pathlib import Path
from typing import NamedTuple

from utm_pipeline.errors import BusyError, WarehouseError
from utm_pipeline.settings import Settings
from utm_pipeline.state import append_private, locked, replace_private

LOG_BYTES = 1_000_000
"""A log that has become larger is set aside when the next run starts."""
KEPT_LOGS = 3
_LONGEST_TEXT = 20_000
_ADDRESS = re.compile(r"[^\s<>\"',;()\[\]]+@[^\s<>\"',;()\[\]]+")


class Notes(NamedTuple):
    """What one job remembers, as instants with their offset."""

    settled_until: datetime | None = None
    """Turns of the report up to this instant are done with."""
    tried: datetime | None = None
    told: datetime | None = None
    """When the failure that lasts was last written to standard error."""


class Journal:
    """Log, notes and lock of one job of a shop, ``refresh`` or ``report``."""

    def __init__(self, settings: Settings, job: str) -> None:
        self.job = job
        self._folder = log_folder(settings)
        self._zone = settings.zone
        self.log = self._folder / f"{job}.log"
        """The log that is written now; older ones end in ``.1`` and so on."""
        self._notes = self._folder / f"{job}.json"

    def notes(self) -> Notes:
        """The notes of earlier runs. A file that holds none, half-written or old, counts as none.

        Raises:
            WarehouseError: the file is there but cannot be read.
        """
        with _problems(self._notes):
            content = self._notes.read_bytes() if self._notes.exists() else b"{}"
        try:
            read = json.loads(content.decode("utf-8"))
            return Notes(*(_instant(read[key]) if key in read else None for key in Notes._fields))
        except (ValueError, TypeError):
            # Nothing hangs on them that a run cannot find out anew.
            return Notes()

    def keep(self, notes: Notes) -> None:
        """Replaces the notes; WarehouseError if they cannot be written."""
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
                for older, newer in zip(logs[:0:-1], logs[-2::-1], strict=True):
                    if newer.exists():
                        newer.replace(older)
            append_private(self.log, "".join(f"{line}\n" for line in lines))

    @contextmanager
    def lock(self) -> Iterator[None]:
        """Keeps a second run of the same job out.

        Raises:
            BusyError: the last run is still at it; at once, without waiting.
        """
        what = f"the last scheduled {self.job} is still running"
        busy = BusyError(what, str(self._folder), "wait until it ends")
        path = self._folder / f"{self.job}.lock"
        with ExitStack() as stack:
            with _problems(path):
                stack.enter_context(locked(path, busy))
            yield


def without_addresses(text: str) -> list[str]:
    """The end of what a command said, as lines without anybody's address."""
    return _ADDRESS.sub("[address]", text[-_LONGEST_TEXT:]).splitlines()


def read_recipients(settings: Settings) -> tuple[str, ...]:
    """The addresses that the schedule has of its own, beside those of ``.env``."""
    path = log_folder(settings) / "recipients"
    with _problems(path):
        text = path.read_text(encoding="utf-8") if path.exists() else ""
    return tuple(text.split("\n")[:-1])


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


def _instant(text: str | None) -> datetime | None:
    instant = None if text is None else datetime.fromisoformat(text)
    if instant is not None and instant.tzinfo is None:
        raise ValueError("an instant without its offset")
    return instant


@contextmanager
def _problems(path: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise WarehouseError(
            f"what the schedule keeps cannot be read or written ({type(error).__name__})",
            str(path),
            "make the warehouse's folder yours, and free some space",
        ) from error
