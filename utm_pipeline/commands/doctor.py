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
from utm_pipeline.delivery import smtp
from utm_pipeline.errors import ExitCode, NoWarehouseError, PipelineError, WarehouseError
from utm_pipeline.refresh.inputs import REQUIRED_COLUMNS, check_inputs
from utm_pipeline.schedule import crontab
from utm_pipeline.schedule.plan import Installation
from utm_pipeline.settings import Settings
from utm_pipeline.warehouse import health, open_warehouse
from utm_pipeline.words import in_words, text

Status = Literal["ok", "warning", "fail", "skipped"]
_SECONDS = 5
_REFRESH = "run `utm-pipeline refresh`"


@options.command("doctor", "doctor")
def command(context: typer.Context) -> None:
    """Check settings, inputs, warehouse, freshness, SMTP and cron."""
    lang = options.language(context.obj.lang)
    findings = examine(partial(options.quiet_settings_of, context))
    for finding in findings:
        status, check = (text(f"doctor.{name}", lang) for name in (finding.status, finding.check))
        what, fix = (in_words(said, lang) for said in (finding.text, finding.fix))
        fix = fix and f"  ({text('doctor.fix', lang)}: {fix})"
        sys.stdout.write(f"{status:<8} {check:<10} {what}{fix}\n")
    if any(finding.status == "fail" for finding in findings):
        raise typer.Exit(ExitCode.CONFIGURATION)


class Finding(NamedTuple):
    """What one check found, and what to do if it is bad."""

    check: str
    status: Status
    text: str
    fix: str = ""


class _Skipped(Exception):  # noqa: N818 - no error
    """There is nothing to check, and why."""


class _Doubt(PipelineError):  # noqa: N818 - no error
    """It works, but somebody should know something of it."""


def examine(load: Callable[[], Settings]) -> list[Finding]:
    """All findings, in a fixed order. ``load`` reads the settings, which is the first check."""
    try:
        settings = load()
    except PipelineError as error:
        return [Finding("settings", "fail", str(error), error.fix)]
    place = settings.home / ".env"
    origin = str(place) if place.is_file() else "environment and defaults"
    findings = [Finding("settings", "ok", origin)]
    findings += [
        Finding("settings", "warning", text) for text in settings.warnings + settings.doubts
    ]
    for check in (_inputs, _warehouse, _freshness, _smtp, _cron):
        name = check.__name__.removeprefix("_")
        try:
            findings.append(Finding(name, "ok", check(settings)))
        except _Skipped as reason:
            findings.append(Finding(name, "skipped", str(reason)))
        except PipelineError as error:
            status: Status = "warning" if isinstance(error, _Doubt) else "fail"
            findings.append(Finding(name, status, str(error), error.fix))
    return findings


def _inputs(settings: Settings) -> str:
    found = check_inputs(settings)
    schema = f"schema {settings.raw_schema}"
    place = schema if settings.target == "postgres" else str(settings.raw_dir)
    absent = [table for table in REQUIRED_COLUMNS if table not in found.tables]
    without = f"; without {', '.join(absent)}" if absent else ""
    there = f"{', '.join(found.tables)} in {place}{without}"
    if found.warnings:
        raise _Doubt("; ".join((there, *found.warnings)), "", "")
    return there


def _warehouse(settings: Settings) -> str:
    with open_warehouse(settings) as warehouse:
        zones = warehouse.zone.key, settings.timezone
        if zones[0] != zones[1]:
            what = "built with time zone {}, but UTM_TIMEZONE is {}".format(*zones)
            raise WarehouseError(what, "", _REFRESH)
        if warnings := health.warnings(warehouse, settings):
            said = "; ".join((warehouse.place, *warnings))
            raise _Doubt(said, "", "see `utm-pipeline query data-quality`")
        return warehouse.place


def _freshness(settings: Settings) -> str:
    try:
        with open_warehouse(settings) as warehouse:
            why = health.stale_because(warehouse, settings)
            if why is not None:
                raise WarehouseError(why, "", health.stale_fix(settings))
            as_of = warehouse.as_of.astimezone(warehouse.zone)
            until = health.sessions_until(warehouse)
    except NoWarehouseError as error:
        raise _Skipped(error.what) from None
    newest = f"; newest session {_minutes(until)}" if until else ""
    return f"as of {_minutes(as_of)}{newest}"


def _minutes(moment: datetime) -> str:
    return moment.isoformat(sep=" ", timespec="minutes")


def _smtp(settings: Settings) -> str:
    if settings.email_host is None:
        raise _Skipped("EMAIL_HOST is not set")
    smtp.check(settings)
    # As a report would go: with its encryption, its certificate and its login.
    with smtp.session(settings, _SECONDS):
        return smtp.place(settings)


def _cron(settings: Settings) -> str:
    if shutil.which("crontab") is None:
        raise _Skipped("there is no crontab program")
    shop = Installation(settings.home)
    lines = crontab.read().split("\n")
    entered = [line for line in lines if not line.lstrip().startswith("#")]
    own = [line for line in entered if shop.owns(line)]
    others = [line for line in entered if "utm-pipeline" in line and line not in own]
    if not own and not others:
        raise _Skipped("nothing is scheduled; see `utm-pipeline schedule`")
    jobs = " and ".join(job for job in ("refresh", "report") if f"--run {job}" in " ".join(own))
    texts = [f"scheduled here: {jobs}"] if jobs else []
    if others:
        texts.append(f"other entries of utm-pipeline in the crontab: {len(others)}")
    return "; ".join(texts)
