"""The SMTP server: connecting, login, handing messages over, and what its failures mean.

A server's own words can repeat what was sent to it, such as a password or somebody's address, so
only its codes are told.
"""

from __future__ import annotations

import re
import smtplib
import ssl
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field
from typing import Literal, NamedTuple

from utm_pipeline.errors import ConfigError
from utm_pipeline.settings import Settings

Security = Literal["starttls", "tls", "none"]
IMPLICIT_TLS_PORT = 465
"""The port where TLS comes before the first word (RFC 8314, 3.3)."""
SECONDS = 30
"""How long the server may keep silent."""
_LOOPBACK = ("localhost", "127.0.0.1", "::1")
PAUSES = (10, 60, 310)
"""Seconds before each further try. Servers that put strangers off want five minutes, mostly."""
_TRIES_TO_CONNECT = 3
_STATUS = re.compile(rb"\s*([245]\.[0-9]{1,3}\.[0-9]{1,3})\b")
_NO_ROOM = frozenset({452, 552})

Refusal = smtplib.SMTPRecipientsRefused | smtplib.SMTPSenderRefused | smtplib.SMTPDataError
_REFUSALS = (smtplib.SMTPRecipientsRefused, smtplib.SMTPSenderRefused, smtplib.SMTPDataError)
Pause = Callable[[int, str], None]
"""Waits so many seconds; gets the reason too."""


@dataclass(frozen=True)
class Server:
    """Where messages are handed over, and how."""

    host: str
    port: int
    security: Security
    user: str | None = None
    password: str | None = field(default=None, repr=False)

    @property
    def place(self) -> str:
        """Its name for messages; holds no secret."""
        return f"{self.host}:{self.port}"

    @property
    def tells_password(self) -> bool:
        """Whether the password would cross a network where others can read it."""
        return self.security == "none" and self.user is not None and self.host not in _LOOPBACK


class SessionError(Exception):
    """No session with the server came about. ``temporary`` if a later try may succeed."""

    def __init__(self, error: ConfigError, *, temporary: bool) -> None:
        super().__init__(str(error))
        self.error = error
        self.temporary = temporary


def server_of(settings: Settings) -> Server:
    """The server that the EMAIL_ settings name: TLS from the start on port 465, else STARTTLS.

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
    security: Security = "starttls" if settings.email_use_tls else "none"
    if settings.email_port == IMPLICIT_TLS_PORT:
        security = "tls"
    return Server(
        settings.email_host,
        settings.email_port,
        security,
        settings.email_host_user,
        settings.email_host_password,
    )


@contextmanager
def session(server: Server, seconds: float | None = None) -> Iterator[smtplib.SMTP]:
    """A session in which messages can be handed over; encrypted and logged in as asked for.

    The certificate must be one that the system, or the file in SSL_CERT_FILE, vouches for.
    ``seconds`` is how long the server may keep silent, ``SECONDS`` by default.

    Raises:
        SessionError: it did not come about.
    """
    smtp = _begin(server, SECONDS if seconds is None else seconds)
    try:
        yield smtp
    finally:
        # What was handed over is the server's by now, whether or not it says goodbye.
        with suppress(smtplib.SMTPException, OSError):
            smtp.quit()
        smtp.close()


class Failure(NamedTuple):
    """Why a recipient did not get it, in words without anything that the server said."""

    why: str
    temporary: bool


def deliver(
    server: Server,
    sender: str,
    messages: Mapping[str, bytes],
    on_sent: Callable[[str], None],
    pause: Pause | None = None,
) -> dict[str, Failure]:
    """Hands messages over; what one recipient is refused is no hindrance to the others.

    Args:
        server: takes the messages.
        sender: the address that they are from.
        messages: by the recipient's address.
        on_sent: gets each recipient whose message the server has taken, at once.
        pause: waits before what was put off is tried again. Without it there is one try.

    Returns:
        Recipients that were refused, or still put off after the last try.

    Raises:
        ConfigError: the server lets nobody in, so nothing was sent.
    """
    final: dict[str, Failure] = {}
    put_off: dict[str, Failure] = {}
    waiting = dict(messages)
    has_been_in = False
    pauses = PAUSES if pause is not None else ()
    tries_to_connect = min(_TRIES_TO_CONNECT, 1 + len(pauses))
    for number, seconds in enumerate((0, *pauses), start=1):
        if pause is not None and number > 1:
            pause(seconds, next(iter(put_off.values())).why)
        failures: dict[str, Failure] = {}
        shut_out = _try_each(server, sender, waiting, on_sent, failures)
        has_been_in = has_been_in or shut_out is None
        is_last = shut_out is not None and (not shut_out.temporary or number == tries_to_connect)
        if shut_out is not None and is_last and not has_been_in:
            raise shut_out.error
        put_off = {name: failure for name, failure in failures.items() if failure.temporary}
        final |= {name: failure for name, failure in failures.items() if not failure.temporary}
        waiting = {name: waiting[name] for name in put_off}
        if not waiting:
            return final
    return final | put_off


def _try_each(
    server: Server,
    sender: str,
    messages: Mapping[str, bytes],
    on_sent: Callable[[str], None],
    failures: dict[str, Failure],
) -> SessionError | None:
    """One try of each message, in as few sessions as the server's patience allows.

    Returns:
        Why no session at all came about; None where one did.
    """
    smtp: smtplib.SMTP | None = None
    has_been_in = False
    with ExitStack() as stack:
        for place, (recipient, content) in enumerate(messages.items()):
            if smtp is None:
                try:
                    smtp = stack.enter_context(session(server))
                except SessionError as error:
                    failure = Failure(error.error.what, error.temporary)
                    failures.update(dict.fromkeys([*messages][place:], failure))
                    return None if has_been_in else error
                has_been_in = True
            try:
                smtp.sendmail(sender, [recipient], content)
            except _REFUSALS as error:
                failures[recipient] = _refusal(error, recipient)
            except OSError:
                # The next one gets a session of its own: this message may be the reason.
                smtp = None
                failures[recipient] = Failure("the connection broke", temporary=True)
            else:
                on_sent(recipient)
    return None


def _refusal(error: Refusal, recipient: str) -> Failure:
    """What the refusal of one message means."""
    if isinstance(error, smtplib.SMTPRecipientsRefused):
        code, text = error.recipients[recipient]
        why = "no room in the mailbox" if code in _NO_ROOM else "the recipient is refused"
    else:
        code, text = error.smtp_code, _as_bytes(error.smtp_error)
        why = "the message is refused"
        if isinstance(error, smtplib.SMTPSenderRefused):
            why = "the sender is refused, see DEFAULT_FROM_EMAIL"
        # The replies of RFC 1870, 6, and the status of RFC 3463, 3.4.
        if code == 552 or text.lstrip().startswith(b"5.3.4"):
            why = "the message is too large for the server"
    temporary = _is_temporary(code)
    return Failure(f"{'put off' if temporary else why}, {_reply(code, text)}", temporary)


def _reply(code: int, text: bytes) -> str:
    """What of a server's reply may be told: ``550 5.1.1``."""
    status = _STATUS.match(text)
    return f"{code} {status[1].decode('ascii')}" if status else str(code)


def _as_bytes(text: bytes | str) -> bytes:
    """The text of a reply, which smtplib gives as either."""
    return text if isinstance(text, bytes) else text.encode()


def _is_temporary(code: int) -> bool:
    """Whether the server asks to try again later (RFC 5321, 4.2.1); -1 is a broken connection."""
    return 400 <= code < 500 or code == -1


def _begin(server: Server, seconds: float) -> smtplib.SMTP:
    smtp: smtplib.SMTP | None = None
    try:
        smtp = _connect(server, seconds)
        _secure_and_log_in(smtp, server)
    except (OSError, smtplib.SMTPException, SessionError) as error:
        if smtp is not None:
            smtp.close()
        if isinstance(error, SessionError):
            raise
        raise _explained(error, server) from error
    return smtp


def _connect(server: Server, seconds: float) -> smtplib.SMTP:
    if server.security == "tls":
        context = ssl.create_default_context()
        return smtplib.SMTP_SSL(server.host, server.port, timeout=seconds, context=context)
    return smtplib.SMTP(server.host, server.port, timeout=seconds)


def _secure_and_log_in(smtp: smtplib.SMTP, server: Server) -> None:
    if server.security == "starttls":
        smtp.ehlo_or_helo_if_needed()
        if not smtp.has_extn("starttls"):
            raise SessionError(
                ConfigError(
                    "the server offers no STARTTLS",
                    server.place,
                    "use port 465 if it has TLS from the start, or set EMAIL_USE_TLS=false if its "
                    "network is yours alone",
                ),
                temporary=False,
            )
        code, text = smtp.starttls(context=ssl.create_default_context())
        if code != 220:  # ready to start TLS (RFC 3207, 4)
            raise smtplib.SMTPResponseException(code, text)
    smtp.ehlo_or_helo_if_needed()
    if server.user is not None and server.password is not None:
        smtp.login(server.user, server.password)


def _explained(error: OSError | smtplib.SMTPException, server: Server) -> SessionError:
    temporary = False
    match error:
        case ssl.SSLCertVerificationError():
            what = f"the server's certificate is not to be trusted ({error.verify_message})"
            fix = (
                "set EMAIL_HOST to the name that the certificate is for; for a certificate "
                "authority of your own set SSL_CERT_FILE"
            )
        case smtplib.SMTPAuthenticationError() if not _is_temporary(error.smtp_code):
            what = f"the server refuses the login ({_coded(error)})"
            fix = (
                "check EMAIL_HOST_USER and EMAIL_HOST_PASSWORD; some providers want a password "
                "for programs"
            )
        case smtplib.SMTPResponseException():
            what = f"the server turns us away ({_coded(error)})"
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
            what = f"the server cannot be reached ({type(error).__name__})"
            fix = "check EMAIL_HOST and EMAIL_PORT, and the network"
            temporary = True
    return SessionError(ConfigError(what, server.place, fix), temporary=temporary)


def _coded(error: smtplib.SMTPResponseException) -> str:
    return _reply(error.smtp_code, _as_bytes(error.smtp_error))
