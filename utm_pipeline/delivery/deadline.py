"""A time for the whole of something, which is over whatever a server sends meanwhile.

Time-outs of sockets begin anew with each byte, so a server that sends one now and then would hold
us for hours.
"""

from __future__ import annotations

import smtplib
import socket
import ssl
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any


class Deadline:
    """So many seconds from now on."""

    def __init__(self, seconds: float) -> None:
        self._end = time.monotonic() + seconds

    @property
    def left(self) -> float:
        """The seconds that are left, 0 at least."""
        return max(0.0, self._end - time.monotonic())

    @property
    def is_over(self) -> bool:
        """Whether it has passed."""
        return self.left == 0

    @contextmanager
    def cutting(self) -> Iterator[Cutter]:
        """Cuts, at the deadline, the connections that the cutter is told of in the block."""
        cutter = Cutter()
        timer = threading.Timer(self.left, cutter.cut)
        timer.daemon = True
        timer.start()
        try:
            yield cutter
        finally:
            timer.cancel()
            cutter.forget()


class Cutter:
    """Ends connections from beside whoever waits for them."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._sockets: list[socket.socket] = []
        self._is_over = False

    def watch(self, plain: socket.socket) -> None:
        """From now on a connection is one of those that are cut, also when TLS has taken it."""
        with self._lock:
            # A second handle of the same connection: TLS takes the first away from its object.
            self._sockets.append(plain.dup())
            is_over = self._is_over
        if is_over:
            self.cut()

    def cut(self) -> None:
        """Ends them all, and those that are to come."""
        with self._lock:
            self._is_over = True
            for each in self._sockets:
                with suppress(OSError):
                    each.shutdown(socket.SHUT_RDWR)

    def forget(self) -> None:
        """Lets go of them."""
        with self._lock:
            for each in self._sockets:
                each.close()
            self._sockets.clear()


class WatchedSMTP(smtplib.SMTP):
    """A client whose connection can be cut from its first byte on; ``tls`` is from the start."""

    def __init__(
        self, host: str, port: int, seconds: float, cutter: Cutter, tls: ssl.SSLContext | None
    ) -> None:
        self._cutter = cutter
        self._tls = tls
        super().__init__(host, port, timeout=seconds)

    def _get_socket(self, host: str, port: int, timeout: Any) -> socket.socket:
        plain = socket.create_connection((host, port), timeout, self.source_address)
        self._cutter.watch(plain)
        return plain if self._tls is None else self._tls.wrap_socket(plain, server_hostname=host)
