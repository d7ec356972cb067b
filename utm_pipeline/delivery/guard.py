"""Whether a report may go out, and who has it already. In doubt it may not."""

from __future__ import annotations

import hashlib
import hmac
import json
import secrets
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, ExitStack, contextmanager
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

from utm_pipeline import queries
from utm_pipeline.causes import DAMAGE, told
from utm_pipeline.errors import BusyError, EmptyWarehouseError, UnfinishedPeriodError
from utm_pipeline.report.sections import Report
from utm_pipeline.settings import Settings
from utm_pipeline.state import locked, replace_private
from utm_pipeline.warehouse import Warehouse
from utm_pipeline.warehouse.health import refuse_stale

_ENDS: Mapping[str, Callable[[date], date]] = {
    "yesterday": lambda today: today - timedelta(days=1),
    "last_week": lambda today: today - timedelta(days=today.weekday() + 1),
    "last_month": lambda today: today.replace(day=1) - timedelta(days=1),
}
"""The last day of each period that is over, by today's date (metrics.md 1). The clock's own today,
not that of the data: whether the marts go that far is the question."""
_KEPT = timedelta(days=400)
"""After more than a year no period that is over is sent by accident."""


def check(warehouse: Warehouse, settings: Settings, period: str, now: datetime) -> None:
    """Makes sure that a report of the period would be right, and about what its reader expects.

    ``now`` is aware.

    Raises:
        StaleDataError: the data is stale.
        EmptyWarehouseError: there are no sessions at all.
        UnfinishedPeriodError: the data ends before a period that is over by now. Periods are as of
            the data: on Monday with Sunday's data, last_week would be the week before.
        WarehouseError: the marts are incomplete.
    """
    refuse_stale(warehouse, settings, now)
    if queries.period_dates(warehouse, "all_time")[0] is None:
        raise EmptyWarehouseError(
            "the warehouse holds no sessions",
            warehouse.place,
            "look at what `utm-pipeline query data-quality` says, and refresh",
        )
    if period not in _ENDS:
        return
    _, last = queries.period_dates(warehouse, period)
    expected = _ENDS[period](now.astimezone(warehouse.zone).date())
    if last is None or last < expected:
        as_of = warehouse.as_of.astimezone(warehouse.zone).isoformat(sep=" ", timespec="minutes")
        raise UnfinishedPeriodError(
            f"the data is as of {as_of}, but {period} goes to {expected.isoformat()}",
            warehouse.place,
            "run `utm-pipeline refresh`",
        )


@dataclass
class Sent:
    """What was sent before: keyed hashes of report and address, with the day.

    Nobody's address is in the file. Every addition is on disk at once.
    """

    path: Path
    _key: str
    _days: dict[str, str]

    def has(self, report: Report, address: str) -> bool:
        """Whether this address has this report."""
        return self._hash(report, address) in self._days

    def add(self, report: Report, address: str, today: date) -> None:
        """Notes that it has.

        Raises:
            ConfigError: it cannot be noted.
        """
        oldest = (today - _KEPT).isoformat()
        self._days = {name: day for name, day in self._days.items() if day >= oldest}
        self._days[self._hash(report, address)] = today.isoformat()
        write_notes(self.path, {"key": self._key, "sent": self._days})

    def _hash(self, report: Report, address: str) -> str:
        # A period that is over is one report, another one is one for each as_of.
        is_over = report.period in _ENDS
        about = f"{report.first_date} {report.last_date}" if is_over else report.as_of.isoformat()
        text = f"{report.period} {about} {address.lower()}"
        return hmac.new(self._key.encode(), text.encode(), hashlib.sha256).hexdigest()


@contextmanager
def sent_before(settings: Settings, name: str = "sent") -> Iterator[Sent]:
    """What was sent before, while no other process sends. ``name`` is that of the file.

    Raises:
        BusyError: another process is sending.
        ConfigError: the file is damaged or out of reach.
    """
    path = notes_file(settings, name)
    lock = path.with_suffix(".lock")
    busy = BusyError("another process is sending a report", str(lock), "wait until it has ended")
    with ExitStack() as held:
        with _explained(lock):
            held.enter_context(locked(lock, busy))
        found = read_notes(path)
        yield Sent(path, found.get("key") or secrets.token_hex(32), dict(found.get("sent") or {}))


def notes_file(settings: Settings, name: str) -> Path:
    """Where notes of that name are kept."""
    return settings.state_dir / "mail" / f"{name}.json"


def read_notes(path: Path) -> dict[str, Any]:
    """The object in a file, an empty one where there is no file.

    Raises:
        ConfigError: the file is there and cannot be understood.
    """
    with _explained(path):
        found = json.loads(path.read_text(encoding="utf-8")) if path.exists() else {}
        if not isinstance(found, dict):
            raise ValueError("no object")
        return found


def write_notes(path: Path, content: dict[str, Any]) -> None:
    """Replaces the file, whole or not at all.

    Raises:
        ConfigError: it cannot be written.
    """
    with _explained(path):
        replace_private(path, json.dumps(content))


def _explained(path: Path) -> AbstractContextManager[None]:
    what = "what was sent before cannot be read or noted"
    fix = "make the warehouse's folder yours; a file that is damaged can be deleted"
    return told(path, what, fix, faults=DAMAGE)
