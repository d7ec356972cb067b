"""``doctor``: a line for each thing that a run needs."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Callable
from datetime import datetime
from functools import partial
from typing import Literal, NamedTuple

import typer

from utm_pipeline.commands import options
from utm_pipeline.delivery.smtp import SessionError, server_of, session
from utm_pipeline.errors import ExitCode, NoWarehouseError, PipelineError
from utm_pipeline.refresh.inputs import REQUIRED_COLUMNS, check_inputs
from utm_pipeline.schedule import crontab, entries
from utm_pipeline.settings import Settings
from utm_pipeline.warehouse import health, open_warehouse

Status = Literal["ok", "warning", "fail", "skipped"]
_SECONDS = 5


@options.command("doctor", "doctor")
def command(context: typer.Context) -> None:
    """Check settings, inputs, warehouse, freshness, SMTP and cron."""
    findings = examine(partial(options.settings_of, context))
    for finding in findings:
        fix = f"  (fix: {finding.fix})" if finding.fix else ""
        sys.stdout.write(f"{finding.status:<8} {finding.check:<10} {finding.text}{fix}\n")
    if any(finding.status == "fail" for finding in findings):
        raise typer.Exit(ExitCode.CONFIGURATION)


class Finding(NamedTuple):
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
    checks: dict[str, Callable[[Settings], Finding]] = {
        "inputs": _inputs,
        "warehouse": _warehouse,
        "freshness": _freshness,
        "smtp": _smtp,
        "cron": _cron,
    }
    place = settings.home / ".env"
    origin = str(place) if place.is_file() else "environment and defaults"
    findings = [Finding("settings", "ok", origin)]
    for name, check in checks.items():
        try:
            findings.append(check(settings))
        except PipelineError as error:
            findings.append(_failed(name, error))
    return findings


def _failed(name: str, error: PipelineError) -> Finding:
    return Finding(name, "fail", str(error), error.fix)


def _inputs(settings: Settings) -> Finding:
    found = check_inputs(settings)
    schema = f"schema {settings.raw_schema}"
    place = schema if settings.target == "postgres" else str(settings.raw_dir)
    absent = [table for table in REQUIRED_COLUMNS if table not in found.tables]
    text = f"{', '.join(found.tables)} in {place}"
    text += f"; without {', '.join(absent)}" if absent else ""
    status: Status = "warning" if found.warnings else "ok"
    return Finding("inputs", status, "; ".join((text, *found.warnings)))


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
        warnings = health.warnings(warehouse, settings)
        if warnings:
            text = "; ".join((warehouse.place, *warnings))
            return Finding("warehouse", "warning", text, "see `utm-pipeline query data-quality`")
        return Finding("warehouse", "ok", warehouse.place)


def _freshness(settings: Settings) -> Finding:
    try:
        with open_warehouse(settings) as warehouse:
            why = health.stale_because(warehouse, settings)
            if why is not None:
                return Finding("freshness", "fail", why, health.stale_fix(settings))
            as_of = warehouse.as_of.astimezone(warehouse.zone)
            until = health.sessions_until(warehouse)
    except NoWarehouseError as error:
        return Finding("freshness", "skipped", error.what)
    newest = f"; newest session {_minutes(until)}" if until else ""
    return Finding("freshness", "ok", f"as of {_minutes(as_of)}{newest}")


def _minutes(moment: datetime) -> str:
    return moment.isoformat(sep=" ", timespec="minutes")


def _smtp(settings: Settings) -> Finding:
    if settings.email_host is None:
        return Finding("smtp", "skipped", "EMAIL_HOST is not set")
    server = server_of(settings)
    try:
        # As a report would go: with its encryption, its certificate and its login.
        with session(server, _SECONDS):
            return Finding("smtp", "ok", server.place)
    except SessionError as error:
        return _failed("smtp", error.error)


def _cron(settings: Settings) -> Finding:
    if shutil.which("crontab") is None:
        return Finding("cron", "skipped", "there is no crontab program")
    shop = entries.Installation(settings.home)
    lines = crontab.read().split("\n")
    entered = [line for line in lines if not line.lstrip().startswith("#")]
    own = [line for line in entered if entries.is_own(line, shop)]
    others = [line for line in entered if "utm-pipeline" in line and line not in own]
    if not own and not others:
        return Finding("cron", "skipped", "nothing is scheduled; see `utm-pipeline schedule`")
    jobs = " and ".join(job for job in ("refresh", "report") if f"--run {job}" in " ".join(own))
    texts = [f"scheduled here: {jobs}"] if jobs else []
    if others:
        texts.append(f"other entries of utm-pipeline in the crontab: {len(others)}")
    return Finding("cron", "ok", "; ".join(texts))
