"""A letter as an e-mail message: headers, text, HTML with its pictures, attachments."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime

from utm_pipeline.delivery.addresses import Mailbox

# Seven bits, so that every server passes it on unchanged.
_POLICY = SMTP.clone(cte_type="7bit")


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
    pictures: Mapping[str, bytes] = field(default_factory=dict)
    """PNG files that the HTML shows by ``cid:`` and the picture's id."""
    attachments: Mapping[str, bytes] = field(default_factory=dict)
    """CSV files by their names."""


def compose(letter: Letter, sender: Mailbox, recipient: Mailbox) -> EmailMessage:
    """The message for one recipient, who sees no other's address.

    Its Message-ID depends on the letter's identity, the sender and the recipient alone, so a
    program that sorts mail can tell a second copy.
    """
    mark = _hash(f"{letter.identity} {sender.address} {recipient.address.lower()}", 32)
    message = EmailMessage(policy=_POLICY)
    message["From"] = sender.header
    message["To"] = recipient.header
    message["Subject"] = letter.subject
    message["Date"] = format_datetime(letter.date)
    message["Message-ID"] = f"<{mark}@{sender.address.rpartition('@')[2]}>"
    message["Auto-Submitted"] = "auto-generated"
    # What Exchange reads in its place, or absence notes would come back.
    message["X-Auto-Response-Suppress"] = "All"
    message.set_content(letter.text)
    if letter.html is not None:
        message.add_alternative(letter.html, subtype="html")
        _, html = message.iter_parts()
        for cid, png in letter.pictures.items():
            name = f"{cid.partition('.')[0]}.png"
            html.add_related(
                png, "image", "png", cid=f"<{cid}>", filename=name, disposition="inline"
            )
    for name, content in letter.attachments.items():
        message.add_attachment(content, "text", "csv", filename=name, params={"charset": "utf-8"})
    # Last: whatever says Content- moves into the first part when a second comes.
    message["Content-Language"] = letter.lang
    # The same message is the same bytes, so that a dry run shows just what is sent.
    boundary = _hash(message["Message-ID"], 24)
    for number, part in enumerate(message.walk()):
        if part.is_multipart():
            part.set_boundary(f"==={boundary}.{number}===")
    return message


def content_id(name: str, identity: str) -> str:
    """An id for a picture, without the angle brackets; the same in every copy."""
    return f"{name}.{_hash(identity, 16)}@utm-pipeline"


def _hash(text: str, length: int) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:length]
