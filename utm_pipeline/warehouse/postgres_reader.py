"""Reading marts from a schema of PostgreSQL: once for a command, or again and again for a server.

The marts are views, which a publish replaces under an advisory lock. A reader holds the same lock,
shared, while it reads, so that all its statements see the marts of one publish. It reads the views
and not the tables behind them, since rights are given on the views alone.
"""

from __future__ import annotations

import dataclasses
import re
import secrets
import threading
from collections import deque
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing, contextmanager
from functools import partial
from typing import TYPE_CHECKING, Any, TypeVar

from utm_pipeline.errors import NoWarehouseError, WarehouseError
from utm_pipeline.settings import Settings
from utm_pipeline.warehouse import postgres
from utm_pipeline.warehouse.model import Execute, Rows, Snapshot, Warehouse, describe
from utm_pipeline.warehouse.postgres_faults import FORBIDDEN, READING_MARTS, explained

if TYPE_CHECKING:
    from utm_pipeline.warehouse.postgres import Connection

T = TypeVar("T")

MOST_CONNECTIONS = 8
"""Of a server. More would cost PostgreSQL more than a short wait costs a client."""
_WAIT_SECONDS = 20.0
_LIMITS = {"statement_timeout": "60s", "lock_timeout": "30s", "default_transaction_read_only": "on"}
# Each publish replaces the views, and so the rule of each: its transaction is the version.
_SERVED = """
select has_schema_privilege(n.oid, 'usage'),
    exists (select from pg_class where relnamespace = n.oid),
    n.oid::text || '-' || coalesce((
        select r.xmin::text from pg_class c join pg_rewrite r on r.ev_class = c.oid
        where c.relnamespace = n.oid and c.relname = 'rpt_refresh'
    ), n.xmin::text)
from pg_namespace n
where n.nspname = %s
"""
_VALUE = re.compile(r"\$([a-z_]+)")


def place_of(settings: Settings) -> str:
    """Where the marts are, without a secret."""
    return f"{postgres.describe(settings.libpq)}, schema {settings.schema}"


def publish_lock(schema: str) -> str:
    """The lock of a publish: an SQL expression of its number, one for each schema."""
    return f"hashtextextended('utm-pipeline publishes {schema}', 0)"


@contextmanager
def open_reader(settings: Settings) -> Iterator[Warehouse]:
    """Opens the served schema for one report or answer; raises as open_warehouse."""
    # Closing the connection ends the transaction, which has written nothing.
    with closing(_connect(settings)) as connection:
        execute, _ = _begin(connection, settings)
        yield describe(execute, place_of(settings), settings)


def _connect(settings: Settings) -> Connection:
    options = {**_LIMITS, "search_path": settings.schema}
    return postgres.open_connection(settings, options=options)


def _begin(connection: Connection, settings: Settings) -> tuple[Execute, str]:
    """Begins a transaction that sees the marts of one publish, and gives that publish's version."""
    place = place_of(settings)
    with explained(place, READING_MARTS):
        lock = publish_lock(settings.schema)
        connection.execute(f"begin; select pg_advisory_xact_lock_shared({lock})".encode())
    return partial(_execute, connection, place), _served_version(connection, settings)


def _served_version(connection: Connection, settings: Settings) -> str:
    place = place_of(settings)
    with explained(place, READING_MARTS):
        row = connection.execute(_SERVED, [settings.schema]).fetchone()
    if row is None or not row[1]:
        raise NoWarehouseError(place, "check UTM_SCHEMA")
    if not row[0]:
        raise WarehouseError(FORBIDDEN.what, place, FORBIDDEN.fix)
    return str(row[2])


def _execute(
    connection: Connection,
    place: str,
    sql: str,
    parameters: Mapping[str, Any],
    *,
    piecewise: bool = False,
) -> Rows:
    statement, values = _numbered(sql, parameters)
    psycopg = postgres.library()
    with explained(place, READING_MARTS):
        if piecewise:
            # Its rows stay on the server until they are fetched. Several may be open at once, and
            # each needs a name of its own.
            cursor = psycopg.RawServerCursor(connection, f"rows_{secrets.token_hex(4)}")
        else:
            cursor = psycopg.RawCursor(connection)
        cursor.execute(statement, values)
    return cursor  # type: ignore[no-any-return]


def _numbered(sql: str, parameters: Mapping[str, Any]) -> tuple[str, list[Any]]:
    """The statement with ``$1``, ``$2`` … for its names. What has no value stands as NULL."""
    names = dict.fromkeys(_VALUE.findall(sql))
    # The server cannot tell the type of a value that is absent everywhere.
    given = {name: parameters[name] for name in names if parameters[name] is not None}
    # Text of no stated type could be taken for two types in two places.
    shown = {
        name: f"${number}::text" if isinstance(value, str) else f"${number}"
        for number, (name, value) in enumerate(given.items(), start=1)
    }
    return _VALUE.sub(lambda match: shown.get(match[1], "null"), sql), list(given.values())


class _Turns:
    """So many at once, and first come, first served: a semaphore lets who is quick go before."""

    def __init__(self, count: int) -> None:
        self._lock = threading.Lock()
        self._free = count
        self._waiting: deque[threading.Event] = deque()

    def take(self, seconds: float) -> bool:
        """Waits for a turn; False where none came in time."""
        turn = threading.Event()
        with self._lock:
            if self._free:
                self._free -= 1
                return True
            self._waiting.append(turn)
        if turn.wait(seconds):
            return True
        with self._lock:
            # One may have come just now.
            if not turn.is_set():
                self._waiting.remove(turn)
            return turn.is_set()

    def give_back(self) -> None:
        """Hands the turn to who has waited longest."""
        with self._lock:
            if self._waiting:
                self._waiting.popleft().set()
            else:
                self._free += 1


class PostgresSnapshots:
    """Snapshots of a schema: a few connections, used by many threads in turn.

    psycopg's own pool connects in the background and tells nobody why it could not. Here, who needs
    a connection makes it, so that a wrong password is one line at once and not a time-out.
    """

    def __init__(self, settings: Settings) -> None:
        """Connects to nothing yet; ConfigError if psycopg is missing."""
        self._settings = settings
        self._psycopg = postgres.library()
        self._turns = _Turns(MOST_CONNECTIONS)
        self._idle: deque[Connection] = deque()
        self._known: Snapshot | None = None

    def version(self) -> str:
        """The version of what is served now."""
        with self._begun(_served_version) as version:
            return version

    @contextmanager
    def open(self) -> Iterator[Snapshot]:
        """The newest snapshot, held by a transaction."""
        with self._begun(_begin) as (execute, version):
            known = self._known
            if known is None or known.version != version:
                # What a publish says of itself need be asked only once.
                described = describe(execute, place_of(self._settings), self._settings)
                known = Snapshot(described, version)
                self._known = known
            yield Snapshot(dataclasses.replace(known.warehouse, execute=execute), version)

    def close(self) -> None:
        """Closes every connection that is not in use."""
        while (idle := self._next_idle()) is not None:
            idle.close()

    @contextmanager
    def _begun(self, begin: Callable[[Connection, Settings], T]) -> Iterator[T]:
        """What was begun on a connection, in its turn."""
        if not self._turns.take(_WAIT_SECONDS):
            place = place_of(self._settings)
            raise WarehouseError("too many questions at once", place, "try again")
        try:
            connection, begun = self._start(begin)
            try:
                yield begun
            finally:
                self._give_back(connection)
        finally:
            self._turns.give_back()

    def _start(self, begin: Callable[[Connection, Settings], T]) -> tuple[Connection, T]:
        """What was begun, on a connection that works: the server may have closed an idle one."""
        while True:
            idle = self._next_idle()
            connection = idle or _connect(self._settings)
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
