"""What a stranger may hold of the server: how many connections, and each for how long.

A head, a body, and the reading of an answer have a time each; between requests a connection is
closed sooner. Time-outs between bytes would not do, since who sends a byte now and then would never
meet them.
"""

from __future__ import annotations

import asyncio
import logging
import time
from functools import partial
from typing import Any

import h11
from uvicorn.protocols.http.h11_impl import H11Protocol

HEAD_SECONDS = BODY_SECONDS = 10.0
"""How long a request's head, and its body, may take to come."""
READING_SECONDS = 30.0
"""How long whoever asked may leave an answer unread before the connection is cut."""
_QUIET_SECONDS = 60.0
_REFUSED = (
    b"HTTP/1.1 503 Service Unavailable\r\nContent-Type: application/json\r\nRetry-After: 10\r\n"
    b"Connection: close\r\nContent-Length: 64\r\n\r\n"
    b'{"error": "too many connections", "fix": "try again in a while"}'
)
_log = logging.getLogger("utm_pipeline.web")


class Quietly(logging.Filter):
    """Lets one line about a cause through, and then none for a minute: no log grows without end."""

    def __init__(self) -> None:
        super().__init__()
        self._said: dict[str, float] = {}

    def filter(self, record: logging.LogRecord) -> bool:
        """Whether a line is news."""
        # Strangers choose what stands in warnings, and our own faults what stands in errors.
        is_fault = record.levelno >= logging.ERROR
        cause = (record.getMessage() if is_fault else str(record.msg))[:200]
        now = time.monotonic()
        is_news = now - self._said.get(cause, -_QUIET_SECONDS) >= _QUIET_SECONDS
        if is_news:
            self._said = {**self._said, cause: now} if len(self._said) < 100 else {cause: now}
        return is_news


class BoundedProtocol(H11Protocol):
    """A connection that ends when it has held the server for too long.

    ``most`` is how many there may be; those above it get an answer that says so.
    """

    def __init__(self, *args: Any, most: int, **more: Any) -> None:
        super().__init__(*args, **more)
        self._most = most
        self._timers: dict[str, asyncio.TimerHandle] = {}

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """A client has come."""
        super().connection_made(transport)
        if len(self.connections) > self._most:
            _log.warning("more than %d connections; further ones are refused", self._most)
            transport.write(_REFUSED)
            transport.close()
            return
        self._start("head", HEAD_SECONDS)

    def connection_lost(self, exc: Exception | None) -> None:
        """It has gone."""
        for name in list(self._timers):
            self._stop(name)
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Bytes have come; those of a connection that is refused are not looked at."""
        if not self.transport.is_closing():
            super().data_received(data)

    def handle_events(self) -> None:
        """Reads what has come, and starts the time of what is to come."""
        before = self.cycle
        super().handle_events()
        if self.cycle is not before:
            self._stop("head")
        if self.conn.their_state is h11.SEND_BODY:
            if "body" not in self._timers:
                self._start("body", BODY_SECONDS)
        else:
            self._stop("body")

    def on_response_complete(self) -> None:
        """An answer has been written; the time of the next head begins."""
        cycle = self.cycle
        self._stop("body")
        super().on_response_complete()
        if self.cycle is cycle:
            self._start("head", HEAD_SECONDS)

    def pause_writing(self) -> None:
        """The client does not read what it has asked for."""
        super().pause_writing()
        self._start("reading", READING_SECONDS)

    def resume_writing(self) -> None:
        """It does."""
        self._stop("reading")
        super().resume_writing()

    def _unsupported_upgrade_warning(self) -> None:
        """The guard answers; the log has nothing to say."""

    def _start(self, name: str, seconds: float) -> None:
        self._stop(name)
        self._timers[name] = self.loop.call_later(seconds, self._over, name)

    def _stop(self, name: str) -> None:
        if timer := self._timers.pop(name, None):
            timer.cancel()

    def _over(self, name: str) -> None:
        self._timers.pop(name, None)
        self.transport.abort()


def protocol(most: int) -> Any:
    """What makes the protocol of each connection."""
    return partial(BoundedProtocol, most=most)
