"""One message over HTTPS, with another try where the fault may pass.

Addresses are secrets here: a webhook is one, and a bot's address holds its token. So no error has
one, and what a service says in words is not told.
"""

from __future__ import annotations

import http.client
import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from typing import Literal
from urllib.parse import urlsplit

from utm_pipeline.errors import DeliveryError

PAUSES = (2, 15, 60)
"""Seconds before each further try."""
MOST_PATIENCE = 300
"""A service that asks for a longer wait is not waited for."""
SECONDS = 20
"""How long a service may keep silent."""
DEADLINE = 60
"""How long a request may take as a whole, in seconds."""
_LONGEST_ANSWER = 65_536
_AGAIN = "run it again: it has not arrived"

Pause = Callable[[int, str], None]
"""Waits so many seconds; gets the reason too."""


@dataclass(frozen=True)
class Answer:
    """What a service answered."""

    status: int
    content: bytes
    retry_after: str | None = None
    """The header of that name."""


@dataclass(frozen=True)
class Verdict:
    """What an answer means, in words without anything secret."""

    outcome: Literal["taken", "later", "refused"]
    why: str = ""
    fix: str = ""
    wait: int | None = None
    """Seconds that the service asks to wait."""


@dataclass(frozen=True)
class Target:
    """Where a message goes."""

    service: str
    """Its name for readers."""
    setting: str
    """The variable that says where it goes; errors name it in place of the address."""
    url: str = field(repr=False)
    key: str = field(repr=False)
    """What tells it from other targets."""
    judge: Callable[[Answer], Verdict] = field(repr=False)

    @property
    def address(self) -> str:
        """The same for the notes of what was sent, which keep a keyed hash of it."""
        return f"{self.service} {self.key}"


def send(target: Target, body: bytes, pause: Pause) -> None:
    """Sends a message, once. ``pause`` waits before what was put off is tried again.

    A connection can break after the service has taken a message, and then it comes twice. That is
    better than never.

    Raises:
        DeliveryError: it was refused, or put off to the last.
    """
    for seconds in (*PAUSES, None):
        verdict = _tried(target, body)
        if verdict.outcome == "taken":
            return
        wait = seconds if verdict.wait is None or seconds is None else verdict.wait
        if verdict.outcome == "refused" or wait is None or wait > MOST_PATIENCE:
            raise DeliveryError(verdict.why, target.setting, verdict.fix or _AGAIN)
        pause(wait, verdict.why)


def put_off(answer: Answer, service: str, wait: str | None) -> Verdict | None:
    """The verdict of an answer that means the same everywhere; None for any other.

    ``wait`` is how many seconds the service asks to wait, as it says so (RFC 9110, 10.2.3; a date
    counts as nothing said).
    """
    if answer.status == 429 or answer.status >= 500:
        busy = "has too many messages now" if answer.status == 429 else "has a fault of its own"
        asked = int(wait) if wait is not None and wait.isascii() and wait.isdigit() else None
        patience = "" if asked is None else f", wait {asked} s"
        return Verdict("later", f"{service} {busy} ({answer.status}{patience})", wait=asked)
    if 300 <= answer.status < 400:
        return Verdict(
            "refused",
            f"{service} sends us elsewhere ({answer.status}), where a secret must not go",
            "set the address that it has now",
        )
    return None


def _tried(target: Target, body: bytes) -> Verdict:
    try:
        answer = _request(target.url, body)
    except ssl.SSLCertVerificationError as error:
        return Verdict(
            "refused",
            f"the certificate of {target.service} is not to be trusted ({error.verify_message})",
            "for a certificate authority of your own set SSL_CERT_FILE",
        )
    except TimeoutError:
        return Verdict("later", f"{target.service} keeps silent")
    except (OSError, http.client.HTTPException) as error:
        # Its words may hold the address.
        what = f"{target.service} cannot be reached ({type(error).__name__})"
        return Verdict("later", what, "check the network, then run it again")
    return target.judge(answer)


def _request(url: str, body: bytes) -> Answer:
    """One POST of JSON. Nothing is followed, and no proxy is asked."""
    parts = urlsplit(url)
    host = parts.hostname or ""
    connection = (
        http.client.HTTPConnection(host, parts.port, timeout=SECONDS)
        if parts.scheme == "http"
        else http.client.HTTPSConnection(
            host, parts.port, timeout=SECONDS, context=ssl.create_default_context()
        )
    )
    try:
        connection.connect()
        with _watched(connection.sock):
            headers = {"Content-Type": "application/json; charset=utf-8", "Connection": "close"}
            path = parts.path + (f"?{parts.query}" if parts.query else "")
            connection.request("POST", path or "/", body, headers)
            response = connection.getresponse()
            content = response.read(_LONGEST_ANSWER)
            if response.length and len(content) < _LONGEST_ANSWER:
                # What is left is not told: it would go into a traceback.
                raise http.client.IncompleteRead(b"")
            return Answer(response.status, content, response.headers.get("Retry-After"))
    finally:
        connection.close()


@contextmanager
def _watched(sock: socket.socket) -> Iterator[None]:
    """Ends what takes longer than ``DEADLINE``, such as an answer of a byte at a time.

    Raises:
        TimeoutError: it did.
    """
    is_over = threading.Event()

    def cut() -> None:
        is_over.set()
        with suppress(OSError):
            sock.shutdown(socket.SHUT_RDWR)

    watch = threading.Timer(DEADLINE, cut)
    watch.daemon = True
    watch.start()
    try:
        yield
    except (OSError, http.client.HTTPException):
        if is_over.is_set():
            raise TimeoutError from None
        raise
    finally:
        watch.cancel()
