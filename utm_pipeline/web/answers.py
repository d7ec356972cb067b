"""What every answer is made of: the newest snapshot of the marts, or a body kept from it.

Marts change with a publish and not between two, so what was made once is given again, to everybody.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Hashable
from datetime import datetime
from threading import Condition
from typing import NamedTuple

from cachetools import LRUCache, cached
from fastapi import Request, Response

from utm_pipeline import __version__
from utm_pipeline.errors import WarehouseError
from utm_pipeline.settings import Settings
from utm_pipeline.warehouse import Snapshot, Snapshots

_MOST_BYTES = 64 * 2**20
_LARGEST = 2**20
"""A larger body is asked for seldom, and would push out hundreds of others."""


class Momentary(bytes):
    """A body that may be another one when it is asked for again, and so is not kept."""


class Answer(NamedTuple):
    """A body, and the snapshot that it was made of."""

    body: bytes
    version: str
    as_of: datetime
    """Aware, in business time."""


class Answers:
    """Answers from the newest snapshot. Safe to be used by many threads."""

    def __init__(self, settings: Settings, snapshots: Snapshots) -> None:
        self.settings = settings
        self.snapshots = snapshots
        # Bodies of older snapshots are asked for no more, and leave as the least recently used.
        self._kept = cached(
            LRUCache(_MOST_BYTES, getsizeof=_size),
            key=lambda version, asked, _: (version, asked),
            # Who asks for what is being made waits for it.
            condition=Condition(),
        )(self._made)

    def get(self, asked: Hashable, make: Callable[[Snapshot], bytes]) -> Answer:
        """The body that was kept, else the one that ``make`` gives for the newest snapshot.

        Raises:
            NoWarehouseError, WarehouseError: there is no snapshot.
            Any error of ``make``; then nothing is kept.
        """
        return self._kept(self.snapshots.version(), asked, make)

    def _made(self, version: str, _: Hashable, make: Callable[[Snapshot], bytes]) -> Answer:
        with self.snapshots.open() as snapshot:
            body = make(snapshot)
            if snapshot.version != version:
                # A publish came between: the body is right, but not what was asked for.
                body = Momentary(body)
            return Answer(body, snapshot.version, instant_of(snapshot))

    def stamp(self) -> dict[str, str]:
        """The stamp of the newest snapshot, for answers that hold none of its data."""
        try:
            with self.snapshots.open() as snapshot:
                return stamp(instant_of(snapshot))
        except WarehouseError:
            # That there is none is what the answer itself says, or does not depend on.
            return {}

    def headers(self, request: Request, version: str, as_of: datetime) -> dict[str, str]:
        """What goes with an answer that stays right until the next publish."""
        asked = f"{request.url.path}?{request.url.query}"
        words = repr((__version__, self.settings.lang, version, asked))
        # Weak, since a compressed answer has it too.
        tag = f'W/"{hashlib.sha256(words.encode()).hexdigest()[:24]}"'
        return {**stamp(as_of), "ETag": tag, "Cache-Control": "private, no-cache"}

    def respond(self, request: Request, answer: Answer, media_type: str) -> Response:
        """The answer, or 304 to who has it already."""
        headers = self.headers(request, answer.version, answer.as_of)
        if is_known(request, headers["ETag"]):
            return Response(status_code=304, headers=headers)
        return Response(answer.body, headers=headers, media_type=media_type)


def instant_of(snapshot: Snapshot) -> datetime:
    """The instant that a snapshot describes: aware, in business time."""
    return snapshot.warehouse.as_of.astimezone(snapshot.warehouse.zone)


def stamp(as_of: datetime) -> dict[str, str]:
    """The header that says what instant the data describes."""
    return {"X-Data-As-Of": as_of.isoformat()}


def is_known(request: Request, tag: str) -> bool:
    """Whether If-None-Match names the tag (RFC 9110, 13.1.2: by weak comparison)."""
    wanted = request.headers.get("if-none-match", "")
    named = {each.strip().removeprefix("W/") for each in wanted.split(",")}
    return "*" in named or tag.removeprefix("W/") in named


def _size(answer: Answer) -> int:
    """The room that a body takes; what is not to be kept takes more than there is."""
    is_kept = not isinstance(answer.body, Momentary) and len(answer.body) <= _LARGEST
    return len(answer.body) if is_kept else _MOST_BYTES + 1
