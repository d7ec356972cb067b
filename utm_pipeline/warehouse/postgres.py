"""Connections to PostgreSQL, and what may go wrong with them."""

from __future__ import annotations

import importlib
import re
from collections.abc import Mapping
from contextlib import AbstractContextManager, closing
from typing import TYPE_CHECKING, Any, TypeAlias

from utm_pipeline.errors import ConfigError, InputError, PipelineError, WarehouseError
from utm_pipeline.settings import Settings

if TYPE_CHECKING:
    import psycopg

    Connection: TypeAlias = psycopg.Connection[tuple[Any, ...]]

OLDEST_SERVER = 15

_SESSION = {
    "timezone": "UTC",
    "client_encoding": "UTF8",
    "jit": "off",
    "client_min_messages": "warning",
    # A role or a database may have another default. A reader who waited for a publish would then
    # see the new tables as of an instant before they were filled: empty.
    "default_transaction_isolation": r"read\ committed",
}
# Of libpq's variables.
_KEYWORDS = {"PGDATABASE": "dbname"} | {
    f"PG{word.upper()}": word
    for word in (
        *("host", "hostaddr", "port", "user", "password", "service", "passfile"),
        *("sslmode", "sslrootcert", "sslcert", "sslkey"),
    )
}


def library(wanted_by: str = "UTM_TARGET=postgres") -> Any:
    """The module psycopg; ConfigError if it is not installed."""
    try:
        return importlib.import_module("psycopg")
    except ImportError as error:
        raise ConfigError(
            "the library for PostgreSQL is not installed",
            wanted_by,
            "run `pip install 'utm-pipeline[postgres]'`",
        ) from error


def connect(
    settings: Settings, name: str = "utm-pipeline", options: Mapping[str, str] | None = None
) -> AbstractContextManager[Connection]:
    """What :func:`open_connection` gives, for the block."""
    # Not `with connection`, which would commit at the end, and fail if the connection was cut after
    # all its work was done.
    return closing(open_connection(settings, name, options))


def open_connection(
    settings: Settings, name: str = "utm-pipeline", options: Mapping[str, str] | None = None
) -> Connection:
    """A connection to the warehouse by libpq's variables, in autocommit mode.

    ``options`` are settings of the session.

    Raises:
        ConfigError: psycopg is missing.
        WarehouseError: the server cannot be reached, refuses, or is too old.
    """
    psycopg = library()
    place = describe(settings.libpq)
    given = {_KEYWORDS[key]: value for key, value in settings.libpq.items() if key in _KEYWORDS}
    session = {**_SESSION, **(options or {})}
    try:
        connection: Connection = psycopg.connect(
            **given,
            options=" ".join(f"-c {key}={value}" for key, value in session.items()),
            application_name=name,
            connect_timeout=10,
            autocommit=True,
        )
    except psycopg.Error as error:
        raise unreachable(error, place) from error
    version = connection.info.server_version // 10_000
    if version < OLDEST_SERVER:
        connection.close()
        fix = f"use PostgreSQL {OLDEST_SERVER} or later"
        raise WarehouseError(f"PostgreSQL {version} is too old", place, fix)
    return connection


_HAS_RULES = "select 1 from pg_class where relrowsecurity limit 1"


def hides_rows(connection: psycopg.Connection[Any], relation: str) -> bool:
    """Whether row-level security hides rows of a table, or of what a view reads, from the role.

    ``relation`` is quoted. The server is asked to refuse, for that reaches whatever is read.
    """
    errors = library().errors
    # No table is waited for, which a migration may have locked, where none has such rules.
    if not connection.execute(_HAS_RULES).fetchone():
        return False

    def may(row_security: str) -> bool:
        try:
            # Nothing of it stays: no setting, and no lock that a migration would wait for.
            with connection.transaction(force_rollback=True):
                connection.execute("select set_config('row_security', %s, true)", [row_security])
                connection.execute(f"select from {relation} limit 0".encode())
        except errors.InsufficientPrivilege:
            return False
        return True

    return not may("off") and may("on")


def hidden_rows(table: str, place: str) -> InputError:
    """The error of a table whose rows row-level security hides from the role."""
    return InputError(
        f"row-level security hides rows of the table {table} from the role",
        place,
        "read as a role with BYPASSRLS, or as the owner of the table",
    )


def describe(libpq: Mapping[str, Any]) -> str:
    """Where a connection goes to, without a secret; of libpq's variables or its keywords."""
    known = {_KEYWORDS.get(name, name): value for name, value in libpq.items() if value}
    host = known.get("host") or known.get("hostaddr") or "the local server"
    port = f":{known['port']}" if "port" in known else ""
    return f"PostgreSQL at {host}{port}, database {known.get('dbname', 'by default')}"


_PLACES = {
    "login": "PGUSER and PGPASSWORD",
    "access": "PGUSER and PGSSLMODE",
    "database": "PGDATABASE",
    "server": "PGHOST and PGPORT",
}
"""Where a fix says that the parts of a connection are set."""


def unreachable(
    error: Exception,
    place: str,
    kind: type[PipelineError] = WarehouseError,
    places: Mapping[str, str] = _PLACES,
) -> PipelineError:
    """The error of a connection that was not made."""
    # The library often gives the server's words alone, and no state.
    said = f"{getattr(error, 'sqlstate', None)} {error}"
    for signs, what, fix in _REFUSALS:
        if re.search(signs, said):
            return kind(what, place, fix.format_map(places))
    return kind(
        "PostgreSQL cannot be reached",
        place,
        f"check {places['server']}, and that the server runs",
    )


# A state or words of the server, what that means, and what to do.
_REFUSALS = (
    (
        "^28P01|authentication failed|password",
        "PostgreSQL refuses the user or the password",
        "check {login}",
    ),
    (
        r"^28000|no pg_hba\.conf entry|pg_hba\.conf rejects|is not permitted to log in",
        "PostgreSQL lets this user not in from here",
        "check {access}, and let the server's pg_hba.conf allow the connection",
    ),
    (
        "^42501|permission denied for database",
        "the role may not connect to the database",
        "let the database's owner grant it connect on the database",
    ),
    (
        "^3D000|does not exist",
        "PostgreSQL has no such database or user",
        "check PGDATABASE and PGUSER",
    ),
    (
        "^53300|too many clients|too many connections|remaining connection slots",
        "PostgreSQL has no free connection",
        "try again, or raise max_connections",
    ),
    (
        "^57P03|is starting up|is shutting down|in recovery mode",
        "PostgreSQL is starting or stopping",
        "try again in a moment",
    ),
)
