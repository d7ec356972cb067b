"""``serve``: the API and the dashboard."""

from __future__ import annotations

import importlib.util
import socket
from typing import Annotated

import typer

from utm_pipeline.commands import options, terminal
from utm_pipeline.errors import ConfigError
from utm_pipeline.settings import Settings

_PACKAGES = {
    "cachetools": "cachetools",
    "fastapi": "fastapi",
    "fastapi_offline": "fastapi-offline",
    "itsdangerous": "itsdangerous",
    "jinja2": "jinja2",
    "sse_starlette": "sse-starlette",
    "uvicorn": "uvicorn",
}
_QUEUE = 128


@options.command("serve", "serve --port 8080")
def command(
    context: typer.Context,
    host: Annotated[
        str, typer.Option(metavar="TEXT", help="The address to listen at.")
    ] = "127.0.0.1",
    port: Annotated[
        int,
        typer.Option(
            min=0, max=65535, metavar="INTEGER RANGE", help="The port; 0 takes a free one."
        ),
    ] = 8000,
) -> None:
    """Serve the API and the dashboard until it is stopped.

    It follows each publish by itself. Without UTM_API_TOKEN only this machine is answered.
    """
    settings = options.settings_of(context)
    _check_installed()
    _check_host(settings, host)
    # What only the server needs takes its time to import.
    from utm_pipeline.errors import signals_raise
    from utm_pipeline.web.app import create_app
    from utm_pipeline.web.server import serve

    application = create_app(settings)
    try:
        with _listening(host, port) as listener, signals_raise():
            terminal.say(f"dashboard: {_address(listener)}/")
            terminal.say(f"API: {_address(listener)}/docs")
            terminal.say("stop it with Ctrl+C")
            serve(application, listener)
    except KeyboardInterrupt:
        # The server has ended in order; being stopped is how its work is done.
        terminal.say("stopped")


def _check_installed() -> None:
    missing = [name for module, name in _PACKAGES.items() if not importlib.util.find_spec(module)]
    if missing:
        raise ConfigError(
            f"the server needs {', '.join(missing)}",
            "serve",
            "run `pip install 'utm-pipeline[web]'`",
        )


def _check_host(settings: Settings, host: str) -> None:
    """Refuses to be heard by others while nobody is asked who they are."""
    from utm_pipeline.web.guard import is_this_machine

    if settings.api_token is None and not is_this_machine(host):
        raise ConfigError(
            f"without a token the server listens to this machine only, not at {host!r}",
            "--host",
            "set UTM_API_TOKEN to a long random text, or leave --host at 127.0.0.1",
        )


def _listening(host: str, port: int) -> socket.socket:
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


def _address(listener: socket.socket) -> str:
    host, port = listener.getsockname()[:2]
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"
