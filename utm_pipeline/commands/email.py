"""``email``: the report of a period to everybody who reads it, right or not at all."""

from __future__ import annotations

import sys
from datetime import UTC, datetime
from typing import Annotated, Literal

import typer

from utm_pipeline.commands import options, terminal
from utm_pipeline.commands.options import PeriodOption
from utm_pipeline.commands.report import illustrated
from utm_pipeline.delivery import addresses, guard, smtp
from utm_pipeline.delivery.mail import Post, exports
from utm_pipeline.errors import StaleDataError, WarehouseError
from utm_pipeline.report import sections as reports
from utm_pipeline.warehouse import open_warehouse

Format = Literal["html", "text"]


@options.command("email", "email --period last_week --recipients team@example.com --dry-run")
def command(  # noqa: PLR0913 - one argument an option
    context: typer.Context,
    *,
    period: PeriodOption = "week",
    recipients: Annotated[
        str | None,
        typer.Option(
            metavar="A,B",
            help="Who gets it, separated by commas.  [default: UTM_REPORT_RECIPIENTS]",
        ),
    ] = None,
    output_format: Annotated[
        Format,
        options.choice(
            Format, "HTML with charts and the text beside it, or the text alone.", "--format"
        ),
    ] = "html",
    attach_csv: options.AttachCsvOption = False,
    dry_run: Annotated[
        bool, options.flag("--dry-run", "Send nothing: write the messages as .eml here.")
    ] = False,
    force: Annotated[
        bool, options.flag("--force", "Send it to those too who have this report already.")
    ] = False,
) -> None:
    """Send the report of a period by e-mail.

    Nothing is sent where the data is older than UTM_FRESHNESS_MINUTES, ends before the period does,
    or is missing; UTM_OWNER_EMAIL then gets a note, once a day at most.
    """
    settings = options.settings_of(context)
    to = addresses.recipients(recipients, settings)
    sender, owner = addresses.sender(settings), addresses.owner(settings)
    post = Post(settings, sender, owner, _now().astimezone(settings.zone), terminal.say)
    if not dry_run:
        smtp.check(settings)
    try:
        with open_warehouse(settings) as warehouse:
            guard.check(warehouse, settings, period, post.now)
            report = reports.assemble(warehouse, settings, period)
            shown = None
            if output_format == "html":
                shown = illustrated(warehouse, settings, report, "email")
            attached = exports(warehouse, period, settings.lang) if attach_csv else {}
            letter = post.letter(report, shown, attached)
    except (StaleDataError, WarehouseError) as error:
        if not dry_run:
            post.tell_owner(error)
        raise
    if dry_run:
        for path in post.write(letter, report, to):
            sys.stdout.write(f"{path}\n")
        return
    if smtp.tells_password(settings):
        said = "EMAIL_USE_TLS is false: the password crosses the network where others can read it"
        terminal.warn(said, settings.lang)
    post.send(letter, report, to, terminal.pause, force=force)


def _now() -> datetime:
    return datetime.now(UTC)
