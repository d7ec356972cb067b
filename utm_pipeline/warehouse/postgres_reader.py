"""Reading marts from a schema of PostgreSQL.

The marts are views, which a publish replaces under an advisory lock. A reader holds the same lock,
shared, while it reads, so that all its statements see the marts of one publish. It reads the views
and not the tables behind them, since rights are given on the views alone.
"""

from __future__ import annotations

import re
import secrets
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from utm_pipeline.errors import NoWarehouseError, WarehouseError
from utm_pipeline.settings import Settings
from utm_pipeline.warehouse import postgres
from utm_pipeline.warehouse.model import Rows
from utm_pipeline.warehouse.postgres_faults import FORBIDDEN, READING_MARTS, explained

if TYPE_CHECKING:
    from utm_pipeline.warehouse.postgres import Connection

_LIMITS = {"statement_timeout": "60s", "lock_timeout": "30s", "default_transaction_read_only": "on"}
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


def publish_lock(schema: str) -> str:
    """The lock of a publish: an SQL expression of its number, one for each schema."""
    return f"hashtextextended('utm-pipeline publishes {schema}', 0)"


@dataclass(frozen=True)
class PostgresReader:
    """An open transaction over the served schema."""

    connection: Connection
    place: str

    def execute(self, sql: str, parameters: Mapping[str, Any], *, piecewise: bool = False) -> Rows:
        """As Warehouse.execute; ``piecewise`` leaves rows on the server until they are fetched."""
        statement, values = _numbered(sql, parameters)
        with explained(self.place, READING_MARTS):
            psycopg = postgres.library()
            if piecewise:
                # Several may be open at once, and each needs a name of its own.
                cursor = psycopg.RawServerCursor(self.connection, f"rows_{secrets.token_hex(4)}")
            else:
                cursor = psycopg.RawCursor(self.connection)
            cursor.execute(statement, values)
        return cursor  # type: ignore[no-any-return]


@contextmanager
def open_reader(settings: Settings) -> Iterator[PostgresReader]:
    """Opens the served schema for one report or answer; raises as open_warehouse."""
    # Closing the connection ends the transaction, which has written nothing.
    with closing(connect(settings)) as connection:
        yield begin(connection, settings)[0]


def connect(settings: Settings) -> Connection:
    """A connection for reading the marts."""
    options = {**_LIMITS, "search_path": settings.schema}
    return postgres.open_connection(settings, options=options)


def begin(connection: Connection, settings: Settings) -> tuple[PostgresReader, str]:
    """Begins a transaction that sees the marts of one publish, and gives that publish's version.

    Raises:
        NoWarehouseError: there is no such schema.
        WarehouseError: the role may not read it, or a publish holds it for too long.
    """
    place = place_of(settings)
    with explained(place, READING_MARTS):
        lock = publish_lock(settings.schema)
        connection.execute(f"begin; select pg_advisory_xact_lock_shared({lock})".encode())
    return PostgresReader(connection, place), served_version(connection, settings)


def place_of(settings: Settings) -> str:
    """Where the marts are, without a secret."""
    return f"{postgres.describe(settings.libpq)}, schema {settings.schema}"


def served_version(connection: Connection, settings: Settings) -> str:
    """The version of what is served: each publish replaces the views, and so the rule of each.

    Raises:
        NoWarehouseError: there is no such schema, or nothing in it.
        WarehouseError: the role may not read it.
    """
    place = place_of(settings)
    with explained(place, READING_MARTS):
        row = connection.execute(_SERVED, [settings.schema]).fetchone()
    if row is None or not row[1]:
        raise NoWarehouseError(place, "check UTM_SCHEMA")
    if not row[0]:
        raise WarehouseError(FORBIDDEN.what, place, FORBIDDEN.fix)
    return str(row[2])


def _numbered(sql: str, parameters: Mapping[str, Any]) -> tuple[str, list[Any]]:
    """The statement with ``$1``, ``$2`` … for its names. What has no value stands as NULL."""
    values: list[Any] = []
    numbers: dict[str, str] = {}

    def number(match: re.Match[str]) -> str:
        name = match[1]
        if parameters[name] is None:
            # The server cannot tell the type of a value that is absent everywhere.
            return "null"
        if name not in numbers:
            values.append(parameters[name])
            # Text of no stated type could be taken for two types in two places.
            kind = "::text" if isinstance(parameters[name], str) else ""
            numbers[name] = f"${len(values)}{kind}"
        return numbers[name]

    return _VALUE.sub(number, sql), values
