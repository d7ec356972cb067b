"""The user's crontab: a shop's lines are put in, shown and taken out.

Everything that is not ours stays as it is, byte for byte.
"""

from __future__ import annotations

import os
import shlex
import shutil
import subprocess
from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path

from utm_pipeline.causes import reason
from utm_pipeline.errors import ConfigError
from utm_pipeline.schedule.plan import Installation, Plan, crontab_lines
from utm_pipeline.schedule.run import Journal, Notes, keep_recipients
from utm_pipeline.settings import VARIABLES, Settings, load_settings


def install(
    settings: Settings, shop: Installation, plan: Plan | None, now: datetime
) -> tuple[bool, list[str]]:
    """Writes the plan's lines in the place of those that this shop had; None takes them out.

    Gives whether anything is another than before, and other lines that work for the same folder.

    Raises:
        ConfigError: there is no crontab program, it refuses, or cannot take the lines.
        WarehouseError: what the runs need cannot be kept beside the warehouse.
    """
    lines = crontab_lines(plan, shop) if plan else []
    before = read()
    after = _replace_own(before, shop, lines)
    journal = Journal(settings, "report")
    has_report = plan is not None and plan.report is not None
    if plan and has_report:
        keep_recipients(settings, plan.own_recipients)
        if own_lines(before, shop) != lines:
            # Reports that were due before now need not be made up for.
            journal.keep(Notes(settled_until=now))
    if after != before:
        _write(after)
    if not has_report:
        keep_recipients(settings, ())
        journal.forget()
    return after != before, [line.strip() for line in after.split("\n") if _is_like(line, shop)]


def own_lines(text: str, shop: Installation) -> list[str]:
    """A shop's lines in the text of a crontab."""
    return [line.rstrip("\r\n") for line in _split(text) if shop.owns(line)]


def check_environment(settings: Settings, environment: Mapping[str, str], folder: Path) -> None:
    """Refuses what works in this terminal and would not work by itself.

    ``folder`` is where ``.env`` was looked for.

    Raises:
        ConfigError: variables of the environment say something that ``.env`` does not. The message
            has their names only. Or ``.env`` is wrong.
    """
    alone = load_settings({}, folder)
    has_database = settings.target == "postgres" or settings.shop_dsn is not None
    unseen = sorted(
        name
        for name, value in environment.items()
        if (name in VARIABLES or (has_database and name.startswith("PG")))
        and load_settings({name: value}, folder) != alone
    )
    if unseen:
        names = ", ".join(unseen)
        raise ConfigError(
            f"{names} {'is' if len(unseen) == 1 else 'are'} set in this terminal's environment, "
            "which scheduled runs do not see",
            str(alone.home / ".env"),
            f"write {names} into this file, or unset what is not meant for this shop",
        )


def read() -> str:
    """The crontab's text, empty where there is none. Bytes that are no UTF-8 survive.

    Raises:
        ConfigError: there is no program, or it refuses.
    """
    return _call("read", "-l").decode("utf-8", "surrogateescape")


def _write(text: str) -> None:
    """Replaces the crontab, or removes it where the text is empty, and looks what it holds now."""
    _call("written", "-" if text else "-r", text.encode("utf-8", "surrogateescape"))
    if read() != text:
        raise ConfigError(
            "the crontab does not hold what was written into it",
            "crontab",
            "somebody else may have changed it at this moment: look with `crontab -l`, try again",
        )


def _replace_own(text: str, shop: Installation, lines: Sequence[str]) -> str:
    """The text with the lines in the place of the shop's old ones, or at its end."""
    kept = _split(text)
    place = next((n for n, line in enumerate(kept) if shop.owns(line)), len(kept))
    before, after = (
        [line for line in part if not shop.owns(line)] for part in (kept[:place], kept[place:])
    )
    if lines and before and not before[-1].endswith("\n"):
        # Ours would else become a part of it.
        before[-1] += "\n"
    return "".join((*before, *(line + "\n" for line in lines), *after))


def _is_like(line: str, shop: Installation) -> bool:
    """Whether a line that is not ours lets this program work for this folder."""
    is_entry = not shop.owns(line) and not line.lstrip().startswith("#")
    return is_entry and "utm-pipeline" in line and shlex.quote(str(shop.home)) in line


def _split(text: str) -> list[str]:
    """Lines with their ends. Only a line feed ends one, as for cron."""
    *ended, last = text.split("\n")
    return [line + "\n" for line in ended] + ([last] if last else [])


def _call(done: str, argument: str, stdin: bytes = b"") -> bytes:
    """What the crontab program gives; nothing if it is asked for a crontab and there is none."""
    program = shutil.which("crontab")
    if program is None:
        raise ConfigError(
            "there is no crontab program",
            "PATH",
            "install cron (on Debian: apt-get install cron), or use the systemd units of "
            "`utm-pipeline schedule --print`",
        )
    # In plain English, since its words tell an empty crontab from a refusal.
    environment = {**os.environ, "LC_ALL": "C"}
    command = [program, argument]
    try:
        result = subprocess.run(  # noqa: S603 - a fixed command
            command, input=stdin, capture_output=True, timeout=20, check=False, env=environment
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        why = reason(error if isinstance(error, OSError) else TimeoutError())
        what = f"the crontab program does not run: {why}"
        raise ConfigError(what, program, "try `crontab -l` yourself") from error
    is_empty = any(words in result.stderr.lower() for words in (b"no crontab", b"no such file"))
    if result.returncode == 0:
        return result.stdout
    if is_empty and argument == "-l":
        return b""
    said = ["", *result.stderr.decode("utf-8", "replace").strip().splitlines()[:1]]
    raise ConfigError(
        f"the crontab cannot be {done} (crontab ends with {result.returncode}{': '.join(said)})",
        "crontab",
        "try `crontab -l` yourself; /etc/cron.allow may keep you out",
    )
