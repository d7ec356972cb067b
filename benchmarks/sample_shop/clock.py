"""The sample's days: its bounds, its business clock and how busy it is when."""

from datetime import UTC, date, datetime, timedelta
from typing import Final

FIRST_DAY: Final = date(2026, 1, 5)
LAST_DAY: Final = date(2026, 7, 6)

#: The instant that the sample describes: Monday, 6 July 2026, 18:00 in Kyiv.
SAMPLE_AS_OF: Final = datetime(2026, 7, 6, 15, 0, tzinfo=UTC)

#: When the files were written. What lies between is not visible yet at SAMPLE_AS_OF.
WRITTEN_AT: Final = SAMPLE_AS_OF + timedelta(minutes=50)

# The sample's own copy of one rule (Kyiv is two hours ahead of UTC, three from 29 March 2026,
# 03:00), so that its bytes do not depend on which time zone database a system has.
_SUMMER_TIME: Final = datetime(2026, 3, 29, 3, 0)  # noqa: DTZ001 - a wall-clock time

_WEEKDAYS: Final = (106, 100, 98, 95, 90, 99, 115)
_HOURS: Final = (
    14, 8, 5, 3, 3, 5, 12, 24, 36, 45, 52, 56, 60, 60, 55, 52, 52, 55, 62, 72, 82, 86, 66, 34,
)  # fmt: skip

#: Hours of the business day with their relative weights.
HOURS: Final = tuple(enumerate(_HOURS))


def days() -> list[date]:
    """Every business day of the sample."""
    count = (LAST_DAY - FIRST_DAY).days + 1
    return [FIRST_DAY + timedelta(days=offset) for offset in range(count)]


def busyness(day: date) -> int:
    """How busy the shop is on a day, 10,000 being usual: growth times the weekday's weight."""
    growth = 70 + 60 * (day - FIRST_DAY).days // (LAST_DAY - FIRST_DAY).days
    return growth * _WEEKDAYS[day.weekday()]


def local_offset(local: datetime) -> timedelta:
    """Kyiv's offset from UTC at a wall-clock time (naive)."""
    return timedelta(hours=3 if local >= _SUMMER_TIME else 2)


def to_utc(local: datetime) -> datetime:
    """The instant (aware, UTC) of a wall-clock time in Kyiv (naive)."""
    return (local - local_offset(local)).replace(tzinfo=UTC)


def to_local(instant: datetime) -> datetime:
    """The wall-clock time in Kyiv (naive) of an instant."""
    winter = instant.astimezone(UTC).replace(tzinfo=None) + timedelta(hours=2)
    return winter + timedelta(hours=1) if winter >= _SUMMER_TIME else winter


def text_utc(instant: datetime) -> str:
    """An instant as PostgreSQL writes it in a UTC session."""
    return f"{instant.astimezone(UTC):%Y-%m-%d %H:%M:%S}+00"


def text_iso(instant: datetime) -> str:
    """An instant as JSON APIs write it, to the millisecond."""
    utc = instant.astimezone(UTC)
    return f"{utc:%Y-%m-%dT%H:%M:%S}.{utc.microsecond // 1000:03d}Z"


def text_local(instant: datetime) -> str:
    """An instant on the shop's own clock, with its offset."""
    local = to_local(instant)
    hours = local_offset(local).seconds // 3600
    return f"{local:%Y-%m-%d %H:%M:%S}+{hours:02d}:00"
