"""``email``: the report of a period to everybody who reads it, right or not at all."""

from __future__ import annotations

import time
from datetime import UTC, datetime

import click

from utm_pipeline.commands._illustrated import illustrated
from utm_pipeline.commands._shared import Globals, example, pass_globals, period_option, warn
from utm_pipeline.delivery import addresses, guard
from utm_pipeline.delivery.mail import Post
from utm_pipeline.delivery.smtp import server_of
from utm_pipeline.errors import StaleDataError, WarehouseError
from utm_pipeline.report import sections as reports
from utm_pipeline.warehouse import open_warehouse


@click.command(
    "email", epilog=example("email --period last_week --recipients team@example.com --dry-run")
)
@period_option
@click.option(
    "--recipients",
    metavar="A,B",
    help="Who gets it, separated by commas.  [default: UTM_REPORT_RECIPIENTS]",
)
@click.option(
    "--format",
    "output_format",
    type=click.Choice(("html", "text")),
    default="html",
    show_default=True,
    help="HTML with charts and the text beside it, or the text alone.",
)
@click.option("--attach-csv", is_flag=True, help="Attach sources and campaigns as CSV.")
@click.option("--dry-run", is_flag=True, help="Send nothing: write the messages as .eml here.")
@click.option("--force", is_flag=True, help="Send it to those too who have this report already.")
@pass_globals
def command(  # noqa: PLR0913 - one argument an option
    app: Globals,
    /,
    period: str,
    recipients: str | None,
    output_format: str,
    *,
    attach_csv: bool,
    dry_run: bool,
    force: bool,
) -> None:
    """Send the report of a period by e-mail.

    Nothing is sent where the data is older than UTM_FRESHNESS_MINUTES, ends before the period does,
    or is missing; UTM_OWNER_EMAIL then gets a note, once a day at most.
    """
    settings = app.settings()
    to = addresses.recipients(recipients, settings)
    post = Post(settings, addresses.sender(settings), addresses.owner(settings), _now(), _say)
    server = None if dry_run else server_of(settings)
    try:
        with open_warehouse(settings) as warehouse:
            guard.check(warehouse, settings, period, post.now)
            report = reports.assemble(warehouse, settings, period)
            shown = None
            if output_format == "html":
                shown = illustrated(warehouse, settings, report, "email")
            letter = post.letter(warehouse, report, shown, attach_csv=attach_csv)
    except (StaleDataError, WarehouseError) as error:
        if server is not None:
            post.tell_owner(server, error)
        raise
    if server is None:
        for path in post.write(letter, report, to):
            click.echo(path)
        return
    if server.tells_password:
        warn("EMAIL_USE_TLS is false: the password crosses the network where others can read it")
    post.send(server, letter, report, to, _pause, force=force)


def _now() -> datetime:
    return datetime.now(UTC)


def _say(line: str) -> None:
    click.echo(line, err=True)


def _pause(seconds: int, why: str) -> None:
    _say(f"{why}; trying again in {seconds} s")
    time.sleep(seconds)
