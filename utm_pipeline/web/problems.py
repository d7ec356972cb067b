"""Errors as they are answered: what is wrong, and what would be right."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Mapping

from fastapi import FastAPI, Request, Response
from fastapi.responses import HTMLResponse, JSONResponse
from starlette.exceptions import HTTPException

from utm_pipeline import queries as catalogue
from utm_pipeline.errors import (
    ConfigError,
    NotFoundError,
    NoWarehouseError,
    ParameterError,
    PipelineError,
    WarehouseError,
    WrongUseError,
)
from utm_pipeline.queries.model import Param
from utm_pipeline.web.answers import Answers
from utm_pipeline.web.api import PREFIX
from utm_pipeline.web.rendering import fix_for_page, language, page
from utm_pipeline.web.view import TAKEN
from utm_pipeline.words import in_words, text

_RETRY_SECONDS = "30"
_STATUS: Mapping[type[PipelineError], int] = {
    NotFoundError: 404,
    WrongUseError: 422,
    WarehouseError: 503,
    ConfigError: 503,
    PipelineError: 500,
}
"""The HTTP status of an error: that of the first kind that it is of."""
_REFUSALS = {
    404: ("there is nothing at this address", "see /docs for what there is"),
    405: ("only GET is answered here", "ask with GET"),
}
_log = logging.getLogger("utm_pipeline.web")


def add_errors(app: FastAPI, answers: Answers) -> None:
    """Has the application answer errors: a page to who reads pages, else JSON."""

    def error_page(request: Request, error: PipelineError, status: int) -> HTMLResponse:
        lang = language(request, answers.settings)
        body = page(
            "error.html.j2",
            lang,
            problem=_for_page(error, lang),
            waits=isinstance(error, NoWarehouseError),
            is_wrong=isinstance(error, WrongUseError),
        )
        return HTMLResponse(body, status)

    @app.exception_handler(PipelineError)
    def expected(request: Request, error: PipelineError) -> Response:
        status = next(code for kind, code in _STATUS.items() if isinstance(error, kind))
        if isinstance(error, WarehouseError) and not isinstance(error, NoWarehouseError):
            _log.warning("%s; %s", error, error.fix)
        response: Response
        if _wants_page(request):
            response = error_page(request, error, status)
        elif not request.url.path.startswith(PREFIX):
            response = JSONResponse(problem(error, TAKEN), status)
        else:
            query = catalogue.QUERIES.get(request.scope["route"].name)
            body = problem(error, query.params if query else ())
            response = JSONResponse(body, status, answers.stamp())
        if status == 503:
            response.headers["Retry-After"] = _RETRY_SECONDS
        return response

    @app.exception_handler(HTTPException)
    def refused(request: Request, error: HTTPException) -> Response:
        what, fix = _REFUSALS.get(error.status_code, (error.detail, "see /docs"))
        if error.status_code == 404 and _wants_page(request):
            return error_page(request, NotFoundError(what, "", fix), 404)
        return JSONResponse({"error": what, "fix": fix}, error.status_code, error.headers)


def _for_page(error: PipelineError, lang: str) -> dict[str, str]:
    """What is wrong and what to do, for who reads a page and has no terminal."""
    if isinstance(error, NoWarehouseError):
        return {"error": text("no_warehouse", lang), "fix": text("no_warehouse_fix", lang)}
    found = problem(error, TAKEN)
    fix = fix_for_page(found["fix"], lang)
    if isinstance(error, NotFoundError):
        fix = text("to_first_page", lang)
    said = {"error": in_words(found["error"], lang), "fix": fix}
    if isinstance(error, ParameterError):
        # Its name is written in one way alone.
        return said
    return {key: value[:1].upper() + value[1:] for key, value in said.items()}


def problem(error: PipelineError, params: Iterable[Param] = ()) -> dict[str, str]:
    """The body of an error; parameters are named as addresses have them, with underscores.

    ``params`` is what the address takes. Paths of the server are left out.
    """
    if not isinstance(error, ParameterError):
        return {"error": error.what, "fix": error.fix}
    name = error.parameter
    known = {param.name: param.allowed for param in params}
    allowed = known.get(name) or ", ".join(known) or error.allowed
    return {
        "error": error.what.replace(f"--{name.replace('_', '-')}", name),
        "fix": f"give {name} as: {allowed}" if name in known else f"it takes {allowed}",
        "parameter": name,
        "allowed": allowed,
    }


def _wants_page(request: Request) -> bool:
    """Whether who asks would rather read a page than JSON."""
    is_data = request.url.path.startswith(("/api/", "/healthz", "/charts/"))
    return not is_data and "text/html" in request.headers.get("accept", "")
