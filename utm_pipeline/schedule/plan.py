"""What shall run, when it is due on the business clock, and how cron and systemd start it.

The report's entry wakes every quarter of an hour, and the business clock decides whether the report
is due. So neither the server's time zone nor a change of the clocks at either place matters, and a
time at which the server was off is made up for.

A line of a crontab says only what is no secret and nobody's address, because cron writes each line
that it starts into the system's log. All else is in ``.env`` and beside the warehouse.
"""

from __future__ import annotations

import hashlib
import os
import re
import shlex
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from utm_pipeline.errors import ConfigError, WrongUseError
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

_LONGEST_COMMAND = 990
"""Debian's cron takes commands of less than 1,000 bytes."""
_SERVICE = """\
[Unit]
Description=utm-pipeline: {job} of {home}

[Service]
Type=oneshot
WorkingDirectory={home}
ExecStart={start}
# The last run was still at it.
SuccessExitStatus=5
"""
_TIMER = """\
[Unit]
Description=utm-pipeline: {job} of {home}

[Timer]
OnCalendar={calendar}
AccuracySec=1s

[Install]
WantedBy=timers.target
"""


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


@dataclass(frozen=True)
class Installation:
    """A shop on this machine: the folder of its ``.env``, and options before the command's name."""

    home: Path
    options: tuple[str, ...] = ()

    @property
    def name(self) -> str:
        """Tells this shop's lines from another's: short, and plain whatever the folder's name."""
        return "utm-pipeline " + hashlib.sha256(os.fsencode(self.home)).hexdigest()[:8]

    def command(self, *arguments: str) -> tuple[str, ...]:
        """What runs a command of this program for the shop, in its folder."""
        return (*program(), *self.options, *arguments)

    def owns(self, line: str) -> bool:
        """Whether a line of a crontab was written for it, whatever was cut around the line."""
        text = line.rstrip()
        return text.startswith(f"# {self.name}: ") or text.endswith(f" # {self.name}")


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


def program() -> tuple[str, ...]:
    """The command that starts this program from any folder and with any PATH."""
    script = Path(sys.executable).with_name("utm-pipeline")
    # With -P the current folder holds no modules.
    module = (sys.executable, "-P", "-m", "utm_pipeline")
    return (str(script),) if script.is_file() else module


def _entries(plan: Plan, shop: Installation) -> Iterator[tuple[str, str, str, tuple[str, ...]]]:
    """Each job, when it starts by the server's clock for cron and for systemd, and its command."""
    if minutes := plan.refresh_every:
        cron, calendar = f"*/{minutes} * * * *", f"*:0/{minutes}"
        if minutes == 1:
            cron = "* * * * *"
        elif minutes == 60:
            cron, calendar = "@hourly", "*:0"
        elif minutes > 60:
            cron, calendar = f"0 */{minutes // 60} * * *", f"0/{minutes // 60}:0"
        yield "refresh", cron, calendar, shop.command("schedule", "--run", "refresh")
    if report := plan.report:
        quarters = ",".join(map(str, range(report.at.minute % TICK, 60, TICK)))
        times = ("--every", report.every, "--at", f"{report.at:%H:%M}", *report.options)
        command = shop.command("schedule", "--run", "report", *times)
        yield "report", f"{quarters} * * * *", f"*:{quarters}", command


def crontab_lines(plan: Plan, shop: Installation) -> list[str]:
    """The lines for the crontab, each with the mark of this installation.

    Raises:
        ConfigError: cron cannot take the folder's name, or the command is too long for it.
    """
    home = str(shop.home)
    if not home.isprintable() or "\\%" in home:
        # Cron takes \\% for an escaped sign, and no way of writing the two makes it see them both.
        raise ConfigError(
            "the folder's name cannot stand in a crontab", repr(home), "move the shop elsewhere"
        )
    lines = [f"# {shop.name}: {home}"]
    for _, times, _, words in _entries(plan, shop):
        command = f"cd {shlex.quote(home)} && {shlex.join(words)}".replace("%", "\\%")
        lines.append(f"{times} {command} # {shop.name}")
    if any(len(os.fsencode(line)) > _LONGEST_COMMAND for line in lines[1:]):
        raise ConfigError("the entry is too long for cron", home, "move the shop to a shorter path")
    return lines


def systemd_units(plan: Plan, shop: Installation) -> list[tuple[str, str]]:
    """User units that do the same: names and contents of a service and a timer for each entry."""
    home = str(shop.home).replace("%", "%%")
    units = []
    for job, _, calendar, command in _entries(plan, shop):
        start = " ".join(map(_systemd_word, command))
        for kind, template in (("service", _SERVICE), ("timer", _TIMER)):
            content = template.format(job=job, home=home, start=start, calendar=calendar)
            units.append((f"{shop.name.replace(' ', '-')}-{job}.{kind}", content))
    return units


def _systemd_word(word: str) -> str:
    """A word of ExecStart, where specifiers, variables and escapes are to mean themselves."""
    plain = word.replace("\\", "\\\\").replace('"', '\\"').replace("%", "%%").replace("$", "$$")
    return f'"{plain}"' if any(mark in plain for mark in " '\"\\;") else plain
