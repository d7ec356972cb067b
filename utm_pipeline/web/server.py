"""The application behind a socket, until it is told to stop."""

from __future__ import annotations

import socket
from types import FrameType

import uvicorn
from fastapi import FastAPI

_GRACE_SECONDS = 5
_LONGEST_HEAD = 64 * 1024


class _Server(uvicorn.Server):
    """Tells the application that it ends, so that streams without an end of their own do too."""

    def __init__(self, config: uvicorn.Config, app: FastAPI) -> None:
        super().__init__(config)
        self._app = app

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        """Ends what listens for events, then everything else."""
        self._app.state.is_ending = True
        super().handle_exit(sig, frame)


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
    _Server(config, app).run(sockets=[listener])
