"""The shop's database: one read-only snapshot that hurts nobody."""

from __future__ import annotations

import select
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import TYPE_CHECKING, Any

from utm_pipeline.errors import ConfigError, InputError
from utm_pipeline.settings import Settings
from utm_pipeline.warehouse import postgres
from utm_pipeline.warehouse.postgres_faults import unread

if TYPE_CHECKING:
    from psycopg import Connection

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
    # Rather than to leave rows out, the server shall refuse.
    "row_security": "off",
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

_FACTS = """
select
    now() as snapshot, current_setting('server_encoding') as encoding,
    case when has_function_privilege('pg_control_system()', 'execute')
        then (select system_identifier::text from pg_control_system()) else '' end
    || '/' || (select oid from pg_database where datname = current_database()) as server
"""

# Where the parts of the connection are set.
_PLACES = {
    "login": "the user and the password in UTM_SHOP_DSN",
    "access": "the user and sslmode in UTM_SHOP_DSN",
    "database": "UTM_SHOP_DSN",
    "server": "host, port and sslmode in UTM_SHOP_DSN",
}

_WAIT_SECONDS = 1.0
LINES = 1_000
"""Lines that are handed on at a time, at most."""

Lines = list[memoryview | bytes]


class Shop:
    """An open snapshot of the shop's database; made by :func:`open_shop`."""

    def __init__(self, connection: Connection[Any], place: str) -> None:
        self._connection = connection
        self.place = place
        """Where it is, without a secret."""
        (facts,) = self.rows(_FACTS)
        self.snapshot: datetime = facts.snapshot
        self.server: str = facts.server
        """Which database of which server."""
        # Such a database holds any bytes, and would refuse to send them as UTF-8.
        self._holds_any_bytes = facts.encoding == "SQL_ASCII"

    def rows(self, statement: str, parameters: dict[str, Any] | None = None) -> list[Any]:
        """The answer of one of this program's own statements, as named tuples."""
        with _faults_in_words(self.place, "the list of tables"):
            return self._connection.execute(statement.encode(), parameters).fetchall()

    def hides_rows(self, relation: str) -> bool:
        """Whether row-level security hides rows of a table from the role."""
        with _faults_in_words(self.place, f"the table {relation}"):
            return postgres.hides_rows(self._connection, relation)

    def copy(self, query: str, table: str) -> Iterator[Lines]:
        """The rows of a query as lines of CSV in UTF-8, some at a time, in a list used again.

        By libpq's own functions: ``Cursor.copy`` takes half as long again for each row.
        """
        from psycopg.pq import ExecStatus

        libpq = self._connection.pgconn
        what = f"the table {table}"
        with _faults_in_words(self.place, what):
            if self._holds_any_bytes:
                self._connection.execute("set local client_encoding = 'SQL_ASCII'")
            libpq.send_query(f"copy ({query}) to stdout (format csv)".encode())
            while libpq.flush():
                self._wait()
            self._expect(ExecStatus.COPY_OUT, what)
            take = libpq.get_copy_data
            lines: Lines = []
            add = lines.append
            while (taken := take(1))[0] >= 0:
                if taken[0]:
                    add(taken[1])
                    if len(lines) >= LINES:
                        yield self._in_utf8(lines)
                        lines.clear()
                else:
                    self._wait()
            yield self._in_utf8(lines)
            self._expect(ExecStatus.COMMAND_OK, what)
            while libpq.get_result() is not None:
                pass

    def _wait(self) -> None:
        libpq = self._connection.pgconn
        # In short turns, so that an interrupt is heard.
        select.select([libpq.socket], [], [], _WAIT_SECONDS)
        libpq.consume_input()

    def _expect(self, status: int, what: str) -> None:
        from psycopg.pq import DiagnosticField

        libpq = self._connection.pgconn
        while libpq.is_busy():
            self._wait()
        result = libpq.get_result()
        if result is None or result.status != status:
            state = result and result.error_field(DiagnosticField.SQLSTATE)
            raise unread(state.decode() if state else None, self.place, what)

    def _in_utf8(self, lines: Lines) -> Lines:
        if self._holds_any_bytes:
            lines[:] = [bytes(line).decode("utf-8", "replace").encode() for line in lines]
        return lines


@contextmanager
def open_shop(settings: Settings) -> Iterator[Shop]:
    """One snapshot of the shop's database for the block, which cannot write."""
    if settings.shop_dsn is None:
        raise ConfigError(
            "the shop's database is not named",
            "UTM_SHOP_DSN",
            "set UTM_SHOP_DSN, such as postgresql://reader:PASSWORD@db.example.com/shop",
        )
    psycopg = postgres.library("UTM_SHOP_DSN")
    try:
        keywords = psycopg.conninfo.conninfo_to_dict(settings.shop_dsn)
    except psycopg.Error:
        # Its own words quote the text, and the text may hold a password.
        raise ConfigError(
            "UTM_SHOP_DSN is no DSN of PostgreSQL (its text is not shown)",
            "UTM_SHOP_DSN",
            "set it like postgresql://reader:PASSWORD@db.example.com:5432/shop; letters such as "
            "@ : / # in a password are written %40 %3A %2F %23",
        ) from None
    place = f"the shop's {postgres.describe(keywords)}"
    try:
        connection = psycopg.connect(
            **{**_KEEPALIVE, **keywords, "application_name": "utm-pipeline extract"},
            row_factory=psycopg.rows.namedtuple_row,
        )
    except psycopg.Error as error:
        raise postgres.unreachable(error, place, InputError, _PLACES) from None
    try:
        connection.isolation_level = psycopg.IsolationLevel.REPEATABLE_READ
        connection.read_only = True
        # A pool would lend the prepared statement to others.
        connection.prepare_threshold = None
        with _faults_in_words(place, "the session's settings"):
            for name, value in _SESSION.items():
                connection.execute("select set_config(%s, %s, true)", [name, value])
        yield Shop(connection, place)
    finally:
        # Nothing was written, so there is nothing to commit; a running COPY ends with it.
        connection.close()


@contextmanager
def _faults_in_words(place: str, what: str) -> Iterator[None]:
    import psycopg

    try:
        yield
    except psycopg.Error as error:
        # Its own words may quote rows.
        raise unread(error.sqlstate, place, what) from None
