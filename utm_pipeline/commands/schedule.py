"""``schedule``: refreshes and reports by themselves."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal, NamedTuple, NoReturn, TypeVar

import typer

from utm_pipeline.commands import options, terminal
from utm_pipeline.errors import ConfigError, ExitCode, WrongUseError
from utm_pipeline.schedule import crontab, plan, run
from utm_pipeline.schedule.plan import Installation, crontab_lines, systemd_units
from utm_pipeline.schedule.run import log_folder
from utm_pipeline.settings import Settings
from utm_pipeline.words import text

_T = TypeVar("_T")

if TYPE_CHECKING:
    Every = str
else:
    Every = Literal[tuple(plan.PERIODS)]
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


@options.command("schedule", "schedule --refresh-every 5 --install")
def command(  # noqa: PLR0913 - one argument an option
    context: typer.Context,
    *,
    every: Annotated[
        Every | None,
        options.choice(
            Every,
            "How often the report goes out by e-mail: each day, on Mondays, on the first of a "
            "month. It is about yesterday, last_week or last_month.",
        ),
    ] = None,
    at: Annotated[
        str | None, typer.Option(metavar="HH:MM", help="When it goes out, in business time.")
    ] = None,
    refresh_every: Annotated[
        str | None,
        typer.Option(metavar="MIN", help="Minutes from one refresh to the next, such as 5 or 60."),
    ] = None,
    recipients: Annotated[
        str | None,
        typer.Option(metavar="A,B", help="Who gets the report.  [default: UTM_REPORT_RECIPIENTS]"),
    ] = None,
    attach_csv: options.AttachCsvOption = False,
    install: Annotated[
        bool, options.flag("--install", "Write the entries into your crontab.")
    ] = False,
    print_: Annotated[
        bool, options.flag("--print", "Only print them, and systemd units too.")
    ] = False,
    remove: Annotated[
        bool, options.flag("--remove", "Take this shop's entries out of your crontab.")
    ] = False,
    show: Annotated[
        bool, options.flag("--show", "Print this shop's entries in your crontab.")
    ] = False,
    job: Annotated[Literal["refresh", "report"] | None, typer.Option("--run", hidden=True)] = None,
) -> None:
    """Let cron refresh the data and send the report.

    At a terminal it asks for what is missing. What was installed before is replaced.
    """
    settings = options.settings_of(context)
    given = _Given(every, at, refresh_every, recipients, attach_csv)
    chosen: options.Globals = context.obj
    target = () if chosen.target is None else ("--target", chosen.target)
    lang = () if chosen.lang is None else ("--lang", chosen.lang)
    shop = Installation(settings.home, (*target, *lang))
    if job is not None:
        _run(settings, shop, job, given)
    actions = {"install": install, "print": print_, "remove": remove, "show": show}
    action, *more = [name for name, is_chosen in actions.items() if is_chosen] or [""]
    if more:
        both = f"--{action} and --{more[0]} exclude each other"
        raise WrongUseError(both, "schedule", "give one of them")
    if action not in {"remove", "show"}:
        _set_up(settings, shop, given, action)
    elif given.has_report or refresh_every is not None:
        what = f"--{action} is about what is installed"
        raise WrongUseError(what, "schedule", "leave other options out")
    elif action == "remove":
        was_there, _ = crontab.install(settings, shop, None, run.utc_now())
        _say(settings, "removed" if was_there else "nothing", home=shop.home)
    elif lines := crontab.own_lines(crontab.read(), shop):
        sys.stdout.write("\n".join((*lines, "")))
        _say(settings, "logs", folder=log_folder(settings))
    else:
        _say(settings, "nothing", home=shop.home)


def _run(settings: Settings, shop: Installation, job: str, given: _Given) -> NoReturn:
    report = None
    if job == "report":
        if given.every is None or given.at is None:
            raise WrongUseError("the report lacks its time", "--every, --at", "give both")
        report = plan.ReportPlan(given.every, plan.parse_clock(given.at), given.attach_csv)
    outcome = run.Runner(settings, shop).run(report)
    for line in outcome.lines:
        terminal.say(line)
    raise typer.Exit(outcome.code)


def _set_up(settings: Settings, shop: Installation, given: _Given, action: str) -> None:
    is_terminal = terminal.asks()
    if not action and not is_terminal:
        what = "nobody is there to ask what to do"
        raise WrongUseError(what, "--install", "give --install or --print")
    wanted = _plan(settings, given, asks=is_terminal)
    lines = crontab_lines(wanted, shop)
    if action == "print":
        _print(wanted, shop, lines)
        return
    crontab.check_environment(settings, os.environ, Path.cwd())
    if not action:
        terminal.say("\n".join(("", *lines, "")))
        if not terminal.confirm(_question(settings, "install"), default=True):
            return
    _, others = crontab.install(settings, shop, wanted, run.utc_now())
    for line in others:
        said = f"another line of the crontab works for this folder too: {line}"
        terminal.warn(said, settings.lang)
    report = wanted.report
    if report:
        _warn_if_unsendable(settings)
    _say(settings, "installed", home=shop.home)
    if report:
        turn = plan.turn_after(report, run.utc_now(), settings.zone)
        _say(settings, "next", when=f"{turn:%Y-%m-%d %H:%M} {settings.timezone}")
    _say(settings, "logs", folder=log_folder(settings))
    if report and is_terminal and terminal.confirm(_question(settings, "test")):
        _send_now(settings, shop, report)


def _plan(settings: Settings, given: _Given, *, asks: bool) -> plan.Plan:
    """What options and answers make up. ``asks``: somebody is there to answer.

    Raises:
        WrongUseError: an option is wrong, or is missing and nobody can be asked.
    """

    def choose(name: str, value: str | None, default: str | None, read: Callable[[str], _T]) -> _T:
        if value is not None:
            return read(value)
        if asks:
            return terminal.ask(_question(settings, name), default, read)
        what = "something is missing, and there is no terminal to ask"
        raise WrongUseError(what, f"--{name}", f"give --{name}")

    asks_all = asks and not given.has_report and given.refresh_every is None
    minutes = None if given.refresh_every is None else plan.parse_minutes(given.refresh_every)
    report: plan.ReportPlan | None = None
    own: tuple[str, ...] = ()
    if given.has_report or asks_all:
        every = choose("every", given.every, "weekly", _read_every)
        if every != _NEVER:
            at = choose("at", given.at, "09:00", plan.parse_clock)
            known = recipients = settings.report_recipients
            if asks or given.recipients is not None or not known:
                default = ",".join(known) or None
                read = partial(_addresses, settings)
                recipients = choose("recipients", given.recipients, default, read)
            attaches = given.attach_csv
            if asks_all:
                attaches = terminal.confirm(_question(settings, "csv"))
            report = plan.ReportPlan(every, at, attaches)
            own = () if recipients == known else recipients
    if asks_all:
        minutes = choose("refresh", None, "5", _read_minutes)
    if minutes is None and report is None:
        fix = "give --refresh-every or --every, or --remove to take out what is installed"
        raise WrongUseError("nothing is to be scheduled", "schedule", fix)
    return plan.Plan(minutes, report, own)


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


def _print(wanted: plan.Plan, shop: Installation, lines: list[str]) -> None:
    printed = ["# crontab -e", *lines]
    if wanted.own_recipients:
        recipients = ",".join(wanted.own_recipients)
        printed[:0] = [f"# {shop.home / '.env'}", f"UTM_REPORT_RECIPIENTS={recipients}", ""]
    for name, content in systemd_units(wanted, shop):
        printed += ["", f"# ~/.config/systemd/user/{name}", content.rstrip("\n")]
    sys.stdout.write("\n".join((*printed, "")))


def _warn_if_unsendable(settings: Settings) -> None:
    from utm_pipeline.delivery import addresses, smtp

    try:
        addresses.sender(settings)
        smtp.check(settings)
    except ConfigError as error:
        said = f"no report can be sent so far: {error}; {error.fix}"
        terminal.warn(said, settings.lang)


def _send_now(settings: Settings, shop: Installation, report: plan.ReportPlan) -> None:
    code, lines = run.send_now(settings, shop, report)
    for line in lines:
        terminal.say(line)
    if code == ExitCode.DONE:
        _say(settings, "sent")
    else:
        said = f"the test report was not sent (exit code {code}); the schedule is installed"
        terminal.warn(said, settings.lang)


def _say(settings: Settings, name: str, **values: object) -> None:
    terminal.say(text(f"schedule.{name}", settings.lang, **values))
