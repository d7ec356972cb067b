"""The application behind a socket, until it is stopped."""

from __future__ import annotations

import logging
import resource
import signal
import socket

import uvicorn
from fastapi import FastAPI

from utm_pipeline.causes import reason
from utm_pipeline.errors import ConfigError
from utm_pipeline.settings import Settings
from utm_pipeline.web.connections import Quietly, protocol
from utm_pipeline.web.guard import is_this_machine

_QUEUE = 128
_GRACE_SECONDS = 5
_OTHER_FILES = 128
"""Open files besides connections, such as the warehouse."""
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
            f"the server cannot listen at {host} port {port} ({reason(error)})",
            "--host, --port",
            "give another --port, or stop what listens there",
        ) from error
    return listener


def address_of(listener: socket.socket) -> str:
    """Where the application answers then."""
    host, port = listener.getsockname()[:2]
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"


def serve(app: FastAPI, listener: socket.socket, most: int) -> None:
    """Answers what comes in at the socket, at most so many connections, until a signal comes.

    Raises:
        KeyboardInterrupt: SIGINT came; everything has ended in order.
    """
    for name in ("uvicorn.error", "utm_pipeline.web", "asyncio"):
        logging.getLogger(name).addFilter(Quietly())
    config = uvicorn.Config(
        app,
        # Addresses hold what strangers typed, and whatever a reader asks for.
        access_log=False,
        log_level="warning",
        server_header=False,
        # This parser limits what it takes before it is asked for more.
        http=protocol(_within_files(most)),
        ws="none",
        h11_max_incomplete_event_size=_LONGEST_HEAD,
        timeout_graceful_shutdown=_GRACE_SECONDS,
    )
    server = uvicorn.Server(config)
    if signal.getsignal(signal.SIGHUP) is not signal.SIG_IGN:
        # The library ends in order by two signals; this is the third.
        signal.signal(signal.SIGHUP, lambda *_: signal.raise_signal(signal.SIGTERM))
    server.run(sockets=[listener])


def _within_files(most: int) -> int:
    """As many connections as the process may have open files for, ``most`` at most."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = most + _OTHER_FILES
    if soft != resource.RLIM_INFINITY and soft < wanted:
        soft = wanted if hard == resource.RLIM_INFINITY else min(wanted, hard)
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
        most = min(most, max(soft - _OTHER_FILES, soft // 2))
    return most
