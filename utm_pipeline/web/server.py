"""The application behind a socket, until it is stopped."""

from __future__ import annotations

import socket

import uvicorn
from fastapi import FastAPI

from utm_pipeline.errors import ConfigError
from utm_pipeline.settings import Settings
from utm_pipeline.web.guard import is_this_machine

_QUEUE = 128
_GRACE_SECONDS = 5
_LONGEST_HEAD = 64 * 1024


def listening(settings: Settings, host: str, port: int) -> socket.socket:
    """A socket that listens there; port 0 takes a free one.

    Raises:
        ConfigError: the port cannot be had, or others could ask without saying who they are.
    """
    if settings.api_token is None and not is_this_machine(host):
        raise ConfigError(
            f"without a token the server listens to this machine only, not at {host!r}",
            "--host",
            "set UTM_API_TOKEN to a long random text, or leave --host at 127.0.0.1",
        )
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    # Named as TCP, or asyncio leaves Nagle's algorithm on: the body of each answer would then wait
    # for the client to acknowledge its head, 40 ms on Linux.
    listener = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((host, port))
        listener.listen(_QUEUE)
    except OSError as error:
        listener.close()
        raise ConfigError(
            f"the server cannot listen at {host} port {port} ({error.strerror})",
            "--host, --port",
            "give another --port, or stop what listens there",
        ) from error
    return listener


def address_of(listener: socket.socket) -> str:
    """Where the application answers then."""
    host, port = listener.getsockname()[:2]
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"


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
