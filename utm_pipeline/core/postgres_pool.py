"""Editions of marts in PostgreSQL: a few connections, used by many threads in turn.

psycopg's own pool connects in the background and tells nobody why it could not. Here, who needs a
connection makes it, so that a wrong password is one line at once and not a time-out.
"""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from utm_pipeline.core import postgres, postgres_reader
from utm_pipeline.core.serving import Edition
from utm_pipeline.core.settings import Settings
from utm_pipeline.core.warehouse import describe
from utm_pipeline.errors import WarehouseError

if TYPE_CHECKING:
    import psycopg

MOST_CONNECTIONS = 8
"""More would cost the server more than a short wait costs a client."""

_WAIT_SECONDS = 20.0


@dataclass(frozen=True)
class _Open:
    """A connection, and what closes it."""

    connection: psycopg.Connection[tuple[Any, ...]]
    closing: ExitStack


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


class PostgresEditions:
    """Editions of a schema, which a publish swaps for another under an advisory lock."""

    def __init__(self, settings: Settings) -> None:
        """Connects to nothing yet.

        Raises:
            ConfigError: psycopg is missing.
        """
        self._settings = settings
        self._psycopg = postgres.library()
        self._turns = _Turns(MOST_CONNECTIONS)
        self._idle: deque[_Open] = deque()
        self._place = postgres_reader.place_of(settings)

    def version(self) -> str:
        """The version of the schema that is served now."""
        with self._connection() as connection, postgres_reader.explained(self._place):
            return postgres_reader.served_version(connection, self._settings)

    @contextmanager
    def open(self) -> Iterator[Edition]:
        """The newest edition, held by a transaction."""
        with self._connection() as connection:
            reader, version = postgres_reader.begin(connection, self._settings)
            yield Edition(describe(reader), version)

    def close(self) -> None:
        """Closes every connection that is not in use."""
        while (idle := self._next_idle()) is not None:
            idle.closing.close()

    @contextmanager
    def _connection(self) -> Iterator[psycopg.Connection[tuple[Any, ...]]]:
        if not self._turns.take(_WAIT_SECONDS):
            raise WarehouseError("too many questions at once", self._place, "try again")
        try:
            taken = self._taken()
            try:
                yield taken.connection
            finally:
                self._give_back(taken)
        finally:
            self._turns.give_back()

    def _taken(self) -> _Open:
        """A connection that works: the server may have closed one that was idle."""
        while (idle := self._next_idle()) is not None:
            try:
                idle.connection.execute("")
            except self._psycopg.Error:
                idle.closing.close()
            else:
                return idle
        closing = ExitStack()
        options = postgres_reader.session_options(self._settings)
        connection = closing.enter_context(postgres.connect(self._settings, options=options))
        return _Open(connection, closing)

    def _next_idle(self) -> _Open | None:
        try:
            return self._idle.pop()
        except IndexError:
            return None

    def _give_back(self, taken: _Open) -> None:
        """Ends the transaction, which has written nothing, and keeps the connection."""
        try:
            taken.connection.rollback()
        except self._psycopg.Error:
            taken.closing.close()
        else:
            self._idle.append(taken)
