"""The SMTP server: connecting, encryption, login, and what its failures mean.

A server's own words can repeat what was sent to it, such as a password or somebody's address, so
only its codes are told.
"""

from __future__ import annotations

import re
import smtplib
import ssl
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from typing import Literal

from utm_pipeline.errors import ConfigError
from utm_pipeline.settings import Settings

Security = Literal["starttls", "tls", "none"]
IMPLICIT_TLS_PORT = 465
"""The port where TLS comes before the first word (RFC 8314, 3.3)."""
SECONDS = 30
"""How long the server may keep silent."""
_LOOPBACK = ("localhost", "127.0.0.1", "::1")
_STATUS = re.compile(rb"\s*([245]\.[0-9]{1,3}\.[0-9]{1,3})\b")
_NOT_NOW = range(400, 500)


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


def reply(code: int, text: bytes) -> str:
    """What of a server's reply may be told: ``550 5.1.1``."""
    status = _STATUS.match(text)
    return f"{code} {status[1].decode('ascii')}" if status else str(code)


def as_bytes(text: bytes | str) -> bytes:
    """The text of a reply, which smtplib gives as either."""
    return text if isinstance(text, bytes) else text.encode()


def is_temporary(code: int) -> bool:
    """Whether the server asks to try again later (RFC 5321, 4.2.1); -1 is a broken connection."""
    return code in _NOT_NOW or code == -1


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
        case smtplib.SMTPAuthenticationError() if not is_temporary(error.smtp_code):
            what = f"the server refuses the login ({_coded(error)})"
            fix = (
                "check EMAIL_HOST_USER and EMAIL_HOST_PASSWORD; some providers want a password "
                "for programs"
            )
        case smtplib.SMTPResponseException():
            what = f"the server turns us away ({_coded(error)})"
            fix = "try again later, or ask whoever runs the server"
            temporary = is_temporary(error.smtp_code)
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
    return reply(error.smtp_code, as_bytes(error.smtp_error))
