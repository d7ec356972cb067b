"""Server-sent events: an open page learns of a publish."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

from fastapi import APIRouter, Request, Response
from fastapi.responses import JSONResponse, StreamingResponse
from starlette.concurrency import run_in_threadpool

from utm_pipeline.errors import PipelineError
from utm_pipeline.warehouse.snapshots import Snapshots

MOST_LISTENERS = 100
_LOOK_SECONDS = 1.0
_SILENCE = 15
"""Looks without news until a line is sent that keeps proxies from closing the stream."""


class _Listeners:
    """How many listen."""

    def __init__(self) -> None:
        self.count = 0


def router(editions: Snapshots) -> APIRouter:
    """``/events``: an event ``publish`` with the version, at the start and after each publish."""
    routes = APIRouter()
    listeners = _Listeners()

    @routes.get("/events", include_in_schema=False)
    async def events(request: Request) -> Response:
        if listeners.count >= MOST_LISTENERS:
            body = {"error": "too many pages listen", "fix": "close some"}
            return JSONResponse(body, status_code=503)
        headers = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}
        return StreamingResponse(
            _events(request, editions, listeners), headers=headers, media_type="text/event-stream"
        )

    return routes


async def _events(
    request: Request, editions: Snapshots, listeners: _Listeners
) -> AsyncIterator[str]:
    listeners.count += 1
    try:
        told, silent = "", 0
        while not (request.app.state.is_ending or await request.is_disconnected()):
            version = await run_in_threadpool(_version, editions)
            silent += 1
            if version != told:
                yield f"event: publish\ndata: {version}\n\n"
                told, silent = version, 0
            elif silent >= _SILENCE:
                yield ": nothing new\n\n"
                silent = 0
            await asyncio.sleep(_LOOK_SECONDS)
    finally:
        listeners.count -= 1


def _version(editions: Snapshots) -> str:
    """The version that is served; while there is none, pages keep what they show."""
    try:
        return editions.version()
    except PipelineError:
        return "none"
