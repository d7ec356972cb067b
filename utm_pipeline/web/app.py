"""The application: the API, the dashboard, and what both need."""

from __future__ import annotations

import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import fastapi_offline
from fastapi import FastAPI, Request, Response
from fastapi.openapi.utils import get_openapi
from fastapi.responses import HTMLResponse, JSONResponse
from fastapi.staticfiles import StaticFiles
from starlette.exceptions import HTTPException
from starlette.middleware.gzip import GZipMiddleware

from utm_pipeline import __version__
from utm_pipeline import queries as catalogue
from utm_pipeline.errors import NotFoundError, NoWarehouseError, PipelineError, WarehouseError
from utm_pipeline.settings import Settings
from utm_pipeline.warehouse.snapshots import Snapshots, snapshots
from utm_pipeline.web import api, description, live, sign_in
from utm_pipeline.web.dashboard import filters, pictures
from utm_pipeline.web.dashboard import routes as dashboard
from utm_pipeline.web.guard import Guard
from utm_pipeline.web.problems import problem, status_of
from utm_pipeline.web.rendering import page
from utm_pipeline.web.shelf import Shelf

_STATIC = Path(__file__).with_name("static")
_SMALLEST_COMPRESSED = 1024
_RETRY_SECONDS = "30"

_log = logging.getLogger("utm_pipeline.web")


def create_app(settings: Settings) -> FastAPI:
    """The application for the warehouse that the settings name.

    The warehouse may come later: until then answers say what to run.

    Raises:
        ConfigError: the library of the warehouse's engine is missing.
    """
    opened = snapshots(settings)
    shelf = Shelf(opened)
    served = api.Served(shelf, settings)

    @asynccontextmanager
    async def life(_: FastAPI) -> AsyncIterator[None]:
        yield
        opened.close()

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
    app.state.is_ending = False
    app.include_router(api.router(served))
    app.include_router(live.router(opened))
    app.include_router(dashboard.router(served))
    app.include_router(pictures.router(served))
    app.include_router(sign_in.router(settings))
    _add_health(app, opened)
    _add_documents(app, settings)
    _add_errors(app, served)
    app.add_middleware(GZipMiddleware, minimum_size=_SMALLEST_COMPRESSED, compresslevel=5)
    # The last that is added is asked first.
    app.add_middleware(Guard, token=settings.api_token)
    return app


def _add_health(app: FastAPI, opened: Snapshots) -> None:
    @app.get("/healthz", summary="Health", tags=["health"], responses=description.HEALTH)
    def healthz() -> Response:
        """Whether there is a warehouse that answers, and which instant it describes."""
        try:
            with opened.open() as edition:
                warehouse = edition.warehouse
                as_of = warehouse.as_of.astimezone(warehouse.zone)
        except PipelineError as error:
            return JSONResponse({"status": "unavailable", **problem(error)}, status_code=503)
        return JSONResponse({"status": "ok", "as_of": as_of.isoformat()}, headers=api.stamp(as_of))


def _add_documents(app: FastAPI, settings: Settings) -> None:
    """The description for programs at /openapi.json, for people at /docs."""

    def document() -> dict[str, Any]:
        if app.openapi_schema is None:
            made = get_openapi(
                title=app.title,
                version=app.version,
                description=description.ABOUT,
                routes=app.routes,
            )
            has_token = settings.api_token is not None
            app.openapi_schema = description.completed(made, has_token=has_token)
        return app.openapi_schema

    app.openapi = document  # type: ignore[method-assign]

    @app.get("/docs", include_in_schema=False)
    def docs() -> Response:
        return HTMLResponse(page("docs.html.j2"))

    swagger = Path(fastapi_offline.__file__).with_name("static")
    app.mount("/static/swagger", StaticFiles(directory=swagger), name="swagger")
    app.mount("/static", StaticFiles(directory=_STATIC), name="static")


def _add_errors(app: FastAPI, served: api.Served) -> None:
    wants_page = dashboard.wants_page

    @app.exception_handler(PipelineError)
    def expected(request: Request, error: Exception) -> Response:
        assert isinstance(error, PipelineError)  # noqa: S101 - what it is registered for
        status = status_of(error)
        headers = {"Retry-After": _RETRY_SECONDS} if status == 503 else {}
        if isinstance(error, WarehouseError) and not isinstance(error, NoWarehouseError):
            _log.warning("%s; %s", error, error.fix)
        if wants_page(request):
            return dashboard.error_page(served, request, error, status, headers)
        is_api = request.url.path.startswith(api.PREFIX)
        query = catalogue.QUERIES.get(_name_of(request), None if is_api else filters.PAGE)
        if is_api:
            headers |= served.newest()
        return JSONResponse(problem(error, query), status_code=status, headers=headers)

    @app.exception_handler(HTTPException)
    def refused(request: Request, error: Exception) -> Response:
        assert isinstance(error, HTTPException)  # noqa: S101 - what it is registered for
        told = {
            404: ("there is nothing at this address", "see /docs for what there is"),
            405: ("only GET is answered here", "ask with GET"),
        }.get(error.status_code, (str(error.detail), "see /docs"))
        if error.status_code == 404 and wants_page(request):
            missing = NotFoundError(told[0], "", told[1])
            return dashboard.error_page(served, request, missing, 404, {})
        body = {"error": told[0], "fix": told[1]}
        return JSONResponse(body, status_code=error.status_code, headers=error.headers)


def _name_of(request: Request) -> str:
    """The query that an address asks."""
    route = request.scope.get("route")
    return str(getattr(route, "name", ""))
