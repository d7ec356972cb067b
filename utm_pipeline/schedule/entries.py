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

from utm_pipeline.errors import ConfigError
from utm_pipeline.schedule.plan import TICK, Plan

_LONGEST_COMMAND = 990
"""Debian's cron takes commands of less than 1,000 bytes."""


@dataclass(frozen=True)
class Entry:
    """One thing to run: its job, when by the server's clock, and its arguments."""

    job: str
    minutes: str
    hours: str
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
    if plan.refresh_every is not None:
        minutes, hours = _even(plan.refresh_every)
        found.append(Entry("refresh", minutes, hours, ("--run", "refresh")))
    if plan.report is not None:
        first = plan.report.at.minute % TICK
        quarters = ",".join(map(str, range(first, 60, TICK)))
        arguments = ("--run", "report", "--every", plan.report.every, "--at", plan.report.clock)
        attach = ("--attach-csv",) if plan.report.attach_csv else ()
        found.append(Entry("report", quarters, "*", arguments + attach))
    return found


def crontab_lines(plan: Plan, installation: Installation) -> list[str]:
    """The lines for the crontab, each with the mark of this installation.

    Raises:
        ConfigError: cron cannot take the folder's name, or the command is too long for it.
    """
    # Imported late: a scheduled run needs no crontab.
    from crontab import CronTab  # type: ignore[import-untyped]

    home = str(installation.home)
    if not home.isprintable() or "\\%" in home:
        # Cron takes \\% for an escaped sign, and no way of writing the two makes it see them both.
        raise ConfigError(
            "the folder's name cannot stand in a crontab", repr(home), "move the shop elsewhere"
        )
    table = CronTab(tab="")
    lines = [f"# {installation.name}: {home}"]
    for entry in entries(plan):
        item = table.new(command=_shell(installation, entry), comment=installation.name)
        item.setall(entry.minutes, entry.hours, "*", "*", "*")
        line = item.render()
        if len(os.fsencode(line)) > _LONGEST_COMMAND:
            raise ConfigError(
                "the entry is too long for cron", home, "move the shop to a shorter path"
            )
        lines.append(line)
    return lines


def is_own(line: str, installation: Installation) -> bool:
    """Whether a line of a crontab was written for this installation, whatever was cut around it."""
    text = line.rstrip()
    return text.startswith(f"# {installation.name}: ") or text.endswith(f" # {installation.name}")


def is_like(line: str, installation: Installation) -> bool:
    """Whether a line that is not ours names this program and this folder."""
    return "utm-pipeline" in line and shlex.quote(str(installation.home)) in line


def systemd_units(plan: Plan, installation: Installation) -> list[tuple[str, str]]:
    """User units that do the same: names and contents of a service and a timer for each entry."""
    mark = installation.name.replace(" ", "-")
    home = str(installation.home).replace("%", "%%")
    units = []
    for entry in entries(plan):
        name = f"{mark}-{entry.job}"
        words = (*program(), *installation.options, "schedule", *entry.arguments)
        start = " ".join(map(_systemd_word, words))
        hours = "*" if entry.hours == "*" else "0" + entry.hours.removeprefix("*")
        minutes = entry.minutes.replace("*", "0", 1)
        about = f"Description=utm-pipeline: {entry.job} of {home}"
        service = (
            "[Unit]",
            about,
            "",
            "[Service]",
            "Type=oneshot",
            f"WorkingDirectory={home}",
            f"ExecStart={start}",
            "# The last run was still at it.",
            "SuccessExitStatus=5",
        )
        timer = (
            *("[Unit]", about, "", "[Timer]"),
            *(f"OnCalendar={hours}:{minutes}", "AccuracySec=1s"),
            *("", "[Install]", "WantedBy=timers.target"),
        )
        units += [
            (f"{name}.service", "\n".join(service) + "\n"),
            (f"{name}.timer", "\n".join(timer) + "\n"),
        ]
    return units


def _even(minutes: int) -> tuple[str, str]:
    """The fields of minutes and hours for ``plan.REFRESH_EVERY``."""
    if minutes < 60:
        return f"*/{minutes}", "*"
    return "0", "*" if minutes == 60 else f"*/{minutes // 60}"


def _shell(installation: Installation, entry: Entry) -> str:
    words = (*program(), *installation.options, "schedule", *entry.arguments)
    return f"cd {shlex.quote(str(installation.home))} && {shlex.join(words)}"


def _systemd_word(word: str) -> str:
    """A word of ExecStart, where specifiers, variables and escapes are to mean themselves."""
    plain = word.replace("\\", "\\\\").replace('"', '\\"').replace("%", "%%").replace("$", "$$")
    return f'"{plain}"' if any(mark in plain for mark in " '\"\\;") else plain
