"""What shall run, and when it is due on the business clock.

The report's entry wakes every quarter of an hour, and the business clock decides whether the report
is due. So neither the server's time zone nor a change of the clocks at either place matters, and a
time at which the server was off is made up for.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

from utm_pipeline.errors import WrongUseError
from utm_pipeline.refresh.as_of import local_to_aware

PERIODS: Mapping[str, str] = {"daily": "yesterday", "weekly": "last_week", "monthly": "last_month"}
"""The complete period that a report is about, by how often it comes (interfaces.md)."""

REFRESH_EVERY = (1, 2, 3, 4, 5, 6, 10, 12, 15, 20, 30, 60, 120, 180, 240, 360, 480, 720)
"""Minutes that divide an hour, and hours that divide a day: only these are even on a clock."""

TICK = 15
"""Minutes between the wakings of the report's entry. The offsets of all zones are whole quarters of
an hour, so one of the four falls on the wanted minute whatever the two zones are."""

_LONGEST = 40
"""Days in which every schedule has had its turn."""
_DAYS_LATE = {"daily": 0, "weekly": 2, "monthly": 2}
"""How many days later a missed report still comes: so few that its period is still the one it was
meant for."""


@dataclass(frozen=True)
class ReportPlan:
    """A report by e-mail: every day, every Monday or every first of a month, in business time."""

    every: str
    """A key of ``PERIODS``."""
    at: time
    attach_csv: bool = False

    @property
    def options(self) -> tuple[str, ...]:
        """The options of a command that sends it."""
        return ("--attach-csv",) if self.attach_csv else ()


@dataclass(frozen=True)
class Plan:
    """What is scheduled: a refresh each so many minutes, a report, or both."""

    refresh_every: int | None = None
    report: ReportPlan | None = None
    own_recipients: tuple[str, ...] = ()
    """Addresses other than those of ``.env``; empty if these are meant."""


def parse_clock(text: str) -> time:
    """A time of the day, ``HH:MM`` of 24 hours; WrongUseError if it is none."""
    matched = re.fullmatch(r"([01]?[0-9]|2[0-3]):([0-5][0-9])", text.strip())
    if matched is None:
        raise WrongUseError(
            f"the time is {text!r}", "--at", "give hours and minutes of business time, as in 09:00"
        )
    return time(int(matched[1]), int(matched[2]))


def parse_minutes(text: str) -> int:
    """Minutes between two refreshes; WrongUseError if a clock cannot be divided by them."""
    allowed = {str(minutes): minutes for minutes in REFRESH_EVERY}
    if text.strip() not in allowed:
        raise WrongUseError(
            f"the minutes are {text!r}", "--refresh-every", f"give one of {', '.join(allowed)}"
        )
    return allowed[text.strip()]


def turn_before(report: ReportPlan, now: datetime, zone: ZoneInfo) -> datetime:
    """The latest instant, in business time, up to ``now`` at which the report was to come."""
    return next(turn for turn in _turns(report, now, zone, -1) if turn <= now)


def turn_after(report: ReportPlan, now: datetime, zone: ZoneInfo) -> datetime:
    """The next instant, in business time, at which the report is to come."""
    return next(turn for turn in _turns(report, now, zone, 1) if turn > now)


def due_turn(
    report: ReportPlan, now: datetime, zone: ZoneInfo, settled_until: datetime
) -> datetime | None:
    """The turn that is to be taken ``now``, if there is one after ``settled_until``."""
    turn = turn_before(report, now, zone)
    last_day = turn.date() + timedelta(days=_DAYS_LATE[report.every])
    is_open = settled_until < turn and now.astimezone(zone).date() <= last_day
    return turn if is_open else None


def _turns(report: ReportPlan, now: datetime, zone: ZoneInfo, step: int) -> Iterator[datetime]:
    """The report's turns from today on, backwards where ``step`` is -1."""
    today = now.astimezone(zone).date()
    for day in (today + timedelta(days=step * n) for n in range(_LONGEST)):
        if {"daily": True, "weekly": day.weekday() == 0, "monthly": day.day == 1}[report.every]:
            local = local_to_aware(datetime.combine(day, report.at), zone)
            # By way of UTC, so that a time that a change of the clocks leaves out becomes one that
            # exists.
            yield local.astimezone(UTC).astimezone(zone)
