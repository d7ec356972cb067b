"""A real SMTP server for the tests, which keeps what it gets and fails when it is told to."""

from __future__ import annotations

import socket
import ssl
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path
from typing import Any

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult, Envelope, LoginPassword, Session

USER, PASSWORD = "robot@shop.example", "s3cret-pass"


@dataclass
class Received:
    """One message as the server got it."""

    sender: str
    recipients: list[str]
    content: bytes
    is_encrypted: bool

    @property
    def message(self) -> EmailMessage:
        """The same, parsed."""
        return message_from_bytes(self.content, policy=policy.default)  # type: ignore[return-value]


@dataclass
class Post:
    """What the server does: replies by recipient, replies to a message, connections that break.

    Each list of replies is used up from the front; what is left over is ``250``.
    """

    received: list[Received] = field(default_factory=list)
    at_recipient: dict[str, list[str]] = field(default_factory=dict)
    at_data: list[str] = field(default_factory=list)
    at_sender: list[str] = field(default_factory=list)
    breaks_at: dict[str, int] = field(default_factory=dict)
    """How many times the connection breaks at a recipient."""
    logins: list[str] = field(default_factory=list)

    async def handle_MAIL(  # noqa: N802 - aiosmtpd's name
        self, server: Any, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        reply = self.at_sender.pop(0) if self.at_sender else "250 OK"
        if reply.startswith("250"):
            envelope.mail_from = address
        return reply

    async def handle_RCPT(  # noqa: N802
        self, server: Any, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        if self.breaks_at.get(address, 0):
            self.breaks_at[address] -= 1
            server.transport.abort()
        replies = self.at_recipient.get(address)
        reply = replies.pop(0) if replies else "250 OK"
        if reply.startswith("250"):
            envelope.rcpt_tos.append(address)
        return reply

    async def handle_DATA(self, server: Any, session: Session, envelope: Envelope) -> str:  # noqa: N802
        reply = self.at_data.pop(0) if self.at_data else "250 OK"
        if reply.startswith("250"):
            assert isinstance(envelope.content, bytes)
            self.received.append(
                Received(
                    str(envelope.mail_from),
                    [str(address) for address in envelope.rcpt_tos],
                    envelope.content,
                    server.transport.get_extra_info("sslcontext") is not None,
                )
            )
        return reply

    def authenticate(
        self, server: Any, session: Session, envelope: Envelope, mechanism: str, data: Any
    ) -> AuthResult:
        """Takes ``USER`` with ``PASSWORD`` and nobody else."""
        assert isinstance(data, LoginPassword)
        self.logins.append(data.login.decode())
        is_right = (data.login.decode(), data.password.decode()) == (USER, PASSWORD)
        if is_right:
            return AuthResult(success=True)
        # As servers do, it says again what it was told.
        said = f"535 5.7.8 {data.login.decode()} {data.password.decode()} is wrong"
        return AuthResult(success=False, handled=False, message=said)


@contextmanager
def mail_server(
    post: Post,
    *,
    security: str = "none",
    login: bool = False,
    certificate: Path | None = None,
    largest: int = 33_554_432,
) -> Iterator[int]:
    """The server on a free port of localhost, which it gives."""
    context = None
    if certificate is not None:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificate, certificate.with_suffix(".key"))
    controller = Controller(
        post,
        hostname="127.0.0.1",
        port=0,
        ssl_context=context if security == "tls" else None,
        tls_context=context if security == "starttls" else None,
        require_starttls=security == "starttls",
        auth_required=login,
        auth_require_tls=security == "starttls" or not login,
        authenticator=post.authenticate if login else None,
        data_size_limit=largest,
    )
    # The controller begins with a connection to itself, and would not know the port it was given.
    controller._trigger_server = lambda: _connect(controller)  # type: ignore[method-assign]
    controller.start()
    try:
        yield _port(controller)
    finally:
        controller.stop()


def _port(controller: Controller) -> int:
    assert controller.server is not None
    port: int = controller.server.sockets[0].getsockname()[1]
    return port


def _connect(controller: Controller) -> None:
    socket.create_connection(("127.0.0.1", _port(controller))).close()


def make_certificate(folder: Path, name: str) -> Path:
    """A certificate that vouches for itself, with its key beside it."""
    path = folder / f"{name}.pem"
    command = "openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2"
    subprocess.run(
        [
            *command.split(),
            *("-subj", f"/CN={name}", "-addext", f"subjectAltName=DNS:{name}"),
            *("-keyout", str(path.with_suffix(".key")), "-out", str(path)),
        ],
        check=True,
        capture_output=True,
    )
    return path
