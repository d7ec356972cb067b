"""Checks of everything that a run needs."""

from __future__ import annotations

import shutil
import smtplib
import subprocess
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from utm_pipeline.core.inputs import REQUIRED_COLUMNS, check_inputs
from utm_pipeline.core.settings import Settings
from utm_pipeline.core.warehouse import is_stale, open_warehouse, stale_text
from utm_pipeline.errors import PipelineError

Status = Literal["ok", "fail", "skipped"]
_SECONDS = 5


@dataclass(frozen=True)
class Finding:
    """What one check found, and what to do if it is bad."""

    check: str
    status: Status
    text: str
    fix: str = ""


def examine(load: Callable[[], Settings]) -> list[Finding]:
    """All findings, in a fixed order. ``load`` reads the settings, which is the first check."""
    try:
        settings = load()
    except PipelineError as error:
        return [_failed("settings", error)]
    checks: tuple[tuple[str, Callable[[Settings], Finding]], ...] = (
        ("inputs", _inputs),
        ("warehouse", _warehouse),
        ("freshness", _freshness),
        ("smtp", _smtp),
        ("cron", _cron),
    )
    place = settings.home / ".env"
    origin = str(place) if place.is_file() else "environment and defaults"
    findings = [Finding("settings", "ok", origin)]
    for name, check in checks:
        try:
            findings.append(check(settings))
        except PipelineError as error:
            findings.append(_failed(name, error))
    return findings


def _failed(name: str, error: PipelineError) -> Finding:
    return Finding(name, "fail", str(error), error.fix)


def _inputs(settings: Settings) -> Finding:
    found = check_inputs(settings)
    absent = [table for table in REQUIRED_COLUMNS if table not in found]
    text = f"{', '.join(found)} in {settings.raw_dir}"
    return Finding("inputs", "ok", text + (f"; without {', '.join(absent)}" if absent else ""))


def _warehouse(settings: Settings) -> Finding:
    with open_warehouse(settings) as warehouse:
        if warehouse.zone.key != settings.timezone:
            return Finding(
                "warehouse",
                "fail",
                f"built with time zone {warehouse.zone.key}, but UTM_TIMEZONE is "
                f"{settings.timezone}",
                "run `utm-pipeline refresh`",
            )
    return Finding("warehouse", "ok", str(settings.warehouse))


def _freshness(settings: Settings) -> Finding:
    if not settings.warehouse.is_file():
        return Finding("freshness", "skipped", "there is no warehouse yet")
    with open_warehouse(settings) as warehouse:
        if is_stale(warehouse, settings):
            text = stale_text(warehouse, settings)
            return Finding("freshness", "fail", text, "run `utm-pipeline refresh`")
        as_of = warehouse.as_of.astimezone(warehouse.zone)
    return Finding("freshness", "ok", f"as of {as_of.isoformat(sep=' ', timespec='minutes')}")


def _smtp(settings: Settings) -> Finding:
    if settings.email_host is None:
        return Finding("smtp", "skipped", "EMAIL_HOST is not set")
    place = f"{settings.email_host}:{settings.email_port}"
    try:
        with smtplib.SMTP(settings.email_host, settings.email_port, timeout=_SECONDS) as server:
            if settings.email_use_tls:
                server.starttls()
            server.ehlo_or_helo_if_needed()
    except (OSError, smtplib.SMTPException) as error:
        # The server's own words could repeat what was sent to it.
        return Finding(
            "smtp",
            "fail",
            f"{place} does not answer as it should ({type(error).__name__})",
            "check EMAIL_HOST, EMAIL_PORT and EMAIL_USE_TLS",
        )
    return Finding("smtp", "ok", place)


def _cron(_settings: Settings) -> Finding:
    program = shutil.which("crontab")
    if program is None:
        return Finding("cron", "skipped", "there is no crontab program")
    listed = subprocess.run(  # noqa: S603 - a fixed command without input
        [program, "-l"], capture_output=True, text=True, timeout=_SECONDS, check=False
    )
    entries = sum(
        "utm-pipeline" in line
        for line in listed.stdout.splitlines()
        if not line.lstrip().startswith("#")
    )
    if entries == 0:
        return Finding("cron", "skipped", "nothing is scheduled")
    return Finding("cron", "ok", f"entries of utm-pipeline in the crontab: {entries}")
