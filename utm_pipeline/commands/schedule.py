"""``schedule``: refreshes and reports by themselves."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import NamedTuple, NoReturn, TypeVar

import click

from utm_pipeline.commands._shared import Globals, example, pass_globals, warn
from utm_pipeline.errors import ConfigError, ExitCode, WrongUseError
from utm_pipeline.schedule import crontab, plan, run
from utm_pipeline.schedule.entries import Installation, crontab_lines, systemd_units
from utm_pipeline.schedule.journal import log_folder
from utm_pipeline.settings import Settings
from utm_pipeline.words import text

_T = TypeVar("_T")

_NEVER = "never"


class _Given(NamedTuple):
    """The options about what to schedule."""

    every: str | None
    at: str | None
    refresh_every: str | None
    recipients: str | None
    attach_csv: bool

    @property
    def has_report(self) -> bool:
        """Whether one of them is about the report."""
        return self.attach_csv or {self.every, self.at, self.recipients} != {None}


@click.command(
    "schedule",
    epilog=example("schedule --refresh-every 5 --install"),
)
@click.option(
    "--every",
    type=click.Choice(tuple(plan.PERIODS)),
    help="How often the report goes out by e-mail: each day, on Mondays, on the first of a month. "
    "It is about yesterday, last_week or last_month.",
)
@click.option("--at", metavar="HH:MM", help="When it goes out, in business time.")
@click.option(
    "--refresh-every",
    metavar="MIN",
    help="Minutes from one refresh to the next, such as 5 or 60.",
)
@click.option(
    "--recipients",
    metavar="A,B",
    help="Who gets the report.  [default: UTM_REPORT_RECIPIENTS]",
)
@click.option("--attach-csv", is_flag=True, help="Attach sources and campaigns as CSV.")
@click.option("--install", is_flag=True, help="Write the entries into your crontab.")
@click.option("--print", "print_", is_flag=True, help="Only print them, and systemd units too.")
@click.option("--remove", is_flag=True, help="Take this shop's entries out of your crontab.")
@click.option("--show", is_flag=True, help="Print this shop's entries in your crontab.")
@click.option("--run", "job", type=click.Choice(("refresh", "report")), hidden=True)
@pass_globals
def command(  # noqa: PLR0913 - one argument an option
    app: Globals,
    /,
    *,
    every: str | None,
    at: str | None,
    refresh_every: str | None,
    recipients: str | None,
    attach_csv: bool,
    job: str | None,
    **actions: bool,
) -> None:
    """Let cron refresh the data and send the report.

    At a terminal it asks for what is missing. What was installed before is replaced.
    """
    settings = app.settings()
    given = _Given(every, at, refresh_every, recipients, attach_csv)
    target = () if app.target is None else ("--target", app.target)
    lang = () if app.lang is None else ("--lang", app.lang)
    shop = Installation(settings.home, (*target, *lang))
    if job is not None:
        _run(settings, shop, job, given)
    chosen = [name.rstrip("_") for name, is_chosen in actions.items() if is_chosen]
    if len(chosen) > 1:
        raise WrongUseError(
            f"--{chosen[0]} and --{chosen[1]} exclude each other", "schedule", "give one of them"
        )
    action = chosen[0] if chosen else ""
    if action not in {"remove", "show"}:
        _set_up(settings, shop, given, action)
    elif given.has_report or refresh_every is not None:
        raise WrongUseError(
            f"--{action} is about what is installed", "schedule", "leave other options out"
        )
    elif action == "remove":
        was_there = crontab.remove(settings, shop)
        _say(settings, "removed" if was_there else "nothing", home=shop.home)
    elif lines := crontab.installed(shop):
        click.echo("\n".join(lines))
        _say(settings, "logs", folder=log_folder(settings))
    else:
        _say(settings, "nothing", home=shop.home)


def _run(settings: Settings, shop: Installation, job: str, given: _Given) -> NoReturn:
    report = None
    if job == "report":
        if given.every is None or given.at is None:
            raise WrongUseError("the report lacks its time", "--every, --at", "give both")
        report = plan.ReportPlan(given.every, plan.parse_clock(given.at), given.attach_csv)
    outcome = run.Runner(settings, shop.options).run(report)
    for line in outcome.lines:
        click.echo(line, err=True)
    raise click.exceptions.Exit(outcome.code)


def _set_up(settings: Settings, shop: Installation, given: _Given, action: str) -> None:
    is_terminal = sys.stdin.isatty() and sys.stderr.isatty()
    if not action and not is_terminal:
        raise WrongUseError(
            "nobody is there to ask what to do", "--install", "give --install or --print"
        )
    wanted = _plan(settings, given, asks=is_terminal)
    lines = crontab_lines(wanted, shop)
    if action == "print":
        _print(wanted, shop, lines)
        return
    crontab.check_environment(settings, os.environ, Path.cwd())
    if not action:
        click.echo("\n".join(("", *lines, "")), err=True)
        if not click.confirm(_question(settings, "install"), default=True, err=True):
            return
    for line in crontab.install(settings, shop, wanted, run.utc_now()):
        warn(f"another line of the crontab works for this folder too: {line}")
    report = wanted.report
    if report:
        _warn_if_unsendable(settings)
    _say(settings, "installed", home=shop.home)
    if report:
        turn = plan.turn_after(report, run.utc_now(), settings.zone)
        _say(settings, "next", when=f"{turn:%Y-%m-%d %H:%M} {settings.timezone}")
    _say(settings, "logs", folder=log_folder(settings))
    if report and is_terminal and click.confirm(_question(settings, "test"), err=True):
        _send_now(settings, shop, report)


def _plan(settings: Settings, given: _Given, *, asks: bool) -> plan.Plan:
    """What options and answers make up. ``asks``: somebody is there to answer.

    Raises:
        WrongUseError: an option is wrong, or is missing and nobody can be asked.
    """
    asks_all = asks and not given.has_report and given.refresh_every is None
    minutes = None if given.refresh_every is None else plan.parse_minutes(given.refresh_every)
    has_report = given.has_report or asks_all
    report, own = _report(settings, given, asks=asks) if has_report else (None, ())
    if asks_all:
        minutes = _ask(settings, "refresh", "5", _read_minutes)
    if minutes is None and report is None:
        raise WrongUseError(
            "nothing is to be scheduled",
            "schedule",
            "give --refresh-every or --every, or --remove to take out what is installed",
        )
    return plan.Plan(minutes, report, own)


def _report(
    settings: Settings, given: _Given, *, asks: bool
) -> tuple[plan.ReportPlan | None, tuple[str, ...]]:
    """The report, and its recipients where they are others than those of the settings."""
    known, read_addresses = settings.report_recipients, partial(_addresses, settings)
    every = given.every
    if every is None:
        every = _ask(settings, "every", "weekly", _read_every) if asks else _missing("--every")
    if every == _NEVER:
        return None, ()
    if given.at is not None:
        at = plan.parse_clock(given.at)
    else:
        at = _ask(settings, "at", "09:00", plan.parse_clock) if asks else _missing("--at")
    if given.recipients is not None:
        recipients = read_addresses(given.recipients)
    elif asks:
        recipients = _ask(settings, "recipients", ",".join(known) or None, read_addresses)
    else:
        recipients = known or _missing("--recipients")
    attach_csv = given.attach_csv
    if asks and not given.has_report:
        attach_csv = click.confirm(_question(settings, "csv"), err=True)
    report = plan.ReportPlan(every, at, attach_csv)
    return report, () if recipients == known else recipients


def _ask(settings: Settings, name: str, default: str | None, read: Callable[[str], _T]) -> _T:
    """Asks on standard error, again and again until the answer is right."""

    def checked(answer: str) -> _T:
        try:
            return read(answer)
        except WrongUseError as error:
            raise click.UsageError("; ".join(filter(None, (error.what, error.fix)))) from None

    answer: _T = click.prompt(
        _question(settings, name), default=default, value_proc=checked, err=True
    )
    return answer


def _question(settings: Settings, name: str) -> str:
    return text(f"schedule.ask.{name}", settings.lang, zone=settings.timezone)


def _read_every(answer: str) -> str:
    choices = (*plan.PERIODS, _NEVER)
    if answer not in choices:
        raise WrongUseError(f"{answer!r} is not one of {', '.join(map(repr, choices))}.", "", "")
    return answer


def _read_minutes(answer: str) -> int | None:
    return None if answer.strip() == "0" else plan.parse_minutes(answer)


def _addresses(settings: Settings, given: str) -> tuple[str, ...]:
    """The addresses as they were written, if every one is one."""
    from utm_pipeline.delivery import addresses

    addresses.recipients(given, settings)
    return tuple(item.strip() for item in given.split(",") if item.strip())


def _missing(option: str) -> NoReturn:
    raise WrongUseError(
        "something is missing, and there is no terminal to ask", option, f"give {option}"
    )


def _print(wanted: plan.Plan, shop: Installation, lines: list[str]) -> None:
    if wanted.own_recipients:
        click.echo(f"# {shop.home / '.env'}")
        click.echo(f"UTM_REPORT_RECIPIENTS={','.join(wanted.own_recipients)}\n")
    click.echo("\n".join(("# crontab -e", *lines)))
    for name, content in systemd_units(wanted, shop):
        click.echo(f"\n# ~/.config/systemd/user/{name}\n{content}", nl=False)


def _warn_if_unsendable(settings: Settings) -> None:
    from utm_pipeline.delivery import addresses, smtp

    try:
        addresses.sender(settings)
        smtp.server_of(settings)
    except ConfigError as error:
        warn(f"no report can be sent so far: {error}; {error.fix}")


def _send_now(settings: Settings, shop: Installation, report: plan.ReportPlan) -> None:
    """Sends a test report. What is installed stays either way."""
    code, lines = run.send_now(settings, shop, report)
    for line in lines:
        click.echo(line, err=True)
    if code == ExitCode.DONE:
        _say(settings, "sent")
    else:
        warn(f"the test report was not sent (exit code {code}); the schedule is installed")


def _say(settings: Settings, name: str, **values: object) -> None:
    click.echo(text(f"schedule.{name}", settings.lang, **values), err=True)
