"""The endpoints: one for each query of the catalogue, and the exports."""

from __future__ import annotations

import hashlib
import json
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import islice
from typing import Any

from fastapi import APIRouter, Request, Response
from fastapi.responses import StreamingResponse

from utm_pipeline import __version__
from utm_pipeline import queries as catalogue
from utm_pipeline.errors import ParameterError, WarehouseError
from utm_pipeline.queries.model import Query
from utm_pipeline.queries.params import PARAMS, choice
from utm_pipeline.report.csv import export_pieces
from utm_pipeline.settings import Settings
from utm_pipeline.warehouse.snapshots import Snapshot
from utm_pipeline.web import description
from utm_pipeline.web.shelf import Kept, Shelf
from utm_pipeline.words import words

PREFIX = "/api/utm"
_MOST_ROWS_AT_ONCE = 2000
_ROWS_A_PIECE = 500
_MOMENT = 0.3
"""Seconds that an answer by the clock is given again: half of what its last digit stands for."""

BY_THE_CLOCK = "kpis"
"""The query whose answer changes between publishes: it holds the age of the data."""

EXPORT = Query(
    "export-csv",
    words("export-csv.title"),
    words("export-csv.about"),
    params=(choice("type", *catalogue.EXPORTS, required=True), PARAMS["period"]),
)


@dataclass(frozen=True)
class Served:
    """What every endpoint answers from."""

    shelf: Shelf
    settings: Settings

    def now(self) -> datetime:
        """The clock's time, aware."""
        return datetime.now(UTC)

    def tag(self, version: str, asked: str) -> str:
        """The ETag of an answer: another after each publish, and for every other question.

        Weak, since a compressed answer has it too.
        """
        words = (__version__, self.settings.lang, version, asked)
        return f'W/"{hashlib.sha256(repr(words).encode()).hexdigest()[:24]}"'

    def newest(self) -> dict[str, str]:
        """The stamp of the newest edition, for answers that hold none of its data."""
        try:
            return stamp(self.shelf.fresh(lambda _: b"").as_of)
        except WarehouseError:
            # That there is none is what the answer itself says, or does not depend on.
            return {}

    def headers(self, request: Request, version: str, as_of: datetime) -> dict[str, str]:
        """What goes with an answer that stays right until the next publish."""
        asked = f"{request.url.path}?{request.url.query}"
        return {
            **stamp(as_of),
            "ETag": self.tag(version, asked),
            "Cache-Control": "private, no-cache",
        }

    def respond(self, request: Request, kept: Kept, media_type: str) -> Response:
        """A body that was made of one edition, or 304 to who has it already."""
        headers = self.headers(request, kept.version, kept.as_of)
        if is_known(request, headers["ETag"]):
            return Response(status_code=304, headers=headers)
        return Response(kept.body, headers=headers, media_type=media_type)


def stamp(as_of: datetime) -> dict[str, str]:
    """The header that says what instant the data describes."""
    return {"X-Data-As-Of": as_of.isoformat()}


def is_known(request: Request, tag: str) -> bool:
    """Whether If-None-Match names the tag (RFC 9110, 13.1.2: by weak comparison)."""
    wanted = request.headers.get("if-none-match", "")
    named = {each.strip().removeprefix("W/") for each in wanted.split(",")}
    return "*" in named or tag.removeprefix("W/") in named


def router(served: Served) -> APIRouter:
    """All endpoints, each with and without a trailing slash."""
    routes = APIRouter(prefix=PREFIX)
    for query in catalogue.QUERIES.values():
        _add(routes, query, _answering(served, query), description.of_query(query))
    _add(routes, EXPORT, _exporting(served), description.of_export(EXPORT))
    return routes


def _add(
    routes: APIRouter,
    query: Query,
    endpoint: Callable[[Request], Response],
    described: description.Described,
) -> None:
    path = "/{id}/session-detail" if query.name == "session-detail" else f"/{query.name}"
    for address, is_shown in ((path, True), (f"{path}/", False)):
        routes.add_api_route(
            address,
            endpoint,
            methods=["GET"],
            name=query.name,
            operation_id=query.name.replace("-", "_"),
            summary=query.title.en,
            description=f"{query.about.en[0].upper()}{query.about.en[1:]}.",
            response_class=Response,
            responses=described.responses,
            openapi_extra={"parameters": described.parameters},
            include_in_schema=is_shown,
        )


def _answering(served: Served, query: Query) -> Callable[[Request], Response]:
    lang = served.settings.lang

    def answer(request: Request) -> Response:
        values = query.bind(given(request))

        def make(edition: Snapshot) -> bytes:
            return as_json(catalogue.run(edition.warehouse, query.name, values, lang))

        if query.name == BY_THE_CLOCK:
            # The age is in hundredths of a minute: who asks at the same moment gets the same.
            moment = int(time.monotonic() / _MOMENT)
            kept = served.shelf.get((query.name, tuple(values.items()), moment), make)
            headers = {**stamp(kept.as_of), "Cache-Control": "no-store"}
            return Response(kept.body, headers=headers, media_type="application/json")
        if _is_long(query, values):
            return _streamed(served, request, query, values)
        kept = served.shelf.get((query.name, tuple(values.items())), make)
        return served.respond(request, kept, "application/json")

    return answer


def _is_long(query: Query, values: Mapping[str, Any]) -> bool:
    """Whether the answer may hold more rows than memory should: one table, and a high limit."""
    is_plain = len(query.parts) == 1 and query.parts[0].many
    return is_plain and (values.get("limit") or 0) > _MOST_ROWS_AT_ONCE


def _streamed(
    served: Served, request: Request, query: Query, values: Mapping[str, Any]
) -> Response:
    def pieces(edition: Snapshot) -> Iterator[str]:
        found = catalogue.rows(edition.warehouse, query.name, values)
        before = "["
        while batch := list(islice(found, _ROWS_A_PIECE)):
            yield before + ",".join(map(_dumped, batch))
            before = ","
        yield "[]" if before == "[" else "]"

    return _stream(served, request, pieces, "application/json")


def _stream(
    served: Served, request: Request, pieces: Callable[[Snapshot], Iterator[str]], media_type: str
) -> Response:
    """An answer that is made while it is read; its edition stays open as long as somebody reads."""
    with ExitStack() as stack:
        edition = stack.enter_context(served.shelf.editions.open())
        as_of = edition.warehouse.as_of.astimezone(edition.warehouse.zone)
        headers = served.headers(request, edition.version, as_of)
        if is_known(request, headers["ETag"]):
            return Response(status_code=304, headers=headers)
        made = pieces(edition)
        # The statement runs now, so that an error has a status of its own.
        first = next(made, "")
        held = stack.pop_all()

    def whole() -> Iterator[str]:
        with held:
            yield first
            yield from made

    return StreamingResponse(whole(), headers=headers, media_type=media_type)


def _exporting(served: Served) -> Callable[[Request], Response]:
    def export(request: Request) -> Response:
        values = EXPORT.bind(given(request))
        kind, period = values["type"], values["period"]

        def pieces(edition: Snapshot) -> Iterator[str]:
            columns, found = catalogue.stream(edition.warehouse, kind, {"period": period})
            return export_pieces(columns, found, served.settings.lang)

        response = _stream(served, request, pieces, "text/csv")
        response.headers["Content-Disposition"] = f'attachment; filename="utm_{kind}.csv"'
        return response

    return export


def given(request: Request) -> Mapping[str, str]:
    """The parameters of a request, from its path and its query.

    Raises:
        ParameterError: one is given twice.
    """
    found = dict(request.path_params)
    for name, value in request.query_params.multi_items():
        if name in found:
            raise ParameterError(name, f"{name} is given twice", "", "give it once")
        found[name] = value
    return found


def as_json(answer: catalogue.Json) -> bytes:
    """An answer as its endpoint's body."""
    return _dumped(answer).encode()


def _dumped(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
