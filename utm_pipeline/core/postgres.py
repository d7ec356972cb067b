"""Connections to PostgreSQL, and what may go wrong with them."""

from __future__ import annotations

import importlib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from utm_pipeline.core.settings import Settings
from utm_pipeline.errors import ConfigError, WarehouseError

if TYPE_CHECKING:
    import psycopg

CONNECT_SECONDS = 10
READER = "utm-pipeline"
BUILDER = "utm-pipeline-build"


def library() -> Any:
    """The module psycopg.

    Raises:
        ConfigError: it is not installed.
    """
    try:
        return importlib.import_module("psycopg")
    except ImportError as error:
        raise ConfigError(
            "the library for PostgreSQL is not installed",
            "UTM_TARGET=postgres",
            "run `pip install 'utm-pipeline[postgres]'`",
        ) from error


@contextmanager
def connect(
    settings: Settings, name: str = READER, options: Mapping[str, str] | None = None
) -> Iterator[psycopg.Connection[tuple[Any, ...]]]:
    """A connection to the warehouse by libpq's variables, in autocommit mode.

    ``options`` are settings of the session.

    Raises:
        ConfigError: psycopg is missing.
        WarehouseError: the server cannot be reached, or refuses.
    """
    psycopg = library()
    words = " ".join(f"-c {key}={value}" for key, value in {**_SESSION, **(options or {})}.items())
    try:
        connection = psycopg.connect(
            **parameters(settings.libpq),
            options=words,
            application_name=name,
            connect_timeout=CONNECT_SECONDS,
            autocommit=True,
        )
    except psycopg.Error as error:
        raise unreachable(error, describe(settings.libpq)) from error
    with connection:
        yield connection


_SESSION = {"timezone": "UTC", "jit": "off", "client_min_messages": "warning"}

_KEYWORDS = {
    "PGHOST": "host",
    "PGHOSTADDR": "hostaddr",
    "PGPORT": "port",
    "PGUSER": "user",
    "PGPASSWORD": "password",
    "PGDATABASE": "dbname",
    "PGSERVICE": "service",
    "PGSSLMODE": "sslmode",
    "PGSSLROOTCERT": "sslrootcert",
    "PGSSLCERT": "sslcert",
    "PGSSLKEY": "sslkey",
    "PGPASSFILE": "passfile",
}


def parameters(libpq: Mapping[str, str]) -> dict[str, str]:
    """The variables of libpq, of the environment or ``.env``, as keywords of a connection."""
    return {_KEYWORDS[name]: value for name, value in libpq.items() if name in _KEYWORDS}


def describe(libpq: Mapping[str, str]) -> str:
    """Where a connection goes to, without a secret."""
    host = libpq.get("PGHOST", "the local server")
    port = f":{libpq['PGPORT']}" if "PGPORT" in libpq else ""
    return f"PostgreSQL at {host}{port}, database {libpq.get('PGDATABASE', 'by default')}"


def unreachable(error: Exception, place: str) -> WarehouseError:
    """The error of a connection that was not made."""
    state = getattr(error, "sqlstate", None)
    text = str(error)
    if state in {"28P01", "28000"} or "authentication failed" in text or "password" in text:
        return WarehouseError(
            "PostgreSQL refuses the user or the password", place, "check PGUSER and PGPASSWORD"
        )
    if state == "3D000" or "does not exist" in text:
        return WarehouseError(
            "PostgreSQL has no such database or user", place, "check PGDATABASE and PGUSER"
        )
    if state == "53300" or "too many clients" in text:
        return WarehouseError(
            "PostgreSQL has no free connection", place, "try again, or raise max_connections"
        )
    return WarehouseError(
        f"PostgreSQL cannot be reached ({type(error).__name__})",
        place,
        "check PGHOST and PGPORT, and that the server runs",
    )
