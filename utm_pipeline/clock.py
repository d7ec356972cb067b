"""Instants and business time: reading ``--as-of``, writing ISO 8601."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from utm_pipeline.errors import WrongUseError

# The form that raw timestamps have too (inputs.md).
_INSTANT = re.compile(
    r"(?P<date>[0-9]{4}-[0-9]{2}-[0-9]{2})"
    r"(?:[T ](?P<time>[0-9]{2}:[0-9]{2}(?::[0-9]{2}(?:\.[0-9]+)?)?))?"
    r"(?P<offset>Z|[+-][0-9]{2}(?::?[0-9]{2})?)?"
)
_FIRST_YEAR, _LAST_YEAR = 1970, 2199


def parse_as_of(text: str, zone: ZoneInfo) -> datetime:
    """The instant that ``--as-of`` means, aware, in UTC.

    Without an offset it is business time; a local time that does not exist is read with the
    offset before the change, one that occurs twice is its second (metrics.md 1).

    Raises:
        WrongUseError: it is no ISO 8601 date or time of the years 1970 to 2199.
    """
    matched = _INSTANT.fullmatch(text.strip())
    if matched is None:
        raise _wrong(text)
    written = matched["date"] + "T" + (matched["time"] or "00:00")
    try:
        instant = datetime.fromisoformat(written + (matched["offset"] or ""))
    except ValueError:
        raise _wrong(text) from None
    if not _FIRST_YEAR <= instant.year <= _LAST_YEAR:
        raise _wrong(text)
    if instant.tzinfo is None:
        instant = local_to_aware(instant, zone)
    return instant.astimezone(UTC)


def local_to_aware(local: datetime, zone: ZoneInfo) -> datetime:
    """A naive business time with its offset, gaps and repeats resolved as metrics.md 1 says."""
    readings = [local.replace(tzinfo=zone, fold=fold) for fold in (0, 1)]
    # In a gap the offset before the change is the smaller one; of a repeated hour the second
    # occurrence has the smaller one. Elsewhere both are equal.
    return min(readings, key=lambda reading: reading.utcoffset() or timedelta(0))


def utc_iso(instant: datetime) -> str:
    """ISO 8601 in UTC with ``Z``, microseconds where there are any."""
    return instant.astimezone(UTC).replace(tzinfo=None).isoformat() + "Z"


def business_iso(naive_utc: datetime, zone: ZoneInfo) -> str:
    """ISO 8601 in business time with offset, from a naive UTC instant of a mart."""
    return to_business(naive_utc, zone).isoformat()


def to_business(naive_utc: datetime, zone: ZoneInfo) -> datetime:
    """An aware business time from a naive UTC instant of a mart."""
    return naive_utc.replace(tzinfo=UTC).astimezone(zone)


def _wrong(text: str) -> WrongUseError:
    return WrongUseError(
        f"as-of is {text!r}",
        "--as-of",
        "give a date or time of 1970 to 2199 such as 2025-03-31, 2025-03-31T09:00 (business "
        "time) or 2025-03-31T06:00:00Z",
    )
