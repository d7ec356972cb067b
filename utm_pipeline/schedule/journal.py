"""What scheduled runs leave beside the warehouse: a log of bounded size, notes, a lock.

Everything is in ``.utm/schedule``, readable by its owner alone. E-mail addresses never reach the
log, nor whatever stands before an ``@`` in an address of a server.
"""

from __future__ import annotations

import fcntl
import json
import os
import re
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, fields
from datetime import datetime
from pathlib import Path

from utm_pipeline.errors import BusyError, WarehouseError
from utm_pipeline.settings import Settings
from utm_pipeline.state import replace_private

LOG_BYTES = 1_000_000
"""A log that has become larger is set aside when the next run starts."""
KEPT_LOGS = 3
_LONGEST_TEXT = 20_000
_ADDRESS = re.compile(r"[^\s<>\"',;()\[\]]+@[^\s<>\"',;()\[\]]+")


@dataclass(frozen=True)
class Notes:
    """What one job remembers, as instants with their offset."""

    settled_until: datetime | None = None
    """Turns of the report up to this instant are done with."""
    tried: datetime | None = None
    told: datetime | None = None
    """When the failure that lasts was told on standard error."""

    def to_json(self) -> str:
        """An object of ISO 8601 texts."""
        values = {each.name: getattr(self, each.name) for each in fields(self)}
        return json.dumps({name: value and value.isoformat() for name, value in values.items()})

    @classmethod
    def from_json(cls, text: str) -> Notes:
        """The notes in a text that ``to_json`` wrote.

        Raises:
            ValueError: it is another text.
        """
        read = json.loads(text)
        if not isinstance(read, dict):
            raise ValueError("no object")
        values: dict[str, datetime | None] = {}
        for each in fields(cls):
            value = read.get(each.name)
            values[each.name] = None if value is None else datetime.fromisoformat(str(value))
        if any(value is not None and value.tzinfo is None for value in values.values()):
            raise ValueError("an instant without its offset")
        return cls(**values)


@dataclass(frozen=True)
class Journal:
    """Log, notes and lock of one job, ``refresh`` or ``report``."""

    folder: Path
    job: str

    @property
    def log(self) -> Path:
        """The log that is written now; older ones end in ``.1`` and so on."""
        return self.folder / f"{self.job}.log"

    def notes(self) -> Notes:
        """The notes of earlier runs. A file that holds none, half-written or old, counts as none.

        Raises:
            WarehouseError: the file is there but cannot be read.
        """
        path = self.folder / f"{self.job}.json"
        with _problems(path):
            if not path.exists():
                return Notes()
            try:
                return Notes.from_json(path.read_text(encoding="utf-8"))
            except ValueError:
                # Nothing hangs on them that a run cannot find out anew.
                return Notes()

    def keep(self, notes: Notes) -> None:
        """Replaces the notes."""
        write_private(self.folder / f"{self.job}.json", notes.to_json() + "\n")

    def forget(self) -> None:
        """Takes the notes away; the log stays."""
        (self.folder / f"{self.job}.json").unlink(missing_ok=True)

    def write(self, moment: datetime, text: str, more: Sequence[str] = ()) -> None:
        """Appends a line with its time, and lines that belong to it, indented.

        A log that has become too large is set aside before. No two writers do that at once.
        """
        stamp = moment.isoformat(sep=" ", timespec="seconds")
        lines = (f"{stamp} {text}", *(f"  {line}" for line in more))
        content = "".join(f"{line}\n" for line in lines)
        with _problems(self.log), _locked(self.folder / "log.lock", fcntl.LOCK_EX):
            self._rotate()
            descriptor = os.open(self.log, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
            with os.fdopen(descriptor, "w", encoding="utf-8", errors="replace") as file:
                file.write(content)

    def _rotate(self) -> None:
        if not self.log.exists() or self.log.stat().st_size <= LOG_BYTES:
            return
        older = [self.folder / f"{self.log.name}.{n}" for n in range(1, KEPT_LOGS + 1)]
        for source, place in reversed(list(zip((self.log, *older), older, strict=False))):
            if source.exists():
                source.replace(place)

    @contextmanager
    def lock(self) -> Iterator[None]:
        """Keeps a second run of the same job out.

        Raises:
            BusyError: the last run is still at it; at once, without waiting.
        """
        path = self.folder / f"{self.job}.lock"
        with ExitStack() as stack:
            try:
                with _problems(path):
                    stack.enter_context(_locked(path, fcntl.LOCK_EX | fcntl.LOCK_NB))
            except BusyError as error:
                raise BusyError(
                    f"the last scheduled {self.job} is still running", str(self.folder), error.fix
                ) from None
            yield


def journal(settings: Settings, job: str) -> Journal:
    """The journal of a job of this shop."""
    return Journal(settings.state_dir / "schedule", job)


def without_addresses(text: str) -> list[str]:
    """The end of what a command said, as lines without anybody's address."""
    return _ADDRESS.sub("[address]", text[-_LONGEST_TEXT:]).splitlines()


def read_recipients(settings: Settings) -> tuple[str, ...]:
    """The addresses that the schedule has of its own, beside those of ``.env``."""
    path = _recipients_file(settings)
    with _problems(path):
        if not path.exists():
            return ()
        return tuple(path.read_text(encoding="utf-8").split("\n")[:-1])


def keep_recipients(settings: Settings, recipients: Sequence[str]) -> None:
    """Keeps addresses out of the crontab, where the system's log would show them."""
    if not recipients:
        _recipients_file(settings).unlink(missing_ok=True)
        return
    write_private(_recipients_file(settings), "".join(f"{address}\n" for address in recipients))


def write_private(path: Path, content: str) -> None:
    """Writes a file for its owner alone, whole or not at all.

    Raises:
        WarehouseError: it cannot be written.
    """
    with _problems(path):
        replace_private(path, content)


def _recipients_file(settings: Settings) -> Path:
    return settings.state_dir / "schedule" / "recipients"


@contextmanager
def _locked(path: Path, how: int) -> Iterator[None]:
    path.parent.mkdir(parents=True, exist_ok=True)
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        try:
            fcntl.flock(descriptor, how)
        except BlockingIOError:
            raise BusyError("held by another process", str(path), "wait until it ends") from None
        yield
    finally:
        os.close(descriptor)


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
