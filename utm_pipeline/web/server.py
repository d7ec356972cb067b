"""The application behind a socket, until it is stopped."""

from __future__ import annotations

import socket

import uvicorn
from fastapi import FastAPI

_GRACE_SECONDS = 5
_LONGEST_HEAD = 64 * 1024


def serve(app: FastAPI, listener: socket.socket) -> None:
    """Answers what comes in at the socket until SIGINT or SIGTERM.

    Raises:
        KeyboardInterrupt: SIGINT came; everything has ended in order.
    """
    config = uvicorn.Config(
        app,
        # Addresses hold what strangers typed, and whatever a reader asks for.
        access_log=False,
        log_level="warning",
        server_header=False,
        # This parser limits what it takes before it is asked for more.
        http="h11",
        h11_max_incomplete_event_size=_LONGEST_HEAD,
        timeout_graceful_shutdown=_GRACE_SECONDS,
    )
    uvicorn.Server(config).run(sockets=[listener])
