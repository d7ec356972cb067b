"""The connection to the shop's database: one read-only snapshot that hurts nobody."""

from __future__ import annotations

import select
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime
from typing import TYPE_CHECKING, Any

from utm_pipeline.errors import ConfigError, ExtractError, InputError
from utm_pipeline.settings import Settings
from utm_pipeline.warehouse import postgres

if TYPE_CHECKING:
    from psycopg import Connection

_NAME = "utm-pipeline extract"

# A lost network is noticed within two minutes, where the DSN says nothing else.
_KEEPALIVE = {
    "connect_timeout": "10",
    "keepalives_idle": "30",
    "keepalives_interval": "15",
    "keepalives_count": "5",
}

# For the transaction alone, so that a pool which lends connections out gets them back as they were.
# How values are written must not depend on what the server or the role prefers.
_SESSION = {
    # Waiting behind a migration would make the shop's own queries wait behind this.
    "lock_timeout": "5s",
    # An old snapshot keeps vacuum from its work.
    "statement_timeout": "1h",
    "idle_in_transaction_session_timeout": "5min",
    "max_parallel_workers_per_gather": "0",
    "jit": "off",
    "search_path": "pg_catalog",
    "client_encoding": "UTF8",
    "datestyle": "ISO, YMD",
    "intervalstyle": "postgres",
    "timezone": "UTC",
    "bytea_output": "hex",
    "extra_float_digits": "1",
    "xmloption": "content",
    "client_min_messages": "error",
}

_WAIT_SECONDS = 1.0
LINES = 1_000
"""Lines that are handed on at a time, at most."""
_REFUSED = {"28P01": "the user or the password", "28000": "the user"}


Lines = list[memoryview | bytes]


class Shop:
    """An open snapshot of the shop's database; made by :func:`open_shop`."""

    def __init__(self, connection: Connection[tuple[Any, ...]], place: str) -> None:
        self._connection = connection
        self.place = place
        """Where it is, without a secret."""
        self.snapshot: datetime
        self.server_encoding: str
        self.server: str
        ((self.snapshot, self.server_encoding, self.server),) = self.rows(
            "select now(), current_setting('server_encoding'), case when has_function_privilege("
            "'pg_control_system()', 'execute') then (select system_identifier::text from "
            "pg_control_system()) else '' end || '/' || (select oid from pg_database where "
            "datname = current_database())"
        )

    def rows(self, statement: str, parameters: dict[str, Any] | None = None) -> list[Any]:
        """The answer of one of this program's own statements.

        Raises:
            InputError: the connection was lost, or the server refuses.
        """
        import psycopg

        try:
            return self._connection.execute(statement.encode(), parameters).fetchall()
        except psycopg.Error as error:
            raise _failed(error.sqlstate, self.place, "the list of tables") from error

    def copy(self, query: str, table: str) -> Iterator[Lines]:
        """The rows of a query as lines of CSV, some at a time, in a list that is used again.

        Libpq's own functions are called here. ``Cursor.copy`` does the same and takes half as long
        again for each row. Of what is done once a row, this loop is all.

        Raises:
            InputError: the connection was lost, or the server refuses or gave up.
        """
        import psycopg
        from psycopg import pq

        libpq = self._connection.pgconn
        try:
            if self.server_encoding == "SQL_ASCII":
                # Such a database holds any bytes, and would refuse to send them as UTF-8.
                self._connection.execute("set local client_encoding = 'SQL_ASCII'")
            libpq.send_query(f"copy ({query}) to stdout (format csv)".encode())
            while libpq.flush():
                select.select([], [libpq.socket], [], _WAIT_SECONDS)
            self._check(self._result(), pq.ExecStatus.COPY_OUT, table)
            take = libpq.get_copy_data
            lines: Lines = []
            add = lines.append
            while (taken := take(1))[0] >= 0:
                if taken[0]:
                    add(taken[1])
                    if len(lines) >= LINES:
                        yield lines
                        lines.clear()
                else:
                    self._wait()
            yield lines
            self._check(self._result(), pq.ExecStatus.COMMAND_OK, table)
            while libpq.get_result() is not None:
                pass
        except psycopg.Error as error:
            raise _failed(error.sqlstate, self.place, f"the table {table}") from error

    def _wait(self) -> None:
        libpq = self._connection.pgconn
        # Waits in short turns, so that an interrupt is heard.
        while not select.select([libpq.socket], [], [], _WAIT_SECONDS)[0]:
            pass
        libpq.consume_input()

    def _result(self) -> Any:
        libpq = self._connection.pgconn
        while libpq.is_busy():
            self._wait()
        return libpq.get_result()

    def _check(self, result: Any, wanted: int, table: str) -> None:
        from psycopg import pq

        if result is not None and result.status == wanted:
            return
        state = None if result is None else result.error_field(pq.DiagnosticField.SQLSTATE)
        raise _failed(state.decode() if state else None, self.place, f"the table {table}")


@contextmanager
def open_shop(settings: Settings) -> Iterator[Shop]:
    """One snapshot of the shop's database for the block, which cannot write.

    Raises:
        ConfigError: UTM_SHOP_DSN is missing or no DSN, or psycopg is not installed.
        InputError: the server cannot be reached, refuses, or is lost.
    """
    if settings.shop_dsn is None:
        raise ConfigError(
            "the shop's database is not named",
            "UTM_SHOP_DSN",
            "set UTM_SHOP_DSN, such as postgresql://reader:PASSWORD@db.example.com/shop",
        )
    psycopg = postgres.library("UTM_SHOP_DSN")
    given = _keywords(settings.shop_dsn)
    place = describe(given)
    try:
        connection = psycopg.connect(**{**_KEEPALIVE, **given, "application_name": _NAME})
    except psycopg.Error as error:
        raise _unreachable(error, place) from None
    try:
        connection.isolation_level = psycopg.IsolationLevel.REPEATABLE_READ
        connection.read_only = True
        # A pool would lend the prepared statement to others.
        connection.prepare_threshold = None
        try:
            for name, value in _SESSION.items():
                connection.execute("select set_config(%s, %s, true)", [name, value])
        except psycopg.Error as error:
            raise _failed(error.sqlstate, place, "the session's settings") from error
        yield Shop(connection, place)
    finally:
        # Nothing was written, so there is nothing to commit; a running COPY ends with it.
        connection.close()


def describe(keywords: dict[str, Any]) -> str:
    """Where a connection goes to, without a secret."""
    host = keywords.get("host") or keywords.get("hostaddr") or "the local server"
    port = f":{keywords['port']}" if keywords.get("port") else ""
    return f"the shop's PostgreSQL at {host}{port}, database {keywords.get('dbname', 'by default')}"


def _keywords(dsn: str) -> dict[str, Any]:
    import psycopg
    from psycopg.conninfo import conninfo_to_dict

    try:
        return dict(conninfo_to_dict(dsn))
    except psycopg.Error:
        # Its own words quote the text, and the text may hold a password.
        raise ConfigError(
            "UTM_SHOP_DSN is no DSN of PostgreSQL (its text is not shown)",
            "UTM_SHOP_DSN",
            "set it like postgresql://reader:PASSWORD@db.example.com:5432/shop; letters such as "
            "@ : / # in a password are written %40 %3A %2F %23",
        ) from None


def _unreachable(error: Exception, place: str) -> InputError:
    text = str(error)
    state = getattr(error, "sqlstate", None)
    if state in _REFUSED or "authentication failed" in text or "no password" in text:
        return InputError(
            f"PostgreSQL refuses {_REFUSED.get(state or '', 'the user or the password')}",
            place,
            "check the user and the password in UTM_SHOP_DSN",
        )
    if "does not exist" in text:
        return InputError("PostgreSQL has no such database or user", place, "check UTM_SHOP_DSN")
    if "permission denied for database" in text:
        return InputError(
            "the role may not connect to the database",
            place,
            "let the database's owner grant connect on it",
        )
    if "too many" in text or "remaining connection slots" in text:
        return InputError(
            "PostgreSQL has no free connection", place, "try again, or raise max_connections"
        )
    return InputError(
        f"PostgreSQL cannot be reached ({type(error).__name__})",
        place,
        "check host, port and sslmode in UTM_SHOP_DSN, and that the server runs",
    )


_FAULTS: Mapping[str, tuple[str, str]] = {
    "55P03": ("{} is locked", "wait until the shop's migration has ended, then run it again"),
    "57014": (
        "the server ended the reading of {}: it took too long or was cancelled",
        "run it again at a quieter time",
    ),
    "25P03": (
        "the server ended the reading of {}: this program was too slow",
        "run it again at a quieter time",
    ),
    "40001": (
        "the replica ended the reading of {}, which stood in its way",
        "run it again, or raise max_standby_streaming_delay there",
    ),
    "22P05": ("a text in {} has no form in UTF-8", "repair that text in the shop"),
    "22021": ("a text in {} has no form in UTF-8", "repair that text in the shop"),
}
_LOST = {None, "57P01", "57P02", "57P03", "08000", "08003", "08006"}


def _failed(state: str | None, place: str, doing: str) -> InputError | ExtractError:
    """What the server said, by its code: its words may quote rows."""
    if state in _LOST:
        return InputError(f"the connection was lost, reading {doing}", place, "run it again")
    if state == "42501":
        return InputError(
            f"the role may not read {doing}", place, "let its owner grant select on it"
        )
    what, fix = _FAULTS.get(
        state or "",
        (
            f"the server could not read {{}} (code {state})",
            "look up the code in PostgreSQL's list of error codes, and the server's log",
        ),
    )
    return ExtractError(what.format(doing), place, fix)
