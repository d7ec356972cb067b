"""The SMTP server: connecting, login, handing messages over, and what its failures mean.

A server's own words can repeat what was sent to it, such as a password or somebody's address, so
only its codes are told.
"""

from __future__ import annotations

import re
import smtplib
import ssl
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing, contextmanager, suppress
from typing import NamedTuple

from utm_pipeline.causes import reason
from utm_pipeline.delivery.deadline import Cutter, Deadline, WatchedSMTP
from utm_pipeline.errors import ConfigError
from utm_pipeline.settings import Settings

IMPLICIT_TLS_PORT = 465
"""The port where TLS comes before the first word (RFC 8314, 3.3)."""
SECONDS = 30
"""How long the server may keep silent."""
DEADLINE = 270
"""How long a delivery may take as a whole, in seconds: all tries of all recipients."""
NOTICE_DEADLINE = 30
"""The same for the notice that it failed. Both together are five minutes."""
_LOOPBACK = ("localhost", "127.0.0.1", "::1")
PAUSES = (10, 60, 150)
"""Seconds before each further try, as long as there is time. A server that wants more of it is
asked by the next run."""
_TRIES_TO_CONNECT = 3
_STATUS = re.compile(rb"\s*([245]\.[0-9]{1,3}\.[0-9]{1,3})\b")
_TOO_SLOW = "the server is too slow: the time is over"
_NO_ROOM = frozenset({452, 552})
_REFUSALS = (smtplib.SMTPRecipientsRefused, smtplib.SMTPSenderRefused, smtplib.SMTPDataError)

Pause = Callable[[int, str], None]
"""Waits so many seconds; gets the reason too."""


class ServerError(ConfigError):
    """The server let nobody in. ``temporary`` if a later try may succeed."""

    def __init__(self, what: str, where: str, fix: str, *, temporary: bool = False) -> None:
        super().__init__(what, where, fix)
        self.temporary = temporary


class Failure(NamedTuple):
    """Why a recipient did not get it, in words without anything that the server said."""

    why: str
    temporary: bool


def check(settings: Settings) -> None:
    """Makes sure that the EMAIL_ settings name a server.

    Raises:
        ConfigError: EMAIL_HOST is not set, or there is a user without a password.
    """
    if settings.email_host is None:
        raise ConfigError(
            "there is no server to send e-mails with",
            "EMAIL_HOST",
            "set it to the name of your SMTP server",
        )
    if settings.email_host_user is not None and settings.email_host_password is None:
        raise ConfigError(
            "the user of the server has no password",
            "EMAIL_HOST_PASSWORD",
            "set it, or leave EMAIL_HOST_USER out for a server without login",
        )


def place(settings: Settings) -> str:
    """The server's name for messages; holds no secret."""
    return f"{settings.email_host}:{settings.email_port}"


def tells_password(settings: Settings) -> bool:
    """Whether the password would cross a network where others can read it."""
    is_encrypted = settings.email_use_tls or settings.email_port == IMPLICIT_TLS_PORT
    is_here = settings.email_host in _LOOPBACK
    return settings.email_host_user is not None and not is_encrypted and not is_here


@contextmanager
def session(
    settings: Settings, seconds: float | None = None, deadline: Deadline | None = None
) -> Iterator[smtplib.SMTP]:
    """A session in which messages can be handed over, logged in where there is a user.

    It has TLS from the start on port 465, else STARTTLS unless EMAIL_USE_TLS is false. The
    certificate must be one that the system, or the file in SSL_CERT_FILE, vouches for. ``seconds``
    is how long the server may keep silent, ``SECONDS`` by default; at the deadline, three times as
    long by default but ten seconds at least, the connection is cut whatever it says.

    Raises:
        ServerError: it did not come about.
    """
    seconds = SECONDS if seconds is None else seconds
    deadline = deadline or Deadline(max(3 * seconds, 10))
    with deadline.cutting() as cutter:
        try:
            yield from _logged_in(settings, seconds, deadline, cutter)
        except ServerError:
            if deadline.is_over:
                raise _too_slow(settings) from None
            raise


def _logged_in(
    settings: Settings, seconds: float, deadline: Deadline, cutter: Cutter
) -> Iterator[smtplib.SMTP]:
    user, password = settings.email_host_user, settings.email_host_password
    try:
        smtp = _connect(settings, max(0.01, min(seconds, deadline.left)), cutter)
    except OSError as error:
        raise _explained(error, settings) from error
    with closing(smtp):
        try:
            if settings.email_use_tls and settings.email_port != IMPLICIT_TLS_PORT:
                _start_tls(smtp, settings)
            smtp.ehlo_or_helo_if_needed()
            if user is not None and password is not None:
                smtp.login(user, password)
        except OSError as error:
            raise _explained(error, settings) from error
        try:
            yield smtp
        finally:
            # What was handed over is the server's by now, whether or not it says goodbye.
            with suppress(OSError):
                smtp.quit()


def deliver(  # noqa: PLR0913 - what goes to whom, and how long that may take
    settings: Settings,
    sender: str,
    messages: Mapping[str, bytes],
    on_sent: Callable[[str], None],
    pause: Pause | None = None,
    *,
    within: float | None = None,
) -> dict[str, Failure]:
    """Hands messages over; what one recipient is refused is no hindrance to the others.

    Args:
        settings: name the server.
        sender: the address that they are from.
        messages: by the recipient's address.
        on_sent: gets each recipient whose message the server has taken, at once.
        pause: waits before what was put off is tried again. Without it there is one try.
        within: how many seconds all of it may take, ``DEADLINE`` by default.

    Returns:
        Recipients that were refused, or still put off after the last try.

    Raises:
        ServerError: the server lets nobody in, so nothing was sent.
    """
    deadline = Deadline(DEADLINE if within is None else within)
    failures: dict[str, Failure] = {}
    waiting = list(messages)
    has_been_in = False
    pauses = PAUSES if pause is not None else ()
    for tries, seconds in enumerate((0, *pauses), start=1):
        if pause is not None and tries > 1:
            if seconds >= deadline.left:
                break
            pause(seconds, failures[waiting[0]].why)
        try:
            some = {name: messages[name] for name in waiting}
            found = _try_each(settings, sender, some, on_sent, deadline)
            has_been_in = True
        except ServerError as error:
            is_last = tries == min(_TRIES_TO_CONNECT, 1 + len(pauses))
            is_final = is_last or not error.temporary
            if not has_been_in and is_final and not deadline.is_over:
                raise
            found = dict.fromkeys(waiting, Failure(error.what, error.temporary))
        failures = {name: why for name, why in failures.items() if name not in waiting} | found
        waiting = [name for name in found if found[name].temporary]
        if not waiting:
            break
    return failures


def _try_each(
    settings: Settings,
    sender: str,
    messages: Mapping[str, bytes],
    on_sent: Callable[[str], None],
    deadline: Deadline,
) -> dict[str, Failure]:
    """One try of each message, in as few sessions as the server's patience allows.

    Raises:
        ServerError: no session at all came about.
    """
    failures: dict[str, Failure] = {}
    rest = list(messages)
    while rest:
        try:
            with session(settings, deadline=deadline) as smtp:
                while rest:
                    recipient = rest.pop(0)
                    try:
                        smtp.sendmail(sender, [recipient], messages[recipient])
                    except _REFUSALS as error:
                        failures[recipient] = _refusal(error, recipient)
                    except OSError:
                        why = _TOO_SLOW if deadline.is_over else "the connection broke"
                        failures[recipient] = Failure(why, temporary=True)
                        # The next one gets a session of its own: this message may be the reason.
                        break
                    else:
                        on_sent(recipient)
        except ServerError as error:
            if len(rest) == len(messages):
                raise
            failures |= dict.fromkeys(rest, Failure(error.what, error.temporary))
            break
    return failures


def _refusal(
    error: smtplib.SMTPRecipientsRefused | smtplib.SMTPSenderRefused | smtplib.SMTPDataError,
    recipient: str,
) -> Failure:
    """What the refusal of one message means."""
    text: bytes | str
    if isinstance(error, smtplib.SMTPRecipientsRefused):
        code, text = error.recipients[recipient]
        why = "no room in the mailbox" if code in _NO_ROOM else "the recipient is refused"
    else:
        code, text = error.smtp_code, error.smtp_error
        why = "the message is refused"
        if isinstance(error, smtplib.SMTPSenderRefused):
            why = "the sender is refused, see DEFAULT_FROM_EMAIL"
        # The replies of RFC 1870, 6, and the status of RFC 3463, 3.4.
        if code == 552 or _reply(code, text).endswith(" 5.3.4"):
            why = "the message is too large for the server"
    temporary = _is_temporary(code)
    return Failure(f"{'put off' if temporary else why}, {_reply(code, text)}", temporary)


def _reply(code: int, text: bytes | str) -> str:
    """What of a server's reply may be told: ``550 5.1.1``."""
    status = _STATUS.match(text if isinstance(text, bytes) else text.encode())
    return f"{code} {status[1].decode('ascii')}" if status else str(code)


def _is_temporary(code: int) -> bool:
    """Whether the server asks to try again later (RFC 5321, 4.2.1); -1 is a broken connection."""
    return 400 <= code < 500 or code == -1


def _connect(settings: Settings, seconds: float, cutter: Cutter) -> smtplib.SMTP:
    host, port = settings.email_host or "", settings.email_port
    tls = ssl.create_default_context() if port == IMPLICIT_TLS_PORT else None
    return WatchedSMTP(host, port, seconds, cutter, tls)


def _too_slow(settings: Settings) -> ServerError:
    fix = "try again later, or ask whoever runs the server"
    return ServerError(_TOO_SLOW, place(settings), fix, temporary=True)


def _start_tls(smtp: smtplib.SMTP, settings: Settings) -> None:
    smtp.ehlo_or_helo_if_needed()
    if not smtp.has_extn("starttls"):
        raise ServerError(
            "the server offers no STARTTLS",
            place(settings),
            "use port 465 if it has TLS from the start, or set EMAIL_USE_TLS=false if its network "
            "is yours alone",
        )
    code, text = smtp.starttls(context=ssl.create_default_context())
    if code != 220:  # ready to start TLS (RFC 3207, 4)
        raise smtplib.SMTPResponseException(code, text)


def _explained(error: OSError, settings: Settings) -> ServerError:
    temporary = False
    match error:
        case ssl.SSLCertVerificationError():
            what = f"the server's certificate is not to be trusted ({error.verify_message})"
            fix = (
                "set EMAIL_HOST to the name that the certificate is for; for a certificate "
                "authority of your own set SSL_CERT_FILE"
            )
        case smtplib.SMTPAuthenticationError() if not _is_temporary(error.smtp_code):
            what = f"the server refuses the login ({_reply(error.smtp_code, error.smtp_error)})"
            fix = (
                "check EMAIL_HOST_USER and EMAIL_HOST_PASSWORD; some providers want a password "
                "for programs"
            )
        case smtplib.SMTPResponseException():
            what = f"the server turns us away ({_reply(error.smtp_code, error.smtp_error)})"
            fix = "try again later, or ask whoever runs the server"
            temporary = _is_temporary(error.smtp_code)
        case smtplib.SMTPServerDisconnected() | ssl.SSLEOFError() | ssl.SSLZeroReturnError():
            what = "the server keeps silent or drops the connection"
            fix = "check EMAIL_PORT and EMAIL_USE_TLS; 465 is for TLS from the start"
            temporary = True
        case ssl.SSLError():
            what = "the server does not speak TLS here"
            fix = "check EMAIL_PORT: 465 is for TLS from the start, 587 for STARTTLS"
        case smtplib.SMTPException():
            # Neither no login at all nor no kind of login that both know comes with a code.
            what = "the server takes no login, or none that is known here"
            fix = "leave EMAIL_HOST_USER out, or use the port on which it takes logins"
        case _:
            what = f"the server cannot be reached: {reason(error)}"
            fix = "check EMAIL_HOST and EMAIL_PORT, and the network"
            temporary = True
    return ServerError(what, place(settings), fix, temporary=temporary)
