"""When a report is due: on the business clock, whatever the server's clock and both changes do."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from utm_pipeline.errors import WrongUseError
from utm_pipeline.schedule.plan import (
    PERIODS,
    REFRESH_EVERY,
    Installation,
    Plan,
    ReportPlan,
    crontab_lines,
    due_turn,
    parse_clock,
    parse_minutes,
    turn_after,
    turn_before,
)

BUSINESSES = ("Europe/Kyiv", "America/New_York", "Asia/Kolkata", "UTC")
# Two more servers whose clocks differ from the others by odd quarters and half an hour.
SERVERS = (*BUSINESSES, "Asia/Kathmandu", "Australia/Lord_Howe")
# Around the days on which Kyiv, New York and Lord Howe change their clocks.
WEEKS = (
    date(2026, 3, 7),
    date(2026, 3, 28),
    date(2026, 4, 4),
    date(2026, 10, 24),
    date(2026, 10, 31),
)
CLOCKS = ("00:00", "02:30", "03:30", "09:00", "09:07", "23:59")


def wakings(
    report: ReportPlan, server: ZoneInfo, start: datetime, end: datetime
) -> Iterator[datetime]:
    """The instants at which cron on such a server starts the report's entry."""
    _, line = crontab_lines(Plan(report=report), Installation(Path("/shop")))
    quarters, *others = line.split()[:5]
    assert others == ["*"] * 4
    minutes = {int(minute) for minute in quarters.split(",")}
    moment = start
    while moment < end:
        if moment.astimezone(server).minute in minutes:
            yield moment
        moment += timedelta(minutes=1)


def taken(
    report: ReportPlan, server: ZoneInfo, zone: ZoneInfo, start: datetime, end: datetime
) -> list[datetime]:
    """The instants at which the report goes out, in business time."""
    settled, found = start - timedelta(minutes=1), []
    for now in wakings(report, server, start, end):
        turn = due_turn(report, now, zone, settled)
        if turn is not None:
            settled = turn
            found.append(now.astimezone(zone))
    return found


def wanted(at: time, day: date, zone: ZoneInfo) -> datetime:
    """By looking at every minute of the day: the last that shows the time, or, if none does,
    as late after the change as the time would have been after it."""
    midnight = datetime.combine(day, time(), UTC) - timedelta(hours=15)
    for later in (0, 60):
        clock = (datetime.combine(day, at) + timedelta(minutes=later)).time()
        shown = [
            moment
            for moment in (midnight + timedelta(minutes=n) for n in range(54 * 60))
            if moment.astimezone(zone).date() == day and moment.astimezone(zone).time() == clock
        ]
        if shown:
            return shown[-1].astimezone(zone)
    raise AssertionError(f"{at} never comes on {day}")


@pytest.mark.parametrize("business", BUSINESSES)
def test_a_daily_report_goes_out_once_a_day_at_its_minute(business: str) -> None:
    zone = ZoneInfo(business)
    for clock in CLOCKS:
        report = ReportPlan("daily", parse_clock(clock))
        for day in WEEKS:
            days = [day + timedelta(days=n) for n in range(2)]
            expected = [wanted(report.at, each, zone) for each in days]
            start = datetime.combine(days[0], time(), zone).astimezone(UTC)
            end = datetime.combine(days[-1] + timedelta(days=1), time(), zone).astimezone(UTC)
            for server in SERVERS:
                found = taken(report, ZoneInfo(server), zone, start, end)
                assert found == expected, (business, server, clock)
                assert [each.utcoffset() for each in found] == [
                    each.utcoffset() for each in expected
                ]


def test_what_the_clock_leaves_out_or_shows_twice_is_read_as_the_definitions_say() -> None:
    kyiv = ZoneInfo("Europe/Kyiv")
    report = ReportPlan("daily", time(3, 30))
    spring = turn_before(report, datetime(2026, 3, 29, 12, tzinfo=UTC), kyiv)
    assert spring.isoformat() == "2026-03-29T04:30:00+03:00"
    autumn = turn_before(report, datetime(2026, 10, 25, 12, tzinfo=UTC), kyiv)
    assert autumn.isoformat() == "2026-10-25T03:30:00+02:00"
    first_showing = datetime(2026, 10, 25, 0, 30, tzinfo=UTC)
    assert due_turn(report, first_showing, kyiv, autumn - timedelta(days=1, hours=-2)) is None


@pytest.mark.parametrize(("every", "days"), [("weekly", 7), ("monthly", 31)])
def test_mondays_and_firsts(every: str, days: int) -> None:
    zone = ZoneInfo("Europe/Kyiv")
    report = ReportPlan(every, time(9))
    now = datetime(2026, 1, 1, tzinfo=UTC)
    seen = []
    while now.year == 2026:
        turn = turn_after(report, now, zone)
        assert turn_before(report, turn, zone) == turn
        assert timedelta(0) < turn - now <= timedelta(days=days)
        now = turn
        seen.append(turn)
    if every == "weekly":
        assert {turn.weekday() for turn in seen} == {0}
        assert len(seen) == 53  # the last is of 2027
    else:
        assert [(turn.month, turn.day) for turn in seen] == [
            (month, 1) for month in (*range(1, 13), 1)
        ]
    assert {turn.time() for turn in seen} == {time(9)}


@pytest.mark.parametrize(
    ("every", "now", "is_due"),
    [
        ("daily", "2026-06-01T08:59", False),
        ("daily", "2026-06-01T09:00", True),
        ("daily", "2026-06-01T23:59", True),
        # Its period would be another by now.
        ("daily", "2026-06-02T00:00", False),
        ("weekly", "2026-06-03T23:59", True),
        ("weekly", "2026-06-04T00:00", False),
        ("monthly", "2026-06-03T23:59", True),
        ("monthly", "2026-06-04T00:00", False),
    ],
)
def test_a_report_that_was_missed_comes_while_it_is_about_the_same_period(
    every: str, now: str, is_due: bool
) -> None:
    # 1 June 2026 is a Monday.
    zone = ZoneInfo("Europe/Kyiv")
    instant = datetime.fromisoformat(now).replace(tzinfo=zone)
    before = datetime(2026, 6, 1, 8, tzinfo=zone)
    turn = due_turn(ReportPlan(every, time(9)), instant, zone, before)
    assert (turn is not None) is is_due
    assert due_turn(ReportPlan(every, time(9)), instant, zone, before + timedelta(hours=1)) is None


def test_the_periods_are_the_complete_ones() -> None:
    assert PERIODS == {"daily": "yesterday", "weekly": "last_week", "monthly": "last_month"}


@pytest.mark.parametrize(
    ("text", "clock"), [("09:00", time(9)), ("9:05", time(9, 5)), (" 23:59 ", time(23, 59))]
)
def test_times(text: str, clock: time) -> None:
    assert parse_clock(text) == clock


@pytest.mark.parametrize("text", ["24:00", "9", "09:60", "9.00", "09:00:00", "٠٩:٠٠", "", "-1:00"])
def test_wrong_times(text: str) -> None:
    with pytest.raises(WrongUseError, match="the time is"):
        parse_clock(text)


def test_minutes_are_even_on_the_clock() -> None:
    for minutes in REFRESH_EVERY:
        assert parse_minutes(str(minutes)) == minutes
        assert 1440 % minutes == 0
        assert 60 % minutes == 0 or minutes % 60 == 0
    for text in ("0", "7", "-5", "1440", "5.0", "٥", "x", ""):
        with pytest.raises(WrongUseError, match="the minutes are"):
            parse_minutes(text)
