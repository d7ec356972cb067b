"""Business time and periods (metrics.md 1)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from .values import parse_moment, text

DAY = timedelta(days=1)
TICK = timedelta(microseconds=1)
PERIODS = ("today", "yesterday", "week", "last_week", "month", "last_month", "all_time")


@dataclass(frozen=True)
class Span:
    """Instants from ``start`` (inclusive; None is the beginning) until ``end`` (exclusive)."""

    start: datetime | None
    end: datetime

    def __contains__(self, instant: datetime) -> bool:
        return (self.start is None or self.start <= instant) and instant < self.end


@dataclass(frozen=True)
class Clock:
    """The business clock of one time zone."""

    zone: ZoneInfo

    def instant(self, local: datetime) -> datetime:
        """The UTC instant of a naive local reading.

        A reading that does not exist takes the offset before the change; one that occurs twice
        is its second.
        """
        first, second = (local.replace(tzinfo=self.zone, fold=fold) for fold in (0, 1))
        before, after = first.utcoffset(), second.utcoffset()
        assert before is not None
        assert after is not None
        skipped = before < after
        return (first if skipped else second).astimezone(UTC)

    def local(self, instant: datetime) -> datetime:
        """The naive local reading of an instant."""
        return instant.astimezone(self.zone).replace(tzinfo=None, fold=0)

    def day(self, instant: datetime) -> date:
        """The business date of an instant."""
        return self.local(instant).date()

    def midnight(self, day: date) -> datetime:
        """The UTC instant at which a business day begins: of two midnights the first."""
        return datetime.combine(day, time(), self.zone).astimezone(UTC)

    def earlier(self, instant: datetime, days: int) -> datetime:
        """The instant so many days earlier on the business clock."""
        local = self.local(instant) - days * DAY
        return self.instant(local) if local.time() != time() else self.midnight(local.date())

    def iso(self, instant: datetime | None) -> str | None:
        """ISO 8601 in business time with offset."""
        # Reading: the fraction is shown (six digits) only where it is not zero.
        return None if instant is None else instant.astimezone(self.zone).isoformat()

    def parse_as_of(self, value: str) -> datetime:
        """The instant of an as_of text; without an offset it is business time.

        Raises ValueError where the text is no timestamp.
        """
        # Reading: as_of has the grammar of a timestamp in inputs.md.
        moment = parse_moment(text(value) or "")
        if moment is None:
            raise ValueError(f"as_of is no ISO 8601 timestamp: {value!r}")
        naive, has_offset = moment
        return naive.replace(tzinfo=UTC) if has_offset else self.instant(naive)

    def days_of(self, span: Span) -> tuple[date | None, date] | None:
        """First and last business date with an instant of the span; None if it has no instant."""
        if span.start is not None and span.start >= span.end:
            return None
        first = None if span.start is None else self.day(span.start)
        return first, self.day(span.end - TICK)

    def has_day(self, span: Span, day: date) -> bool:
        """Whether some instant of the span lies on the business day."""
        days = self.days_of(span)
        return days is not None and (days[0] is None or days[0] <= day) and day <= days[1]


def first_of_month(day: date, months: int = 0) -> date:
    """The first day of the month that lies ``months`` after the day's."""
    index = day.year * 12 + day.month - 1 + months
    return date(index // 12, index % 12 + 1, 1)


def monday(day: date) -> date:
    """The Monday of the day's week."""
    return day - day.weekday() * DAY


def spans(clock: Clock, as_of: datetime, period: str) -> tuple[Span, Span | None]:
    """A period and its previous one; all_time has none before it.

    Raises ValueError for an unknown period.
    """
    today = clock.day(as_of)
    running = {"today": 1, "week": 7, "month": 30}
    if period in running:
        days = running[period]
        first = today - (days - 1) * DAY
        previous = Span(clock.midnight(first - days * DAY), clock.earlier(as_of, days))
        return Span(clock.midnight(first), as_of), previous
    if period == "all_time":
        return Span(None, as_of), None
    if period == "yesterday":
        bounds = [today - 2 * DAY, today - DAY, today]
    elif period == "last_week":
        bounds = [monday(today) - 7 * weeks * DAY for weeks in (2, 1, 0)]
    elif period == "last_month":
        bounds = [first_of_month(today, months) for months in (-2, -1, 0)]
    else:
        raise ValueError(f"unknown period {period!r}; one of {', '.join(PERIODS)}")
    before, start, end = (clock.midnight(day) for day in bounds)
    return Span(start, end), Span(before, start)
