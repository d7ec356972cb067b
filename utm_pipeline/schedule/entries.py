"""A plan as lines of a crontab and as units of systemd.

A line says only what is no secret and nobody's address, because cron writes each line that it
starts into the system's log. All else is in ``.env`` and beside the warehouse.
"""

from __future__ import annotations

import hashlib
import os
import shlex
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from utm_pipeline.errors import ConfigError
from utm_pipeline.schedule.plan import TICK, Plan

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


class _Entry(NamedTuple):
    """One thing to run, and when by the server's clock."""

    job: str
    cron: str
    calendar: str
    """The same times for systemd."""
    command: tuple[str, ...]


def program() -> tuple[str, ...]:
    """The command that starts this program from any folder and with any PATH."""
    script = Path(sys.executable).with_name("utm-pipeline")
    # With -P the current folder holds no modules.
    module = (sys.executable, "-P", "-m", "utm_pipeline")
    return (str(script),) if script.is_file() else module


def _entries(plan: Plan, shop: Installation) -> list[_Entry]:
    found = []
    if minutes := plan.refresh_every:
        cron, calendar = f"*/{minutes} * * * *", f"*:0/{minutes}"
        if minutes == 1:
            cron = "* * * * *"
        elif minutes == 60:
            cron, calendar = "@hourly", "*:0"
        elif minutes > 60:
            cron, calendar = f"0 */{minutes // 60} * * *", f"0/{minutes // 60}:0"
        command = shop.command("schedule", "--run", "refresh")
        found.append(_Entry("refresh", cron, calendar, command))
    if report := plan.report:
        quarters = ",".join(map(str, range(report.at.minute % TICK, 60, TICK)))
        times = ("--every", report.every, "--at", f"{report.at:%H:%M}", *report.options)
        command = shop.command("schedule", "--run", "report", *times)
        found.append(_Entry("report", f"{quarters} * * * *", f"*:{quarters}", command))
    return found


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
    for entry in _entries(plan, shop):
        command = f"cd {shlex.quote(home)} && {shlex.join(entry.command)}".replace("%", "\\%")
        lines.append(f"{entry.cron} {command} # {shop.name}")
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
