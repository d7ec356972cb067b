"""Reading marts from a schema of PostgreSQL.

A publish swaps schemas under an advisory lock. A reader holds the same lock, shared, while it
reads, so that all its statements see the marts of one publish.
"""

from __future__ import annotations

import re
import secrets
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from utm_pipeline.errors import NoWarehouseError, WarehouseError
from utm_pipeline.settings import Settings
from utm_pipeline.warehouse import Rows, incomplete, postgres

if TYPE_CHECKING:
    import psycopg

_LIMITS = {"statement_timeout": "60s", "lock_timeout": "30s", "default_transaction_read_only": "on"}
_VALUE = re.compile(r"\$([a-z_]+)")


def publish_lock(schema: str) -> str:
    """The lock of a publish: an SQL expression of its number, one for each schema."""
    return f"hashtextextended('utm-pipeline publishes {schema}', 0)"


@dataclass(frozen=True)
class PostgresReader:
    """An open transaction over the served schema."""

    connection: psycopg.Connection[tuple[Any, ...]]
    place: str

    def execute(self, sql: str, parameters: Mapping[str, Any], *, piecewise: bool = False) -> Rows:
        """A cursor of its own over the rows of one statement.

        ``piecewise`` leaves the rows on the server until they are fetched.

        Raises:
            WarehouseError: the marts are not those of this version, or the role may not read them.
        """
        statement, values = _numbered(sql, parameters)
        with explained(self.place):
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
    """Opens the served schema for one report or answer.

    Raises:
        NoWarehouseError: there is no such schema.
        WarehouseError: the server cannot be reached, or the role may not read.
    """
    with postgres.connect(settings, options=session_options(settings)) as connection:
        # Closing the connection ends the transaction, which has written nothing.
        yield begin(connection, settings)[0]


def session_options(settings: Settings) -> dict[str, str]:
    """What a session that reads the marts is set to."""
    return {**_LIMITS, "search_path": settings.schema}


def begin(
    connection: psycopg.Connection[tuple[Any, ...]], settings: Settings
) -> tuple[PostgresReader, str]:
    """Begins a transaction that sees the marts of one publish, and gives that publish's version.

    Raises:
        NoWarehouseError: there is no such schema.
        WarehouseError: the role may not read it, or a publish holds it for too long.
    """
    place = place_of(settings)
    with explained(place):
        lock = publish_lock(settings.schema)
        connection.execute(f"begin; select pg_advisory_xact_lock_shared({lock})".encode())
        version = served_version(connection, settings)
    return PostgresReader(connection, place), version


def place_of(settings: Settings) -> str:
    """Where the marts are, without a secret."""
    return f"{postgres.describe(settings.libpq)}, schema {settings.schema}"


@contextmanager
def explained(place: str) -> Iterator[None]:
    """Turns the library's errors into ones that say what to do.

    Raises:
        WarehouseError: one came.
    """
    psycopg = postgres.library()
    errors = psycopg.errors
    try:
        yield
    except errors.InsufficientPrivilege as error:
        raise _forbidden(place) from error
    except (errors.UndefinedTable, errors.UndefinedColumn, errors.UndefinedFunction) as error:
        raise incomplete(place, str(error.diag.message_primary)) from error
    except errors.QueryCanceled as error:
        raise WarehouseError(
            "the query took longer than a minute", place, "ask for a shorter period"
        ) from error
    except errors.LockNotAvailable as error:
        raise WarehouseError(
            "a publish holds the marts for longer than it should", place, "try again"
        ) from error
    except errors.InFailedSqlTransaction as error:
        raise WarehouseError(
            "an earlier question of the same answer failed", place, "try again"
        ) from error
    except psycopg.OperationalError as error:
        raise WarehouseError(
            f"PostgreSQL broke off the query ({type(error).__name__})", place, "try again"
        ) from error


def served_version(connection: psycopg.Connection[tuple[Any, ...]], settings: Settings) -> str:
    """The version of what is served: each publish makes a schema anew and renames it.

    Raises:
        NoWarehouseError: there is no such schema, or nothing in it.
        WarehouseError: the role may not read it.
    """
    row = connection.execute(
        "select has_schema_privilege(oid, 'usage'), "
        "exists (select from pg_class where relnamespace = pg_namespace.oid), "
        "oid::text || '-' || xmin::text "
        "from pg_namespace where nspname = %s",
        [settings.schema],
    ).fetchone()
    if row is None or not row[1]:
        raise NoWarehouseError(
            "there is no warehouse yet",
            place_of(settings),
            "run `utm-pipeline refresh`, or check UTM_SCHEMA",
        )
    if not row[0]:
        raise _forbidden(place_of(settings))
    return str(row[2])


def _forbidden(place: str) -> WarehouseError:
    return WarehouseError(
        "the role may not read the marts",
        place,
        "let the marts' owner grant it usage on the schema and select on all its tables",
    )


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
