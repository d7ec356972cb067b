"""Snapshots of marts in PostgreSQL: a few connections, used by many threads in turn.

psycopg's own pool connects in the background and tells nobody why it could not. Here, who needs a
connection makes it, so that a wrong password is one line at once and not a time-out.
"""

from __future__ import annotations

import dataclasses
import threading
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, TypeVar

from utm_pipeline.errors import WarehouseError
from utm_pipeline.settings import Settings
from utm_pipeline.warehouse import postgres, postgres_reader
from utm_pipeline.warehouse.model import Snapshot, Warehouse, describe

if TYPE_CHECKING:
    from utm_pipeline.warehouse.postgres import Connection

T = TypeVar("T")

MOST_CONNECTIONS = 8
"""More would cost the server more than a short wait costs a client."""

_WAIT_SECONDS = 20.0


class _Turns:
    """So many at once, and first come, first served: a semaphore lets who is quick go before."""

    def __init__(self, count: int) -> None:
        self._lock = threading.Lock()
        self._free = count
        self._waiting: deque[threading.Event] = deque()

    def take(self, seconds: float) -> bool:
        """Waits for a turn; False where none came in time."""
        with self._lock:
            if self._free:
                self._free -= 1
                return True
            turn = threading.Event()
            self._waiting.append(turn)
        if turn.wait(seconds):
            return True
        with self._lock:
            if turn.is_set():
                return True
            self._waiting.remove(turn)
            return False

    def give_back(self) -> None:
        """Hands the turn to who has waited longest."""
        with self._lock:
            if self._waiting:
                self._waiting.popleft().set()
            else:
                self._free += 1


class PostgresSnapshots:
    """Snapshots of a schema, whose views a publish replaces under an advisory lock."""

    def __init__(self, settings: Settings) -> None:
        """Connects to nothing yet.

        Raises:
            ConfigError: psycopg is missing.
        """
        self._settings = settings
        self._psycopg = postgres.library()
        self._turns = _Turns(MOST_CONNECTIONS)
        self._idle: deque[Connection] = deque()
        self._known: tuple[str, Warehouse | None] = ("", None)

    def version(self) -> str:
        """The version of what is served now."""
        with self._begun(postgres_reader.served_version) as version:
            return version

    @contextmanager
    def open(self) -> Iterator[Snapshot]:
        """The newest snapshot, held by a transaction."""
        with self._begun(postgres_reader.begin) as (reader, version):
            known_version, known = self._known
            if known is None or known_version != version:
                # What a publish says of itself need be asked only once.
                known = describe(reader)
                self._known = version, known
            yield Snapshot(dataclasses.replace(known, reader=reader), version)

    def close(self) -> None:
        """Closes every connection that is not in use."""
        while (idle := self._next_idle()) is not None:
            idle.close()

    @contextmanager
    def _begun(self, begin: Callable[[Connection, Settings], T]) -> Iterator[T]:
        """What was begun on a connection, in its turn."""
        if not self._turns.take(_WAIT_SECONDS):
            place = postgres_reader.place_of(self._settings)
            raise WarehouseError("too many questions at once", place, "try again")
        try:
            connection, begun = self._begin(begin)
            try:
                yield begun
            finally:
                self._give_back(connection)
        finally:
            self._turns.give_back()

    def _begin(self, begin: Callable[[Connection, Settings], T]) -> tuple[Connection, T]:
        """What was begun, on a connection that works: the server may have closed an idle one."""
        while True:
            idle = self._next_idle()
            connection = idle or postgres_reader.connect(self._settings)
            try:
                return connection, begin(connection, self._settings)
            except BaseException as error:
                was_cut = isinstance(error, WarehouseError) and connection.closed
                self._give_back(connection)
                if idle is None or not was_cut:
                    raise

    def _next_idle(self) -> Connection | None:
        try:
            return self._idle.pop()
        except IndexError:
            return None

    def _give_back(self, connection: Connection) -> None:
        """Ends the transaction, which has written nothing, and keeps the connection."""
        try:
            connection.rollback()
        except self._psycopg.Error:
            connection.close()
        else:
            self._idle.append(connection)
