"""Instants: reading ``--as-of``, which is business time unless it has an offset."""

from __future__ import annotations

import re
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from utm_pipeline.errors import WrongUseError

# The form that raw timestamps have too (inputs.md).
_INSTANT = re.compile(
    r"([0-9]{4}-[0-9]{2}-[0-9]{2})"
    r"(?:[T ]([0-9]{2}:[0-9]{2}(?::[0-9]{2}(?:\.[0-9]+)?)?))?"
    r"(Z|[+-][0-9]{2}(?::?[0-9]{2})?)?"
)


def parse_as_of(text: str, zone: ZoneInfo) -> datetime:
    """The instant that ``--as-of`` means, aware, in UTC.

    Raises:
        WrongUseError: it is no ISO 8601 date or time of the years 1970 to 2199.
    """
    matched = _INSTANT.fullmatch(text.strip())
    with suppress(ValueError):
        date, time, offset = matched.groups() if matched else ("", "", "")
        instant = datetime.fromisoformat(f"{date}T{time or '00:00'}{offset or ''}")
        if 1970 <= instant.year <= 2199:
            aware = instant if instant.tzinfo else local_to_aware(instant, zone)
            return aware.astimezone(UTC)
    raise WrongUseError(
        f"as-of is {text!r}",
        "--as-of",
        "give a date or time of 1970 to 2199 such as 2025-03-31, 2025-03-31T09:00 (business "
        "time) or 2025-03-31T06:00:00Z",
    )


def local_to_aware(local: datetime, zone: ZoneInfo) -> datetime:
    """A naive business time with its offset (metrics.md 1).

    A local time that does not exist is read with the offset before the change; one that occurs
    twice is its second.
    """
    readings = [local.replace(tzinfo=zone, fold=fold) for fold in (0, 1)]
    # In a gap the offset before the change is the smaller one; of a repeated hour the second
    # occurrence has the smaller one. Elsewhere both are equal.
    return min(readings, key=lambda reading: reading.utcoffset() or timedelta(0))


def utc_iso(instant: datetime) -> str:
    """ISO 8601 in UTC with ``Z``, microseconds where there are any."""
    return instant.astimezone(UTC).replace(tzinfo=None).isoformat() + "Z"
