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


class Entry(NamedTuple):
    """One thing to run: its job, when by the server's clock, and the arguments of ``schedule``."""

    job: str
    cron: str
    calendar: str
    """The same times for systemd."""
    arguments: tuple[str, ...]


@dataclass(frozen=True)
class Installation:
    """A shop on this machine: the folder of its ``.env``, and options before the command's name."""

    home: Path
    options: tuple[str, ...] = ()

    @property
    def name(self) -> str:
        """Tells this shop's lines from another's: short, and plain whatever the folder's name."""
        return "utm-pipeline " + hashlib.sha256(os.fsencode(self.home)).hexdigest()[:8]

    def command(self, entry: Entry) -> tuple[str, ...]:
        """What the entry starts, in the shop's folder."""
        return (*program(), *self.options, "schedule", *entry.arguments)


def program() -> tuple[str, ...]:
    """The command that starts this program from any folder and with any PATH."""
    script = Path(sys.executable).with_name("utm-pipeline")
    if script.is_file():
        return (str(script),)
    # With -P the current folder holds no modules.
    return (sys.executable, "-P", "-m", "utm_pipeline")


def entries(plan: Plan) -> list[Entry]:
    """What the plan starts."""
    found = []
    if minutes := plan.refresh_every:
        cron, calendar = f"*/{minutes} * * * *", f"*:0/{minutes}"
        if minutes == 1:
            cron = "* * * * *"
        elif minutes == 60:
            cron, calendar = "@hourly", "*:0"
        elif minutes > 60:
            cron, calendar = f"0 */{minutes // 60} * * *", f"0/{minutes // 60}:0"
        found.append(Entry("refresh", cron, calendar, ("--run", "refresh")))
    if report := plan.report:
        quarters = ",".join(map(str, range(report.at.minute % TICK, 60, TICK)))
        arguments = ("--run", "report", "--every", report.every, "--at", f"{report.at:%H:%M}")
        attach = ("--attach-csv",) if report.attach_csv else ()
        found.append(Entry("report", f"{quarters} * * * *", f"*:{quarters}", arguments + attach))
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
    for entry in entries(plan):
        command = f"cd {shlex.quote(home)} && {shlex.join(shop.command(entry))}"
        command = command.replace("%", "\\%")
        line = f"{entry.cron} {command} # {shop.name}"
        if len(os.fsencode(line)) > _LONGEST_COMMAND:
            raise ConfigError(
                "the entry is too long for cron", home, "move the shop to a shorter path"
            )
        lines.append(line)
    return lines


def is_own(line: str, shop: Installation) -> bool:
    """Whether a line of a crontab was written for this installation, whatever was cut around it."""
    text = line.rstrip()
    return text.startswith(f"# {shop.name}: ") or text.endswith(f" # {shop.name}")


def is_like(line: str, shop: Installation) -> bool:
    """Whether a line that is not ours lets this program work for this folder."""
    is_entry = not is_own(line, shop) and not line.lstrip().startswith("#")
    return is_entry and "utm-pipeline" in line and shlex.quote(str(shop.home)) in line


def systemd_units(plan: Plan, shop: Installation) -> list[tuple[str, str]]:
    """User units that do the same: names and contents of a service and a timer for each entry."""
    units = []
    for entry in entries(plan):
        name = f"{shop.name.replace(' ', '-')}-{entry.job}"
        home = str(shop.home).replace("%", "%%")
        start = " ".join(map(_systemd_word, shop.command(entry)))
        for kind, template in (("service", _SERVICE), ("timer", _TIMER)):
            content = template.format(
                job=entry.job, home=home, start=start, calendar=entry.calendar
            )
            units.append((f"{name}.{kind}", content))
    return units


def _systemd_word(word: str) -> str:
    """A word of ExecStart, where specifiers, variables and escapes are to mean themselves."""
    plain = word.replace("\\", "\\\\").replace('"', '\\"').replace("%", "%%").replace("$", "$$")
    return f'"{plain}"' if any(mark in plain for mark in " '\"\\;") else plain
