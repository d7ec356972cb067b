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
            # If a publish came between, the body is right, but not what was asked for.
            return answer_of(snapshot, body if snapshot.version == version else Momentary(body))

    def stamp(self) -> dict[str, str]:
        """The stamp of the newest snapshot, for answers that hold none of its data."""
        try:
            with self.snapshots.open() as snapshot:
                return stamp(answer_of(snapshot))
        except WarehouseError:
            # That there is none is what the answer itself says, or does not depend on.
            return {}

    def respond(
        self,
        request: Request,
        answer: Answer,
        media_type: str,
        make: Callable[..., Response] = Response,
    ) -> Response:
        """The answer, right until the next publish, or 304 to who has it already.

        ``make`` makes the response of the body, the headers and the type.
        """
        asked = f"{request.url.path}?{request.url.query}"
        words = repr((__version__, self.settings.lang, answer.version, asked))
        tag = f'"{hashlib.sha256(words.encode()).hexdigest()[:24]}"'
        # Weak, since a compressed answer has it too.
        headers = {**stamp(answer), "ETag": f"W/{tag}", "Cache-Control": "private, no-cache"}
        wanted = request.headers.get("if-none-match", "").split(",")
        # By weak comparison (RFC 9110, 13.1.2).
        if {"*", tag} & {each.strip().removeprefix("W/") for each in wanted}:
            return Response(status_code=304, headers=headers)
        return make(answer.body, headers=headers, media_type=media_type)


def answer_of(snapshot: Snapshot, body: bytes = b"") -> Answer:
    """An answer that was made of a snapshot."""
    zone = snapshot.warehouse.zone
    return Answer(body, snapshot.version, snapshot.warehouse.as_of.astimezone(zone))


def stamp(answer: Answer) -> dict[str, str]:
    """The header that says what instant the data describes."""
    return {"X-Data-As-Of": answer.as_of.isoformat()}


def _size(answer: Answer) -> int:
    """The room that a body takes; what is not to be kept takes more than there is."""
    is_kept = not isinstance(answer.body, Momentary) and len(answer.body) <= _LARGEST
    return len(answer.body) if is_kept else _MOST_BYTES + 1
