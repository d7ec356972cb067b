"""Handing messages over: each recipient apart, with another try where the fault may pass."""

from __future__ import annotations

import smtplib
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass

from utm_pipeline.delivery.mail.server import (
    Server,
    SessionError,
    as_bytes,
    is_temporary,
    reply,
    session,
)

PAUSES = (10, 60, 310)
"""Seconds before each further try. Servers that put strangers off want five minutes, mostly."""
_TRIES_TO_CONNECT = 3

Pause = Callable[[int, str], None]
"""Waits so many seconds; gets the reason too."""
_NO_ROOM = frozenset({452, 552})
_LARGE = "the message is too large for the server"


@dataclass(frozen=True)
class Parcel:
    """A message as its bytes, for one recipient."""

    sender: str
    recipient: str
    content: bytes


@dataclass(frozen=True)
class Failure:
    """Why a recipient did not get it, in words without anything that the server said."""

    recipient: str
    why: str
    temporary: bool


def deliver(
    server: Server,
    parcels: Sequence[Parcel],
    on_sent: Callable[[Parcel], None],
    pause: Pause | None = None,
) -> list[Failure]:
    """Hands the parcels over; what one recipient is refused is no hindrance to the others.

    Args:
        server: takes the messages.
        parcels: one each recipient.
        on_sent: is told of each that the server has taken, at once.
        pause: waits before what was put off is tried again. Without it there is one try.

    Returns:
        Those that were refused, or still put off after the last try.

    Raises:
        ConfigError: the server lets nobody in, so nothing was sent.
    """
    final: list[Failure] = []
    put_off: list[Failure] = []
    waiting = list(parcels)
    has_been_in = False
    pauses = PAUSES if pause is not None else ()
    tries_to_connect = min(_TRIES_TO_CONNECT, 1 + len(pauses))
    for number, seconds in enumerate((0, *pauses), start=1):
        if pause is not None and number > 1:
            pause(seconds, put_off[0].why)
        attempt = _Round(server, on_sent)
        put_off = attempt.run(waiting)
        final += attempt.refused
        has_been_in = has_been_in or attempt.has_been_in
        shut_out = None if has_been_in else attempt.shut_out
        if shut_out is not None and (not shut_out.temporary or number == tries_to_connect):
            raise shut_out.error
        names = {failure.recipient for failure in put_off}
        waiting = [parcel for parcel in waiting if parcel.recipient in names]
        if not waiting:
            return final
    return final + put_off


class _Round:
    """One try of everything that waits, in as few sessions as the server's patience allows."""

    def __init__(self, server: Server, on_sent: Callable[[Parcel], None]) -> None:
        self.refused: list[Failure] = []
        self.has_been_in = False
        self.shut_out: SessionError | None = None
        self._server = server
        self._on_sent = on_sent

    def run(self, parcels: Sequence[Parcel]) -> list[Failure]:
        """Tries each parcel once.

        Returns:
            Those that may be tried again.
        """
        put_off: list[Failure] = []
        with ExitStack() as stack:
            smtp: smtplib.SMTP | None = None
            for place, parcel in enumerate(parcels):
                if smtp is None:
                    try:
                        smtp = stack.enter_context(session(self._server))
                    except SessionError as error:
                        self.shut_out = error
                        left = [_shut_out(each, error) for each in parcels[place:]]
                        (put_off if error.temporary else self.refused).extend(left)
                        return put_off
                    self.has_been_in = True
                try:
                    failure = _send(smtp, parcel)
                except (smtplib.SMTPServerDisconnected, OSError):
                    # The next one gets a session of its own: this parcel may be the reason.
                    smtp = None
                    put_off.append(Failure(parcel.recipient, "the connection broke", True))
                    continue
                if failure is None:
                    self._on_sent(parcel)
                else:
                    (put_off if failure.temporary else self.refused).append(failure)
        return put_off


def _send(smtp: smtplib.SMTP, parcel: Parcel) -> Failure | None:
    try:
        smtp.sendmail(parcel.sender, [parcel.recipient], parcel.content)
    except smtplib.SMTPRecipientsRefused as error:
        code, text = error.recipients[parcel.recipient]
        words = "no room in the mailbox" if code in _NO_ROOM else "the recipient is refused"
    except smtplib.SMTPSenderRefused as error:
        code, text = error.smtp_code, as_bytes(error.smtp_error)
        words = "the sender is refused, see DEFAULT_FROM_EMAIL"
        words = _LARGE if _is_too_large(code, text) else words
    except smtplib.SMTPDataError as error:
        code, text = error.smtp_code, as_bytes(error.smtp_error)
        words = _LARGE if _is_too_large(code, text) else "the message is refused"
    else:
        return None
    temporary = is_temporary(code)
    words = "put off" if temporary else words
    return Failure(parcel.recipient, f"{words}, {reply(code, text)}", temporary)


def _is_too_large(code: int, text: bytes) -> bool:
    """The replies of RFC 1870, 6, and the status of RFC 3463, 3.4."""
    return code == 552 or text.lstrip().startswith(b"5.3.4")


def _shut_out(parcel: Parcel, error: SessionError) -> Failure:
    return Failure(parcel.recipient, error.error.what, error.temporary)


def told(failures: Sequence[Failure]) -> str:
    """``a@example.com (550 5.1.1), …``: exactly who did not get it, and why."""
    return "; ".join(f"{failure.recipient}: {failure.why}" for failure in failures)
