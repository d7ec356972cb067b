"""Server-sent events: an open page learns of a publish."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

from fastapi import APIRouter, Response
from fastapi.responses import JSONResponse
from sse_starlette import EventSourceResponse, ServerSentEvent
from starlette.concurrency import run_in_threadpool

from utm_pipeline.errors import PipelineError
from utm_pipeline.warehouse import Snapshots

MOST_LISTENERS = 100
_LOOK_SECONDS = 1.0


def router(snapshots: Snapshots) -> APIRouter:
    """``/events``: an event ``publish`` with the version, at the start and after each publish."""
    routes = APIRouter()
    listeners = 0

    async def events() -> AsyncIterator[ServerSentEvent]:
        nonlocal listeners
        listeners += 1
        try:
            sent = ""
            while True:
                version = await run_in_threadpool(_version, snapshots)
                if version != sent:
                    yield ServerSentEvent(version, event="publish", sep="\n")
                    sent = version
                await asyncio.sleep(_LOOK_SECONDS)
        finally:
            listeners -= 1

    @routes.get("/events", include_in_schema=False)
    async def listen() -> Response:
        if listeners >= MOST_LISTENERS:
            body = {"error": "too many pages listen", "fix": "close some"}
            return JSONResponse(body, status_code=503)
        # Without news for long, a comment keeps proxies from closing the stream.
        return EventSourceResponse(
            events(),
            ping_message_factory=lambda: ServerSentEvent(comment="nothing new", sep="\n"),
        )

    return routes


def _version(snapshots: Snapshots) -> str:
    """The version that is served; while there is none, pages keep what they show."""
    try:
        return snapshots.version()
    except PipelineError:
        return "none"
