"""The endpoints: one for each query of the catalogue, and the exports."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Container, Generator, Iterator
from contextlib import ExitStack, closing
from itertools import chain, islice
from typing import Any

from fastapi import APIRouter, Request, Response
from fastapi.responses import StreamingResponse
from starlette.types import Receive, Scope, Send

from utm_pipeline import queries as catalogue
from utm_pipeline.errors import ParameterError
from utm_pipeline.queries.model import Query
from utm_pipeline.queries.params import PARAMS, choice
from utm_pipeline.report.csv import export_pieces
from utm_pipeline.warehouse import Snapshot
from utm_pipeline.web import openapi
from utm_pipeline.web.answers import Answers, answer_of, stamp
from utm_pipeline.words import words

PREFIX = "/api/utm"
EXPORT = Query(
    "export-csv",
    words("export-csv.title"),
    words("export-csv.about"),
    params=(choice("type", *catalogue.EXPORTS, required=True), PARAMS["period"]),
)
_JSON = "application/json"
_MOST_ROWS_AT_ONCE = 2000
_ROWS_A_PIECE = 500
_MOMENT = 0.3
"""Seconds that an answer by the clock is given again: half of what its last digit stands for."""


def router(answers: Answers) -> APIRouter:
    """All endpoints, each with and without a trailing slash."""
    routes = APIRouter(prefix=PREFIX)
    for query in (*catalogue.QUERIES.values(), EXPORT):
        path = "/{id}/session-detail" if query.name == "session-detail" else f"/{query.name}"
        for address in (path, f"{path}/"):
            routes.add_api_route(
                address,
                _export(answers) if query is EXPORT else _answer(answers, query),
                methods=["GET"],
                name=query.name,
                operation_id=query.name.replace("-", "_"),
                include_in_schema=address == path,
                **openapi.operation(query),
            )
    return routes


def given(request: Request, taken: Container[str] | None = None) -> dict[str, Any]:
    """The parameters of a request, from its path and its query; of these names, if any are said.

    Raises:
        ParameterError: one is given twice.
    """
    found = dict(request.path_params)
    for name, value in request.query_params.multi_items():
        if taken is not None and name not in taken:
            continue
        if name in found:
            raise ParameterError(name, f"{name} is given twice", "", "give it once")
        found[name] = value
    return found


def _answer(answers: Answers, query: Query) -> Callable[[Request], Response]:
    is_table = len(query.parts) == 1 and query.parts[0].many

    def answer(request: Request) -> Response:
        values = query.bind(given(request))
        asked = (query.name, *values.items())

        def make(snapshot: Snapshot) -> bytes:
            lang = answers.settings.lang
            return _json(catalogue.run(snapshot.warehouse, query.name, values, lang)).encode()

        def pieces(snapshot: Snapshot) -> Generator[str]:
            found = catalogue.rows(snapshot.warehouse, query.name, values)
            before = "["
            while batch := list(islice(found, _ROWS_A_PIECE)):
                yield before + ",".join(map(_json, batch))
                before = ","
            yield "[]" if before == "[" else "]"

        if query.name in openapi.BY_THE_CLOCK:
            # The age is in hundredths of a minute: who asks at the same moment gets the same.
            found = answers.get((*asked, int(time.monotonic() / _MOMENT)), make)
            headers = {**stamp(found), "Cache-Control": "no-store"}
            return Response(found.body, headers=headers, media_type=_JSON)
        if is_table and (values.get("limit") or 0) > _MOST_ROWS_AT_ONCE:
            return _streamed(answers, request, pieces, _JSON)
        return answers.respond(request, answers.get(asked, make), _JSON)

    return answer


def _export(answers: Answers) -> Callable[[Request], Response]:
    def export(request: Request) -> Response:
        values = EXPORT.bind(given(request))
        kind = values.pop("type")

        def pieces(snapshot: Snapshot) -> Generator[str]:
            columns, found = catalogue.stream(snapshot.warehouse, kind, values)
            yield from export_pieces(columns, found, answers.settings.lang)

        response = _streamed(answers, request, pieces, "text/csv")
        response.headers["Content-Disposition"] = f'attachment; filename="utm_{kind}.csv"'
        return response

    return export


def _streamed(
    answers: Answers,
    request: Request,
    pieces: Callable[[Snapshot], Generator[str]],
    media_type: str,
) -> Response:
    """An answer that is made while it is read; its snapshot stays as long as somebody reads."""
    with ExitStack() as stack:
        snapshot = stack.enter_context(answers.snapshots.open())

        def begun(_: bytes, **more: Any) -> Response:
            made = stack.enter_context(closing(pieces(snapshot)))
            # The statement runs now, so that an error has a status of its own.
            return _Stream(chain([next(made, "")], made), stack.pop_all(), **more)

        return answers.respond(request, answer_of(snapshot), media_type, begun)


class _Stream(StreamingResponse):
    """Lets go of what it is made of as soon as its reader has it all, or leaves."""

    def __init__(self, whole: Iterator[str], held: ExitStack, **more: Any) -> None:
        super().__init__(whole, **more)
        self._held = held

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        with self._held:
            await super().__call__(scope, receive, send)


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
