"""The report as an e-mail message: headers, text, HTML with its pictures, attachments."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from email.message import EmailMessage, MIMEPart
from email.policy import SMTP
from email.utils import format_datetime

from utm_pipeline.delivery.mail.addresses import Mailbox

# Seven bits, so that every server passes it on unchanged.
_POLICY = SMTP.clone(cte_type="7bit")


@dataclass(frozen=True)
class Picture:
    """A PNG that the HTML shows by ``cid:`` and this id."""

    id: str
    png: bytes


@dataclass(frozen=True)
class Attachment:
    """A CSV file."""

    name: str
    content: bytes


@dataclass(frozen=True)
class Letter:
    """What all recipients get alike."""

    subject: str
    text: str
    lang: str
    date: datetime
    """Aware."""
    identity: str
    """The same for the same content: it makes the Message-ID."""
    html: str | None = None
    pictures: Sequence[Picture] = ()
    attachments: Sequence[Attachment] = ()


def compose(letter: Letter, sender: Mailbox, recipient: Mailbox) -> EmailMessage:
    """The message for one recipient, who sees no other's address.

    Its Message-ID depends on the letter's identity and the recipient alone, so a program that
    sorts mail can tell a second copy.
    """
    message = EmailMessage(policy=_POLICY)
    message["From"] = sender.header
    message["To"] = recipient.header
    message["Subject"] = letter.subject
    message["Date"] = format_datetime(letter.date)
    message["Message-ID"] = message_id(letter, sender, recipient)
    message["Auto-Submitted"] = "auto-generated"
    # What Exchange reads in its place, or absence notes would come back.
    message["X-Auto-Response-Suppress"] = "All"
    message.set_content(letter.text)
    if letter.html is not None:
        message.add_alternative(letter.html, subtype="html")
        _add_pictures(message, letter.pictures)
    for attachment in letter.attachments:
        message.add_attachment(
            attachment.content,
            maintype="text",
            subtype="csv",
            filename=attachment.name,
            params={"charset": "utf-8"},
        )
    # Last: whatever says Content- moves into the first part when a second comes.
    message["Content-Language"] = letter.lang
    # The same message is the same bytes, so that a dry run shows just what is sent.
    mark = hashlib.sha256(message["Message-ID"].encode()).hexdigest()[:24]
    for number, part in enumerate(message.walk()):
        if part.is_multipart():
            part.set_boundary(f"==={mark}.{number}===")
    return message


def message_id(letter: Letter, sender: Mailbox, recipient: Mailbox) -> str:
    """``<hash@domain of the sender>``."""
    text = f"{letter.identity} {sender.address} {recipient.address.lower()}"
    return f"<{hashlib.sha256(text.encode()).hexdigest()[:32]}@{sender.domain}>"


def content_id(name: str, identity: str) -> str:
    """An id for a picture, without the angle brackets; the same in every copy."""
    return f"{name}.{hashlib.sha256(identity.encode()).hexdigest()[:16]}@utm-pipeline"


def _add_pictures(message: EmailMessage, pictures: Sequence[Picture]) -> None:
    html = message.get_body(("html",))
    if not isinstance(html, MIMEPart):
        raise TypeError("the message has no HTML part")
    for picture in pictures:
        html.add_related(
            picture.png,
            maintype="image",
            subtype="png",
            cid=f"<{picture.id}>",
            filename=f"{picture.id.partition('.')[0]}.png",
            disposition="inline",
        )
