"""``email``: the report of a period to everybody who reads it, right or not at all."""

from __future__ import annotations

import io
import textwrap
import time
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

import click

from utm_pipeline import queries as catalogue
from utm_pipeline.commands._illustrated import illustrated
from utm_pipeline.commands._shared import Globals, example, pass_globals, period_option, warn
from utm_pipeline.delivery.mail import addresses, guard, notice, sent
from utm_pipeline.delivery.mail.addresses import Mailbox
from utm_pipeline.delivery.mail.delivery import Failure, Parcel, deliver, told
from utm_pipeline.delivery.mail.message import Attachment, Letter, Picture, compose, content_id
from utm_pipeline.delivery.mail.server import Server, server_of
from utm_pipeline.errors import (
    DeliveryError,
    PipelineError,
    StaleDataError,
    WarehouseError,
    WrongUseError,
)
from utm_pipeline.report import html, text
from utm_pipeline.report import sections as reports
from utm_pipeline.report.csv import write_export
from utm_pipeline.report.formats import Formats
from utm_pipeline.report.illustrations import COHORTS, Illustration, width
from utm_pipeline.report.paint import NO_PAINT
from utm_pipeline.settings import Settings
from utm_pipeline.warehouse import Warehouse, open_warehouse

ATTACHED = ("sources", "campaigns")
"""The exports that ``--attach-csv`` attaches."""


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
    post = _Post(settings, addresses.sender(settings), addresses.owner(settings), _now())
    server = None if dry_run else server_of(settings)
    try:
        with open_warehouse(settings) as warehouse:
            guard.check(warehouse, settings, period, post.now)
            report = reports.assemble(warehouse, settings, period)
            letter = post.letter(warehouse, report, output_format, attach_csv=attach_csv)
    except (StaleDataError, WarehouseError) as error:
        if server is not None:
            post.tell_owner(server, error)
        raise
    if server is None:
        post.write(letter, report, to)
        return
    if server.tells_password:
        warn("EMAIL_USE_TLS is false: the password crosses the network where others can read it")
    failures = post.send(server, letter, report, to, force=force)
    if failures:
        undelivered = _undelivered(failures, len(to))
        post.tell_owner(server, undelivered)
        raise undelivered


class _Post:
    """One run: from whom, for whom if it fails, and when."""

    def __init__(
        self, settings: Settings, sender: Mailbox, owner: Mailbox | None, now: datetime
    ) -> None:
        self.now = now
        self._settings = settings
        self._sender = sender
        self._owner = owner

    def letter(
        self, warehouse: Warehouse, report: reports.Report, output_format: str, *, attach_csv: bool
    ) -> Letter:
        """What everybody gets."""
        lang = self._settings.lang
        formats = Formats(lang, report.currency)
        identity = f"{report.period} {report.as_of.isoformat()}"
        plain = text.render_report(report, lang, NO_PAINT)
        page: str | None = None
        pictures: list[Picture] = []
        if output_format == "html":
            shown = illustrated(warehouse, self._settings, report, "email")
            images, pictures = _pictures(shown, identity)
            page = html.render_report(report, lang, images, for_email=True)
            plain += _in_words(shown)
        return Letter(
            subject=text.title(report, formats),
            text=plain,
            lang=lang,
            date=self.now.astimezone(warehouse.zone),
            identity=identity,
            html=page,
            pictures=pictures,
            attachments=_attachments(warehouse, report.period, lang) if attach_csv else (),
        )

    def send(
        self,
        server: Server,
        letter: Letter,
        report: reports.Report,
        to: Sequence[Mailbox],
        *,
        force: bool,
    ) -> list[Failure]:
        """Sends it to those who do not have it; gives who did not get it."""
        today = self.now.astimezone(self._settings.zone).date()
        with sent.opened(self._settings) as book:
            wanted = {m.address: m for m in to if force or not book.has(report, m)}
            if len(wanted) < len(to):
                have = f"{len(to) - len(wanted)} of {len(to)} recipients have this report already"
                click.echo(f"{have}; --force sends it again", err=True)
            parcels = [
                Parcel(
                    self._sender.address,
                    mailbox.address,
                    compose(letter, self._sender, mailbox).as_bytes(),
                )
                for mailbox in wanted.values()
            ]
            failures = (
                deliver(
                    server,
                    parcels,
                    lambda parcel: book.add(report, wanted[parcel.recipient], today),
                    _pause,
                )
                if parcels
                else []
            )
        if len(failures) < len(parcels):
            click.echo(f"sent to {_people(len(parcels) - len(failures))}", err=True)
        return failures

    def write(self, letter: Letter, report: reports.Report, to: Sequence[Mailbox]) -> None:
        """Writes the messages into the current folder, byte for byte as they would be sent."""
        stem = f"utm_report_{report.period}_{report.as_of.date().isoformat()}"
        for number, mailbox in enumerate(to, start=1):
            path = Path.cwd() / (f"{stem}.eml" if len(to) == 1 else f"{stem}_{number}.eml")
            try:
                path.write_bytes(compose(letter, self._sender, mailbox).as_bytes())
            except OSError as error:
                raise WrongUseError(
                    f"the message cannot be written ({type(error).__name__})",
                    str(path),
                    "start it in a folder that is yours",
                ) from error
            click.echo(path)

    def tell_owner(self, server: Server, error: PipelineError) -> None:
        """Tells the owner, if there is one, that the report did not go out."""
        if self._owner is None:
            return
        now = self.now.astimezone(self._settings.zone)
        try:
            if notice.tell(self._settings, server, (self._sender, self._owner), error, now):
                click.echo("the owner was told by e-mail", err=True)
        except PipelineError as problem:
            # The first error is the one to end with.
            warn(f"the owner could not be told: {problem}")


def _now() -> datetime:
    return datetime.now(UTC)


def _pause(seconds: int, why: str) -> None:
    click.echo(f"{why}; trying again in {seconds} s", err=True)
    time.sleep(seconds)


def _pictures(
    shown: Sequence[Illustration], identity: str
) -> tuple[dict[str, html.Image], list[Picture]]:
    """The charts as parts of the message, and as the page refers to them."""
    images, pictures = {}, []
    for each in shown:
        png, cid = each.png(), content_id(each.name, identity)
        pictures.append(Picture(cid, png))
        images[each.section] = html.Image(f"cid:{cid}", each.alt(), width(png))
    return images, pictures


def _in_words(shown: Sequence[Illustration]) -> str:
    """The chart whose numbers are in no table, for readers of the text."""
    words = [each.alt() for each in shown if each.query == COHORTS]
    return "".join("\n" + "\n".join(textwrap.wrap(said, text.WIDTH)) + "\n" for said in words)


def _attachments(warehouse: Warehouse, period: str, lang: str) -> list[Attachment]:
    """The same bytes as ``export`` writes."""
    made = []
    for kind in ATTACHED:
        stream = io.StringIO(newline="")
        write_export(stream, *catalogue.stream(warehouse, kind, {"period": period}), lang)
        made.append(Attachment(f"utm_{kind}.csv", stream.getvalue().encode("utf-8")))
    return made


def _undelivered(failures: Sequence[Failure], everybody: int) -> DeliveryError:
    fix = "run it again: only those get it who do not have it"
    if not all(failure.temporary for failure in failures):
        fix = f"correct the address or what is refused, then {fix}"
    what = f"{len(failures)} of {_people(everybody)} did not get the report"
    return DeliveryError(what, told(failures), fix)


def _people(count: int) -> str:
    return f"{count} recipient" + ("" if count == 1 else "s")
