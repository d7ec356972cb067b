"""``schedule``: refreshes and reports by themselves."""

from __future__ import annotations

import os
import sys
from datetime import datetime
from pathlib import Path
from typing import NoReturn

import click

from utm_pipeline.commands._schedule_wishes import Questions, Wanted, Wishes, complete
from utm_pipeline.commands._shared import Globals, example, pass_globals, warn
from utm_pipeline.errors import ConfigError, ExitCode, WrongUseError
from utm_pipeline.schedule import crontab, entries, plan, run
from utm_pipeline.schedule.environment import check_environment
from utm_pipeline.schedule.journal import journal, keep_recipients, without_addresses
from utm_pipeline.settings import Settings
from utm_pipeline.words import Words

_INSTALLED = Words("Заплановано для", "Scheduled for")
_NOTHING = Words("Нічого не заплановано для", "Nothing is scheduled for")
_REMOVED = Words("Знято з розкладу для", "No longer scheduled for")
_NEXT = Words("Наступний звіт", "Next report")
_LOGS = Words("Журнали", "Logs")
_SENT = Words("Пробний звіт надіслано", "The test report is sent")


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
@click.pass_context
@pass_globals
def command(  # noqa: PLR0913 - one argument an option
    app: Globals,
    context: click.Context,
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
    wishes = Wishes(every, at, refresh_every, recipients, attach_csv)
    shop = entries.Installation(settings.home, _options(app))
    if job is not None:
        _run(context, settings, shop, job, wishes)
    chosen = [name.rstrip("_") for name, is_chosen in actions.items() if is_chosen]
    if len(chosen) > 1:
        raise WrongUseError(
            f"--{chosen[0]} and --{chosen[1]} exclude each other", "schedule", "give one of them"
        )
    action = chosen[0] if chosen else None
    if action in {"remove", "show"}:
        if wishes.any_given:
            raise WrongUseError(
                f"--{action} is about what is installed", "schedule", "leave other options out"
            )
        (_remove if action == "remove" else _show)(settings, shop)
        return
    _set_up(context, settings, shop, wishes, action)


def can_send(context: click.Context) -> bool:
    """Whether this version has the command that sends reports."""
    root = context.find_root()
    return isinstance(root.command, click.Group) and "email" in root.command.list_commands(root)


def send_now(settings: Settings, shop: entries.Installation, report: plan.ReportPlan) -> None:
    """Sends the report at once, to see whether it arrives. What is installed stays either way."""
    command = (*entries.program(), *shop.options, *run.email_command(report), "--force")
    ended = run.start(command, run.recipients(settings))
    for line in without_addresses(ended.errors):
        click.echo(line, err=True)
    if ended.code != ExitCode.DONE:
        warn(f"the test report was not sent (exit code {ended.code}); the schedule is installed")
        return
    click.echo(_SENT.in_language(settings.lang), err=True)


def _options(app: Globals) -> tuple[str, ...]:
    target = () if app.target is None else ("--target", app.target)
    return target if app.lang is None else (*target, "--lang", app.lang)


def _run(
    context: click.Context,
    settings: Settings,
    shop: entries.Installation,
    job: str,
    wishes: Wishes,
) -> NoReturn:
    runner = run.Runner(settings, shop.options)
    if job == "refresh":
        outcome = runner.refresh()
    else:
        if wishes.every is None or wishes.at is None:
            raise WrongUseError("the report lacks its time", "--every, --at", "give both")
        at = plan.parse_clock(wishes.at)
        outcome = runner.report(plan.ReportPlan(wishes.every, at, wishes.attach_csv))
    for line in outcome.told:
        click.echo(line, err=True)
    context.exit(outcome.code)


def _set_up(
    context: click.Context,
    settings: Settings,
    shop: entries.Installation,
    wishes: Wishes,
    action: str | None,
) -> None:
    is_terminal = sys.stdin.isatty() and sys.stderr.isatty()
    questions = Questions(settings) if is_terminal else None
    if action is None and questions is None:
        raise WrongUseError(
            "nobody is there to ask what to do", "--install", "give --install or --print"
        )
    wanted = complete(wishes, settings, questions, can_send=can_send(context))
    lines = entries.crontab_lines(wanted.plan, shop)
    if action == "print":
        _print(wanted, shop, lines)
        return
    check_environment(settings, os.environ, Path.cwd())
    if action is None and questions is not None and not questions.is_install_wanted(lines):
        return
    _install(settings, shop, wanted, lines)
    report = wanted.plan.report
    if report is not None and questions is not None and questions.is_test_wanted():
        send_now(settings, shop, report)


def _install(
    settings: Settings, shop: entries.Installation, wanted: Wanted, lines: list[str]
) -> None:
    def is_own(line: str) -> bool:
        return entries.is_own(line, shop)

    report = wanted.plan.report
    before = crontab.read()
    if report is None:
        _forget_report(settings)
    else:
        keep_recipients(settings, wanted.own_recipients)
        if crontab.own_lines(before, is_own) != lines:
            run.begin(settings, run.utc_now())
    after = crontab.replace_lines(before, is_own, lines)
    if after != before:
        crontab.write(after)
    for line in after.split("\n"):
        if not is_own(line) and not line.lstrip().startswith("#") and entries.is_like(line, shop):
            warn(f"another line of the crontab works for this folder too: {line.strip()}")
    if report is not None:
        _warn_if_unsendable(settings)
    _tell(settings, _INSTALLED, str(shop.home))
    if report is not None:
        turn = plan.turn_after(report, run.utc_now(), settings.zone)
        _tell(settings, _NEXT, _moment(turn, settings))
    _tell(settings, _LOGS, str(journal(settings, "refresh").folder))


def _warn_if_unsendable(settings: Settings) -> None:
    from utm_pipeline.delivery import addresses, smtp

    try:
        addresses.sender(settings)
        smtp.server_of(settings)
    except ConfigError as error:
        warn(f"no report can be sent so far: {error}; {error.fix}")


def _remove(settings: Settings, shop: entries.Installation) -> None:
    before = crontab.read()
    after = crontab.replace_lines(before, lambda line: entries.is_own(line, shop), [])
    if after != before:
        crontab.write(after)
    _forget_report(settings)
    _tell(settings, _NOTHING if after == before else _REMOVED, str(shop.home))


def _show(settings: Settings, shop: entries.Installation) -> None:
    lines = crontab.own_lines(crontab.read(), lambda line: entries.is_own(line, shop))
    if not lines:
        _tell(settings, _NOTHING, str(shop.home))
        return
    for line in lines:
        click.echo(line)
    _tell(settings, _LOGS, str(journal(settings, "refresh").folder))


def _print(wanted: Wanted, shop: entries.Installation, lines: list[str]) -> None:
    if wanted.own_recipients:
        click.echo(f"# {shop.home / '.env'}")
        click.echo(f"UTM_REPORT_RECIPIENTS={','.join(wanted.own_recipients)}\n")
    click.echo("# crontab -e")
    for line in lines:
        click.echo(line)
    for name, content in entries.systemd_units(wanted.plan, shop):
        click.echo(f"\n# ~/.config/systemd/user/{name}\n{content}", nl=False)


def _forget_report(settings: Settings) -> None:
    keep_recipients(settings, ())
    journal(settings, "report").forget()


def _moment(turn: datetime, settings: Settings) -> str:
    return f"{turn:%Y-%m-%d %H:%M} {settings.timezone}"


def _tell(settings: Settings, words: Words, value: str) -> None:
    click.echo(f"{words.in_language(settings.lang)}: {value}", err=True)
