"""``email``: the report of a period to everybody who reads it, right or not at all."""

from __future__ import annotations

import io
import textwrap
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from utm_pipeline import queries, words
from utm_pipeline.causes import told
from utm_pipeline.delivery.addresses import Mailbox
from utm_pipeline.delivery.guard import notes_file, read_notes, sent_before, write_notes
from utm_pipeline.delivery.message import Letter, compose, content_id
from utm_pipeline.delivery.smtp import NOTICE_DEADLINE, Failure, Pause, deliver
from utm_pipeline.errors import DeliveryError, PipelineError, WrongUseError
from utm_pipeline.report import html, text
from utm_pipeline.report.cells import Formats
from utm_pipeline.report.charts import Chart, width
from utm_pipeline.report.csv import write_export
from utm_pipeline.report.paint import NO_PAINT
from utm_pipeline.report.sections import COHORTS, Report, title
from utm_pipeline.settings import Settings
from utm_pipeline.state import replace_private
from utm_pipeline.warehouse import Warehouse

ATTACHED = ("sources", "campaigns")
"""The exports that ``--attach-csv`` attaches."""


@dataclass(frozen=True)
class Post:
    """From whom, and when; whom to tell where it fails."""

    settings: Settings
    sender: Mailbox
    owner: Mailbox | None
    now: datetime
    """In business time."""
    say: Callable[[str], None]
    """Takes a line for whoever runs the command."""

    def letter(
        self, report: Report, shown: Sequence[Chart] | None, attachments: Mapping[str, bytes]
    ) -> Letter:
        """The report as a letter; ``shown`` are the charts of its HTML, None is for text alone."""
        lang = self.settings.lang
        identity = f"{report.period} {report.as_of.isoformat()}"
        plain, page, pictures = text.render_report(report, lang, NO_PAINT), None, {}
        if shown is not None:
            images = {}
            for each in shown:
                png, cid = each.png(), content_id(each.name, identity)
                pictures[cid] = png
                images[each.section] = html.Image(f"cid:{cid}", each.alt(), width(png))
            page = html.render_report(report, lang, images, for_email=True)
            # The chart whose numbers are in no table, for readers of the text.
            for said in (each.alt() for each in shown if each.query == COHORTS):
                plain += "\n" + "\n".join(textwrap.wrap(said, text.WIDTH)) + "\n"
        return Letter(
            subject=title(report, Formats(lang, report.currency)),
            text=plain,
            lang=lang,
            date=self.now,
            identity=identity,
            html=page,
            pictures=pictures,
            attachments=attachments,
        )

    def send(
        self, letter: Letter, report: Report, to: Sequence[Mailbox], pause: Pause, *, force: bool
    ) -> None:
        """Sends it to those who do not have it.

        Raises:
            DeliveryError: somebody did not get it; names exactly who.
            ConfigError: the server lets nobody in, or what was sent cannot be noted.
        """
        with sent_before(self.settings) as sent:
            wanted = [mailbox for mailbox in to if force or not sent.has(report, mailbox.address)]
            if len(wanted) < len(to):
                have = f"{len(to) - len(wanted)} of {len(to)} recipients have this report already"
                self.say(f"{have}; --force sends it again")
            failures = deliver(
                self.settings,
                self.sender.address,
                {each.address: compose(letter, self.sender, each).as_bytes() for each in wanted},
                lambda address: sent.add(report, address, self.now.date()),
                pause,
            )
        if len(failures) < len(wanted):
            self.say(f"sent to {_people(len(wanted) - len(failures))}")
        if failures:
            error = _undelivered(failures, len(to))
            self.tell_owner(error)
            raise error

    def write(self, letter: Letter, report: Report, to: Sequence[Mailbox]) -> list[Path]:
        """Writes the messages into the current folder, byte for byte as they would be sent.

        Raises:
            WrongUseError: the folder cannot be written.
        """
        stem = f"utm_report_{report.period}_{report.as_of.date().isoformat()}"
        written = []
        for number, mailbox in enumerate(to, start=1):
            path = Path.cwd() / (f"{stem}.eml" if len(to) == 1 else f"{stem}_{number}.eml")
            what, fix = "the message cannot be written", "start it in a folder that is yours"
            content = compose(letter, self.sender, mailbox).as_bytes()
            with told(path, what, fix, WrongUseError):
                replace_private(path, content)
            written.append(path)
        return written

    def tell_owner(self, error: PipelineError) -> None:
        """Tells the owner, if there is one, that the report did not go out; once a day at most."""
        if self.owner is None:
            return
        path, today = notes_file(self.settings, "notice"), self.now.date().isoformat()
        try:
            if read_notes(path).get("day") == today:
                return
            notice = _notice(error, self.settings.lang, self.now)
            content = {self.owner.address: compose(notice, self.sender, self.owner).as_bytes()}
            sent = deliver(
                self.settings,
                self.sender.address,
                content,
                lambda _: None,
                within=NOTICE_DEADLINE,
            )
            for failure in sent.values():
                raise DeliveryError(failure.why, "UTM_OWNER_EMAIL", "check the address")
            write_notes(path, {"day": today})
            self.say("the owner was told by e-mail")
        except PipelineError as problem:
            # The first error is the one to end with.
            self.say(f"warning: the owner could not be told: {problem}")


def exports(warehouse: Warehouse, period: str, lang: str) -> dict[str, bytes]:
    """What ``--attach-csv`` attaches: the same bytes as ``export`` writes."""
    made = {}
    for kind in ATTACHED:
        stream = io.StringIO(newline="")
        write_export(stream, *queries.stream(warehouse, kind, {"period": period}), lang)
        made[f"utm_{kind}.csv"] = stream.getvalue().encode("utf-8")
    return made


def _notice(error: PipelineError, lang: str, now: datetime) -> Letter:
    """What the owner reads: what happened, exactly, and what to do."""
    partly = "_partly" if isinstance(error, DeliveryError) else ""
    subject = words.text(f"notice.subject{partly}", lang)
    # From the special to the general: the first that there is a sentence for is said.
    causes = (f"notice.cause.{kind.__name__}" for kind in type(error).__mro__)
    cause = next(name for name in causes if name in words.texts(lang))
    said = words.error_in_words(error.what, error.where, lang)
    lines = (
        f"{subject}. {words.text(cause, lang)}",
        "",
        f"{words.text('notice.details', lang)}: {said}",
        f"{words.text('notice.to_do', lang)}: {words.in_words(error.fix, lang)}",
        "",
        words.text("notice.once", lang),
    )
    return Letter(
        subject=f"utm-pipeline: {subject}",
        text="\n".join(lines) + "\n",
        lang=lang,
        date=now,
        identity=f"notice {now.date().isoformat()}",
    )


def _undelivered(failures: Mapping[str, Failure], everybody: int) -> DeliveryError:
    fix = "run it again: only those get it who do not have it"
    if not all(failure.temporary for failure in failures.values()):
        fix = f"correct the address or what is refused, then {fix}"
    what = f"{len(failures)} of {_people(everybody)} did not get the report"
    who = "; ".join(f"{recipient}: {failure.why}" for recipient, failure in failures.items())
    return DeliveryError(what, who, fix)


def _people(count: int) -> str:
    return f"{count} recipient" + ("" if count == 1 else "s")
