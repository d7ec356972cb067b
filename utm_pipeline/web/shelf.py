"""Answers that are kept for as long as the edition they were made of is the newest.

Marts change with a publish and not between two, so what was made once is given again, to everybody.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Hashable
from concurrent.futures import Future
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple

from cachetools import LRUCache

from utm_pipeline.warehouse.snapshots import Snapshot, Snapshots

_MOST_BYTES = 64 * 2**20
_LARGEST = 2**20
"""A larger body is asked for seldom, and would push out hundreds of others."""


@dataclass(frozen=True)
class Kept:
    """A body, and the edition that it was made of."""

    body: bytes
    version: str
    as_of: datetime
    """Aware, in business time."""


class Momentary(NamedTuple):
    """A body that may be another one when it is asked for again, and so is not kept."""

    body: bytes


Made = bytes | Momentary


class Shelf:
    """Bodies by what was asked. Safe to be used by many threads."""

    def __init__(self, editions: Snapshots) -> None:
        self.editions = editions
        self._lock = threading.Lock()
        self._version = ""
        self._kept: LRUCache[Hashable, Kept] = LRUCache(_MOST_BYTES, getsizeof=_size)
        self._being_made: dict[Hashable, Future[Kept]] = {}

    def get(self, asked: Hashable, make: Callable[[Snapshot], Made]) -> Kept:
        """The body that was kept, else the one that ``make`` gives for the newest edition.

        Where several ask for the same at once, it is made once.

        Raises:
            NoWarehouseError, WarehouseError: there is no edition.
            Any error of ``make``; then nothing is kept.
        """
        version = self.editions.version()
        key = (version, asked)
        with self._lock:
            if version != self._version:
                # What was made of an older edition is not asked for again.
                self._kept.clear()
                self._version = version
            if (kept := self._kept.get(key)) is not None:
                return kept
            if (other := self._being_made.get(key)) is None:
                mine: Future[Kept] = Future()
                self._being_made[key] = mine
        if other is not None:
            return other.result()
        try:
            made, lasts = self._make(make)
        except BaseException as error:
            with self._lock:
                del self._being_made[key]
            mine.set_exception(error)
            raise
        with self._lock:
            del self._being_made[key]
            if lasts and len(made.body) <= _LARGEST and made.version == self._version:
                self._kept[made.version, asked] = made
        mine.set_result(made)
        return made

    def fresh(self, make: Callable[[Snapshot], Made]) -> Kept:
        """What ``make`` gives for the newest edition, not kept.

        Raises:
            As :meth:`get`.
        """
        return self._make(make)[0]

    def _make(self, make: Callable[[Snapshot], Made]) -> tuple[Kept, bool]:
        with self.editions.open() as edition:
            warehouse = edition.warehouse
            as_of = warehouse.as_of.astimezone(warehouse.zone)
            made = make(edition)
            body = made.body if isinstance(made, Momentary) else made
            return Kept(body, edition.version, as_of), not isinstance(made, Momentary)


def _size(kept: Any) -> int:
    return len(kept.body)
