"""The application: the API, the pages, and what both need."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import fastapi_offline
from fastapi import FastAPI, Response
from fastapi.responses import HTMLResponse, JSONResponse
from fastapi.staticfiles import StaticFiles
from starlette.middleware.gzip import GZipMiddleware

from utm_pipeline import __version__
from utm_pipeline.errors import PipelineError
from utm_pipeline.settings import Settings
from utm_pipeline.warehouse import snapshots as snapshots_of
from utm_pipeline.web import api, live, openapi, pages, sign_in
from utm_pipeline.web.answers import Answers, instant_of, stamp
from utm_pipeline.web.guard import Guard
from utm_pipeline.web.problems import add_errors, problem
from utm_pipeline.web.rendering import page

_STATIC = Path(__file__).with_name("static")
_SWAGGER = Path(fastapi_offline.__file__).with_name("static")
_SMALLEST_COMPRESSED = 1024


def create_app(settings: Settings) -> FastAPI:
    """The application for the warehouse that the settings name.

    The warehouse may come later: until then answers say what to run.

    Raises:
        ConfigError: the library of the warehouse's engine is missing.
    """
    snapshots = snapshots_of(settings)
    answers = Answers(settings, snapshots)

    @asynccontextmanager
    async def life(_: FastAPI) -> AsyncIterator[None]:
        yield
        snapshots.close()

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
    app.include_router(api.router(answers))
    app.include_router(live.router(snapshots))
    app.include_router(pages.router(answers))
    app.include_router(pages.pictures(answers))
    app.include_router(sign_in.router(settings))
    _add_health(app, answers)
    _add_documents(app, settings)
    add_errors(app, answers)
    app.add_middleware(GZipMiddleware, minimum_size=_SMALLEST_COMPRESSED, compresslevel=5)
    # The last that is added is asked first.
    app.add_middleware(Guard, token=settings.api_token)
    return app


def _add_health(app: FastAPI, answers: Answers) -> None:
    @app.get("/healthz", summary="Health", tags=["health"], responses=openapi.HEALTH)
    def healthz() -> Response:
        """Whether there is a warehouse that answers, and which instant it describes."""
        try:
            with answers.snapshots.open() as snapshot:
                as_of = instant_of(snapshot)
        except PipelineError as error:
            return JSONResponse({"status": "unavailable", **problem(error)}, status_code=503)
        return JSONResponse({"status": "ok", "as_of": as_of.isoformat()}, headers=stamp(as_of))


def _add_documents(app: FastAPI, settings: Settings) -> None:
    """The description for programs at /openapi.json, for people at /docs."""

    def document() -> dict[str, Any]:
        if app.openapi_schema is None:
            has_token = settings.api_token is not None
            app.openapi_schema = openapi.document(app, has_token=has_token)
        return app.openapi_schema

    app.openapi = document  # type: ignore[method-assign]

    @app.get("/docs", include_in_schema=False)
    def docs() -> Response:
        return HTMLResponse(page("docs.html.j2", "en"))

    app.mount("/static/swagger", StaticFiles(directory=_SWAGGER), name="swagger")
    app.mount("/static", StaticFiles(directory=_STATIC), name="static")
