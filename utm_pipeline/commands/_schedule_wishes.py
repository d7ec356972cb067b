"""From options and answers to a plan: what was given, what is asked for, what is wrong."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import time
from typing import TypeVar

import click

from utm_pipeline.errors import WrongUseError
from utm_pipeline.schedule.plan import (
    PERIODS,
    Plan,
    ReportPlan,
    parse_clock,
    parse_minutes,
)
from utm_pipeline.settings import Settings
from utm_pipeline.words import Words

_T = TypeVar("_T")

_NEVER = "never"
_EVERY = Words(
    "Як часто надсилати звіт електронною поштою (daily, weekly, monthly, never)",
    "How often to send the report by e-mail (daily, weekly, monthly, never)",
)
_AT = Words("О котрій годині, за часом бізнесу", "At what time, on the business clock")
_RECIPIENTS = Words("Кому, адреси через кому", "To whom, addresses separated by commas")
_CSV = Words("Додавати таблиці CSV?", "Attach tables as CSV?")
_REFRESH = Words(
    "Через скільки хвилин оновлювати дані (0: не оновлювати)",
    "Minutes from one refresh to the next (0: no refreshes)",
)
_INSTALL = Words("Записати ці рядки у crontab?", "Write these lines into your crontab?")
_TEST = Words("Надіслати пробний звіт зараз?", "Send a test report now?")


@dataclass(frozen=True)
class Wishes:
    """The options as they were given."""

    every: str | None = None
    at: str | None = None
    refresh_every: str | None = None
    recipients: str | None = None
    attach_csv: bool = False

    @property
    def any_given(self) -> bool:
        """Whether there is one at all."""
        return self.refresh_every is not None or self.about_report is not None

    @property
    def about_report(self) -> str | None:
        """The first option given that is about the report."""
        given = {
            "--every": self.every is not None,
            "--at": self.at is not None,
            "--recipients": self.recipients is not None,
            "--attach-csv": self.attach_csv,
        }
        return next((option for option, is_given in given.items() if is_given), None)


@dataclass(frozen=True)
class Wanted:
    """What is to be scheduled."""

    plan: Plan
    own_recipients: tuple[str, ...] = ()
    """Addresses other than those of ``.env``; empty if these are meant."""


class Questions:
    """Asks at the terminal, on standard error, and asks again until the answer is right."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings

    def every(self) -> str | None:
        """How often the report comes; None for never."""
        choice = click.Choice((*PERIODS, _NEVER))
        answer: str = click.prompt(
            self._text(_EVERY), type=choice, default="weekly", show_choices=False, err=True
        )
        return None if answer == _NEVER else answer

    def at(self) -> time:
        """When it comes."""
        words = f"{self._text(_AT)} ({self._settings.timezone})"
        return self._ask(words, "09:00", parse_clock)

    def recipients(self) -> tuple[str, ...]:
        """Who gets it."""
        known = ",".join(self._settings.report_recipients) or None

        def read(text: str) -> tuple[str, ...]:
            return _recipients(text, self._settings)

        return self._ask(self._text(_RECIPIENTS), known, read)

    def attach_csv(self) -> bool:
        """Whether tables are attached."""
        return click.confirm(self._text(_CSV), err=True)

    def refresh_every(self) -> int | None:
        """Minutes between refreshes; None for no refreshes."""

        def read(text: str) -> int | None:
            return None if text.strip() == "0" else parse_minutes(text)

        return self._ask(self._text(_REFRESH), "5", read)

    def is_install_wanted(self, lines: Sequence[str]) -> bool:
        """Shows the lines for the crontab and asks whether they shall go there."""
        click.echo("\n".join(("", *lines, "")), err=True)
        return click.confirm(self._text(_INSTALL), default=True, err=True)

    def is_test_wanted(self) -> bool:
        """Whether a report shall be sent at once."""
        return click.confirm(self._text(_TEST), err=True)

    def _text(self, words: Words) -> str:
        return words.in_language(self._settings.lang)

    def _ask(self, text: str, default: str | None, read: Callable[[str], _T]) -> _T:
        def checked(answer: str) -> _T:
            try:
                return read(answer)
            except WrongUseError as error:
                raise click.UsageError(f"{error.what}; {error.fix}") from None

        answer: _T = click.prompt(text, default=default, value_proc=checked, err=True)
        return answer


def complete(
    wishes: Wishes, settings: Settings, questions: Questions | None, *, can_send: bool
) -> Wanted:
    """The plan that options and answers make up.

    Args:
        wishes: the options.
        settings: they have the default of ``--recipients``.
        questions: who answers; None where there is no terminal.
        can_send: whether this version sends reports.

    Raises:
        WrongUseError: an option is wrong, or is missing and nobody can be asked.
    """
    if wishes.about_report is not None and not can_send:
        raise WrongUseError(
            "this version has no command `email`, which sends the report",
            wishes.about_report,
            "leave the options of the report out; --refresh-every works",
        )
    asked = None if wishes.any_given else questions
    minutes = None if wishes.refresh_every is None else parse_minutes(wishes.refresh_every)
    wanted = Wanted(Plan(minutes))
    if wishes.about_report is not None or (asked is not None and can_send):
        wanted = _with_report(wishes, settings, questions, minutes)
    if asked is not None:
        wanted = replace(wanted, plan=replace(wanted.plan, refresh_every=asked.refresh_every()))
    if wanted.plan == Plan():
        raise WrongUseError(
            "nothing is to be scheduled",
            "schedule",
            "give --refresh-every or --every, or --remove to take out what is installed",
        )
    return wanted


def _with_report(
    wishes: Wishes, settings: Settings, questions: Questions | None, minutes: int | None
) -> Wanted:
    every = wishes.every or _asked(questions, Questions.every, "--every")
    if every is None:
        return Wanted(Plan(minutes))
    at = _asked(questions, Questions.at, "--at") if wishes.at is None else parse_clock(wishes.at)
    if wishes.recipients is not None:
        recipients = _recipients(wishes.recipients, settings)
    elif questions is not None:
        recipients = questions.recipients()
    else:
        recipients = settings.report_recipients
    if not recipients:
        raise _missing("--recipients")
    attach_csv = wishes.attach_csv
    if questions is not None and wishes.about_report is None:
        attach_csv = questions.attach_csv()
    own = () if recipients == settings.report_recipients else recipients
    return Wanted(Plan(minutes, ReportPlan(every, at, attach_csv)), own)


def _asked(questions: Questions | None, question: Callable[[Questions], _T], option: str) -> _T:
    if questions is None:
        raise _missing(option)
    return question(questions)


def _recipients(text: str, settings: Settings) -> tuple[str, ...]:
    """The addresses as they were written, if every one is one."""
    from utm_pipeline.delivery import addresses

    addresses.recipients(text, settings)
    return tuple(item.strip() for item in text.split(",") if item.strip())


def _missing(option: str) -> WrongUseError:
    return WrongUseError(
        "something is missing, and there is no terminal to ask", option, f"give {option}"
    )
