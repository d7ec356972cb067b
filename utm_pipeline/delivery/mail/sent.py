"""Who has which report already, so that nobody gets it twice by accident.

The file holds keyed hashes of report and address, and the day. Nobody's address is in it.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import Protocol

from utm_pipeline.delivery.mail import private
from utm_pipeline.delivery.mail.guard import is_complete
from utm_pipeline.report.sections import Report
from utm_pipeline.settings import Settings

_KEPT = timedelta(days=400)
"""After more than a year no period that is over is sent by accident."""


class Addressee(Protocol):
    """Who gets reports."""

    @property
    def address(self) -> str:
        """What tells one from another, whatever its capitals."""


def identity(report: Report) -> str:
    """What makes two reports the same: of a period that is over its dates, of another as_of."""
    if is_complete(report.period):
        return f"{report.period} {report.first_date} {report.last_date}"
    return f"{report.period} {report.as_of.isoformat()}"


@dataclass
class Sent:
    """What was sent before. Every addition is on disk at once."""

    path: Path
    _key: str
    _days: dict[str, str]

    def has(self, report: Report, addressee: Addressee) -> bool:
        """Whether this address has this report."""
        return self._hash(report, addressee) in self._days

    def add(self, report: Report, addressee: Addressee, today: date) -> None:
        """Notes that it has.

        Raises:
            ConfigError: it cannot be noted.
        """
        oldest = (today - _KEPT).isoformat()
        self._days = {name: day for name, day in self._days.items() if day >= oldest}
        self._days[self._hash(report, addressee)] = today.isoformat()
        private.write(self.path, {"key": self._key, "sent": self._days})

    def _hash(self, report: Report, addressee: Addressee) -> str:
        text = f"{identity(report)} {addressee.address.lower()}"
        return hmac.new(self._key.encode(), text.encode(), hashlib.sha256).hexdigest()


@contextmanager
def opened(settings: Settings, name: str = "sent") -> Iterator[Sent]:
    """What was sent before, while no other process sends. ``name`` is that of the file.

    Raises:
        BusyError: another process is sending.
        ConfigError: the file is damaged or out of reach.
    """
    path = private.folder(settings) / f"{name}.json"
    with private.lock(path.with_suffix(".lock")):
        found = private.read(path)
        yield Sent(path, found.get("key") or secrets.token_hex(32), dict(found.get("sent") or {}))
