"""The application: the API, the pages, news of a publish, and what all of them need."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import cache
from pathlib import Path

import fastapi_offline
from fastapi import FastAPI, Response
from fastapi.responses import HTMLResponse, JSONResponse
from fastapi.staticfiles import StaticFiles
from sse_starlette import EventSourceResponse, ServerSentEvent
from starlette.concurrency import run_in_threadpool
from starlette.middleware.gzip import GZipMiddleware

from utm_pipeline import __version__
from utm_pipeline.errors import PipelineError
from utm_pipeline.settings import Settings
from utm_pipeline.warehouse import Snapshots, snapshots
from utm_pipeline.web import api, openapi, pages
from utm_pipeline.web.answers import Answers, answer_of, stamp
from utm_pipeline.web.guard import Guard, refused
from utm_pipeline.web.problems import add_errors, problem
from utm_pipeline.web.rendering import page
from utm_pipeline.web.sign_in import door_of, sign_in

MOST_LISTENERS = 100
LONGEST_LISTENING = 3600.0
_LOOK_SECONDS = 1.0
_SMALLEST_COMPRESSED = 1024
_STATIC = {
    "/static/swagger": Path(fastapi_offline.__file__).with_name("static"),
    "/static": Path(__file__).with_name("static"),
}


def create_app(settings: Settings) -> FastAPI:
    """The application for the warehouse that the settings name.

    The warehouse may come later: until then answers say what to run.

    Raises:
        ConfigError: the library of the warehouse's engine is missing.
    """
    answers, door = Answers(settings, snapshots(settings)), door_of(settings)

    @asynccontextmanager
    async def life(_: FastAPI) -> AsyncIterator[None]:
        yield
        answers.snapshots.close()

    app = FastAPI(
        title="utm-pipeline",
        version=__version__,
        lifespan=life,
        docs_url=None,
        redoc_url=None,
        redirect_slashes=False,
        # It would hand addresses and the words of exceptions to whatever the environment names.
        telemetry={"tracing": False, "metrics": False, "logs": False},
    )
    for router in (api.router(answers), pages.router(answers), sign_in(settings, door)):
        app.include_router(router)
    _add_health(app, answers)
    _add_news(app, answers.snapshots)
    app.add_api_route("/docs", _docs, include_in_schema=False)
    add_errors(app, answers)
    for address, folder in _STATIC.items():
        app.mount(address, StaticFiles(directory=folder))
    app.openapi = cache(lambda: openapi.document(app, has_token=door is not None))  # type: ignore[method-assign]
    app.add_middleware(GZipMiddleware, minimum_size=_SMALLEST_COMPRESSED, compresslevel=5)
    # The last that is added is asked first.
    app.add_middleware(Guard, door=door)
    return app


def _docs() -> Response:
    return HTMLResponse(page("docs.html.j2", "en"))


def _add_health(app: FastAPI, answers: Answers) -> None:
    @app.get("/healthz", summary="Health", tags=["health"], responses=openapi.HEALTH)
    def healthz() -> Response:
        """Whether there is a warehouse that answers, and which instant it describes."""
        try:
            with answers.snapshots.open() as snapshot:
                found = answer_of(snapshot)
        except PipelineError as error:
            return JSONResponse({"status": "unavailable", **problem(error)}, status_code=503)
        body = {"status": "ok", "as_of": found.as_of.isoformat()}
        return JSONResponse(body, headers=stamp(found))


def _add_news(app: FastAPI, snapshots: Snapshots) -> None:
    """``/events``: an event ``publish`` with the version, at the start and after each publish."""
    listeners = 0

    def version() -> str:
        try:
            return snapshots.version()
        except PipelineError:
            # While there is none, pages keep what they show.
            return "none"

    async def events() -> AsyncIterator[ServerSentEvent]:
        nonlocal listeners
        listeners += 1
        sent = ""
        try:
            # Pages that are still there ask again by themselves.
            end = time.monotonic() + LONGEST_LISTENING
            while time.monotonic() < end:
                if (served := await run_in_threadpool(version)) != sent:
                    yield ServerSentEvent(served, event="publish", sep="\n")
                    sent = served
                await asyncio.sleep(_LOOK_SECONDS)
        finally:
            listeners -= 1

    @app.get("/events", include_in_schema=False)
    async def listen() -> Response:
        if listeners >= MOST_LISTENERS:
            return refused(503, "too many pages listen", "close some")
        # Without news for long, a comment keeps proxies from closing the stream.
        return EventSourceResponse(
            events(),
            ping_message_factory=lambda: ServerSentEvent(comment="nothing new", sep="\n"),
        )
