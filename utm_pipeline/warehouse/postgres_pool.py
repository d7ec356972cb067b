"""Editions of marts in PostgreSQL: a few connections, used by many threads in turn.

psycopg's own pool connects in the background and tells nobody why it could not. Here, who needs a
connection makes it, so that a wrong password is one line at once and not a time-out.
"""

from __future__ import annotations

import dataclasses
import threading
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeAlias, TypeVar

from utm_pipeline.errors import WarehouseError
from utm_pipeline.settings import Settings
from utm_pipeline.warehouse import Warehouse, describe, postgres, postgres_reader
from utm_pipeline.warehouse.postgres_reader import PostgresReader
from utm_pipeline.warehouse.serving import Edition

if TYPE_CHECKING:
    import psycopg

    Connection: TypeAlias = psycopg.Connection[tuple[Any, ...]]

T = TypeVar("T")

MOST_CONNECTIONS = 8
"""More would cost the server more than a short wait costs a client."""

_WAIT_SECONDS = 20.0


@dataclass(frozen=True)
class _Open:
    """A connection, and what closes it."""

    connection: Connection
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
        self._known: tuple[str, Warehouse | None] = ("", None)

    def version(self) -> str:
        """The version of the schema that is served now."""
        with self._begun(self._served_version) as version:
            return version

    @contextmanager
    def open(self) -> Iterator[Edition]:
        """The newest edition, held by a transaction."""
        with self._begun(self._begin) as (reader, version):
            yield Edition(self._described(reader, version), version)

    def close(self) -> None:
        """Closes every connection that is not in use."""
        while (idle := self._next_idle()) is not None:
            idle.closing.close()

    def _served_version(self, connection: Connection) -> str:
        with postgres_reader.explained(self._place):
            return postgres_reader.served_version(connection, self._settings)

    def _begin(self, connection: Connection) -> tuple[PostgresReader, str]:
        return postgres_reader.begin(connection, self._settings)

    def _described(self, reader: PostgresReader, version: str) -> Warehouse:
        """The warehouse, with what a publish says of itself and need be asked only once."""
        known_version, known = self._known
        if known is None or known_version != version:
            known = describe(reader)
            self._known = version, known
        return dataclasses.replace(known, reader=reader)

    @contextmanager
    def _begun(self, begin: Callable[[Connection], T]) -> Iterator[T]:
        """What was begun on a connection, in its turn."""
        if not self._turns.take(_WAIT_SECONDS):
            raise WarehouseError("too many questions at once", self._place, "try again")
        try:
            taken, begun = self._working(begin)
            try:
                yield begun
            finally:
                self._give_back(taken)
        finally:
            self._turns.give_back()

    def _working(self, begin: Callable[[Connection], T]) -> tuple[_Open, T]:
        """What was begun, on a connection that works: the server may have closed an idle one."""
        while (idle := self._next_idle()) is not None:
            try:
                return idle, begin(idle.connection)
            except WarehouseError:
                if not idle.connection.closed:
                    self._give_back(idle)
                    raise
                idle.closing.close()
        closing = ExitStack()
        options = postgres_reader.session_options(self._settings)
        connection = closing.enter_context(postgres.connect(self._settings, options=options))
        made = _Open(connection, closing)
        try:
            return made, begin(connection)
        except BaseException:
            self._give_back(made)
            raise

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
