"""The short notice to the owner where a report did not go out: one a day, and no more."""

from __future__ import annotations

from datetime import datetime

from utm_pipeline.delivery.mail import private
from utm_pipeline.delivery.mail.addresses import Mailbox
from utm_pipeline.delivery.mail.delivery import Failure, Parcel, deliver
from utm_pipeline.delivery.mail.message import Letter, compose
from utm_pipeline.delivery.mail.server import Server
from utm_pipeline.errors import (
    DeliveryError,
    EmptyWarehouseError,
    NoWarehouseError,
    PipelineError,
    StaleDataError,
    UnfinishedPeriodError,
)
from utm_pipeline.settings import Settings
from utm_pipeline.words import Words

_SUBJECT = Words("Звіт не надіслано", "The report was not sent")
_SUBJECT_PARTLY = Words("Звіт отримали не всі", "The report did not reach everybody")
# From the special to the general: the first that fits is said.
_CAUSES: tuple[tuple[type[PipelineError], Words], ...] = (
    (
        UnfinishedPeriodError,
        Words(
            "Дані закінчуються раніше, ніж період звіту.",
            "The data ends before the report's period does.",
        ),
    ),
    (
        EmptyWarehouseError,
        Words("У сховищі немає жодного сеансу.", "The warehouse holds no sessions."),
    ),
    (StaleDataError, Words("Дані застаріли.", "The data is too old.")),
    (NoWarehouseError, Words("Сховища ще немає.", "There is no warehouse yet.")),
    (
        DeliveryError,
        Words("Поштовий сервер прийняв його не для всіх.", "The mail server did not take it all."),
    ),
    (PipelineError, Words("Сховище не вдалося прочитати.", "The warehouse cannot be read.")),
)
_DETAILS = Words("Докладно", "Details")
_TO_DO = Words("Що робити", "What to do")
_ONCE = Words(
    "Такий лист надходить не частіше ніж раз на день. Хибного звіту не отримав ніхто.",
    "A note like this comes once a day at most. Nobody got a wrong report.",
)


def letter(error: PipelineError, lang: str, now: datetime) -> Letter:
    """What the owner reads: what happened, exactly, and what to do."""
    cause = next(words for kind, words in _CAUSES if isinstance(error, kind))
    subject = _SUBJECT_PARTLY if isinstance(error, DeliveryError) else _SUBJECT
    lines = (
        f"{subject.in_language(lang)}. {cause.in_language(lang)}",
        "",
        f"{_DETAILS.in_language(lang)}: {error}",
        f"{_TO_DO.in_language(lang)}: {error.fix}",
        "",
        _ONCE.in_language(lang),
    )
    return Letter(
        subject=f"utm-pipeline: {subject.in_language(lang)}",
        text="\n".join(lines) + "\n",
        lang=lang,
        date=now,
        identity=f"notice {now.date().isoformat()}",
    )


def tell(
    settings: Settings,
    server: Server,
    addresses: tuple[Mailbox, Mailbox],
    error: PipelineError,
    now: datetime,
) -> bool:
    """Sends the notice, if none went out on this day of business time. There is one try.

    Args:
        settings: say the language and where the notes are.
        server: takes it.
        addresses: whom it is from, and the owner's.
        error: what it is about.
        now: in business time.

    Returns:
        Whether it was sent.

    Raises:
        ConfigError: the server lets nobody in, or the note of it cannot be kept.
        DeliveryError: the owner's address is refused.
    """
    path = private.folder(settings) / "notice.json"
    today = now.date().isoformat()
    if private.read(path).get("day") == today:
        return False
    sender, owner = addresses
    message = compose(letter(error, settings.lang, now), sender, owner)
    parcel = Parcel(sender.address, owner.address, message.as_bytes())
    failures = deliver(server, [parcel], lambda _: None)
    if failures:
        raise _refused(failures[0])
    private.write(path, {"day": today})
    return True


def _refused(failure: Failure) -> DeliveryError:
    return DeliveryError(failure.why, "UTM_OWNER_EMAIL", "check the address")
