"""``serve``: the API and the dashboard."""

from __future__ import annotations

import importlib.util
from typing import Annotated

import typer

from utm_pipeline.commands import options, terminal
from utm_pipeline.errors import ConfigError, signals_raise

_PACKAGES = (
    *("cachetools", "fastapi", "fastapi-offline", "itsdangerous", "jinja2"),
    *("sse-starlette", "uvicorn"),
)


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
    for doubt in settings.doubts:
        terminal.warn(doubt, settings.lang)
    missing = [name for name in _PACKAGES if not importlib.util.find_spec(name.replace("-", "_"))]
    if missing:
        raise ConfigError(
            f"the server needs {', '.join(missing)}",
            "serve",
            "run `pip install 'utm-pipeline[web]'`",
        )
    # What only the server needs takes its time to import.
    from utm_pipeline.web.app import create_app
    from utm_pipeline.web.server import address_of, listening, serve

    try:
        with listening(settings, host, port) as listener, signals_raise():
            application = create_app(settings)
            terminal.say(f"dashboard: {address_of(listener)}/")
            terminal.say(f"API: {address_of(listener)}/docs")
            terminal.say("stop it with Ctrl+C")
            serve(application, listener, settings.connections)
    except KeyboardInterrupt:
        # The server has ended in order; being stopped is how its work is done.
        terminal.say("stopped")
