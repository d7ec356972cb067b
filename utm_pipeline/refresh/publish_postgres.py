"""Publishing on PostgreSQL: marts are built in a schema of their own, and then swapped in.

``<schema>_int`` holds what is read and kept between refreshes; it is never served. The marts are
built and tested in ``<schema>_next``. Then one transaction renames the served schema away and the
new one into its place, so that a reader sees the marts of one refresh or of the next, and never of
both. A run that fails or is killed leaves the served schema as it was; the next clears its remains.
"""

from __future__ import annotations

import os
import time
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager, suppress
from typing import TYPE_CHECKING, Any, NamedTuple

from utm_pipeline import pii
from utm_pipeline.errors import BuildError, BusyError, WarehouseError
from utm_pipeline.refresh import postgres_inputs
from utm_pipeline.refresh.pg_options import build_options
from utm_pipeline.refresh.postgres_grants import (
    carry_over,
    carry_over_defaults,
    in_the_way,
    restate_views,
    views_on,
)
from utm_pipeline.refresh.publish import hold_lock, interruptions
from utm_pipeline.settings import Settings
from utm_pipeline.warehouse import postgres
from utm_pipeline.warehouse.postgres_faults import explained
from utm_pipeline.warehouse.postgres_reader import publish_lock

if TYPE_CHECKING:
    import psycopg

KEPT_MARTS = ("fct_actions",)
"""Incremental marts: a build starts with their rows, as it does with the reading schema's."""

_PATIENCE_SECONDS = 120
"""How long a publish waits for readers that hold the lock."""
_QUEUE_SECONDS = 16
"""How long at most it stands in their queue at a time, since new readers stand behind it."""
_SWAP_SECONDS = 8
"""How long at most the swap waits for whoever reads a view of the marts; readers wait meanwhile."""
_REMAINS = ("__dbt_tmp", "__dbt_backup")


class Instant(NamedTuple):
    """The instant as of which a build reads the raw tables."""

    snapshot: str
    """Its name; it is good as long as the connection that holds it."""
    storage: frozenset[tuple[str, int, int]]
    """Where the raw tables' rows were kept then."""


class PostgresPublication:
    """One build on its way to be served; made by :func:`publication`."""

    def __init__(
        self, settings: Settings, connection: psycopg.Connection[tuple[Any, ...]], instant: Instant
    ) -> None:
        self.published = False
        self._settings = settings
        self._connection = connection
        self._instant = instant
        self._served = settings.schema
        self._next = f"{settings.schema}_next"
        self._reading = f"{settings.schema}_int"

    def built_with(self) -> str | None:
        """The fingerprint of what the reading schema was made by; None where it has none."""
        row = self._connection.execute(
            "select obj_description(oid, 'pg_namespace') from pg_namespace where nspname = %s",
            [self._reading],
        ).fetchone()
        return None if row is None else row[0]

    def prepare(self, *, fresh: bool) -> bool:
        """Clears what a killed run left; copies the marts that a build adds to, unless ``fresh``.

        Returns:
            Whether the build starts from what the last one kept.

        Raises:
            WarehouseError: the role may not make schemas, or a remainder is still in use.
        """
        self._refuse_schemas_of_others()
        with self._connection.transaction():
            self._refuse_what_is_in_the_way()
        self._end_orphans()
        self.clear()
        self._clear_reading_schema()
        self._execute(f'create schema "{self._next}"')
        carry_over_defaults(self._connection, self._served, self._next)
        if fresh and self._has_schema(self._reading):
            # If this build fails, what it made by other rules must not be taken for the old.
            self._execute(f'comment on schema "{self._reading}" is null')
        if fresh or not self._has_schema(self._reading) or not self._has_schema(self._served):
            return False
        for name in KEPT_MARTS:
            if self._has_table(self._served, name):
                kept = f'"{self._next}".{name}'
                self._execute(f'create table {kept} as table "{self._served}".{name}')
        return True

    @property
    def environment(self) -> dict[str, str]:
        """What dbt reads: the connection as it was resolved, the schema to build, the snapshot."""
        info = self._connection.info
        key = self._settings.pii_key or pii.read_or_create_key(self._settings.warehouse)
        found = {
            **self._settings.libpq,
            "PGHOST": info.host,
            "PGPORT": str(info.port),
            "PGUSER": info.user,
            "PGPASSWORD": info.password,
            "PGDATABASE": info.dbname,
        }
        return {
            **found,
            "PGOPTIONS": build_options(key, os.environ.get("PGOPTIONS", "")),
            "UTM_BUILD_SCHEMA": self._next,
            "UTM_BUILD_NAME": _builder(self._served),
            "UTM_SNAPSHOT": self._instant.snapshot,
        }

    def publish(self, built_with: str) -> None:
        """Swaps the build in. Grants on the served marts, and views on them, are kept.

        Raises:
            WarehouseError: readers did not let go in time, or a view no longer fits the marts.
        """
        self._refuse_torn_tables()
        aside = f"{self._served}_old_{time.time_ns()}"
        with self._connection.transaction():
            self._take_publish_lock()
            self._execute(f"set local lock_timeout = '{_SWAP_SECONDS}s'")
            if self._has_schema(self._served):
                # What was made while the build ran.
                self._refuse_what_is_in_the_way()
                carry_over(self._connection, self._served, self._next)
                views = views_on(self._connection, self._served, but_not=self._reading)
                self._execute(f'alter schema "{self._served}" rename to "{aside}"')
                self._execute(f'alter schema "{self._next}" rename to "{self._served}"')
                restate_views(self._connection, views)
            else:
                self._execute(f'alter schema "{self._next}" rename to "{self._served}"')
            self._execute(f"comment on schema \"{self._reading}\" is '{built_with}'")
        self.published = True
        # The data is served. What could not be dropped, the next refresh drops.
        with suppress(postgres.library().Error):
            self.clear()

    def give_up(self) -> None:
        """Drops a build that was not published, if the server still answers."""
        psycopg = postgres.library()
        # Otherwise the next refresh does it.
        with suppress(psycopg.Error):
            if not self.published:
                self._end_orphans()
                self.clear()

    def clear(self) -> None:
        """Drops what is neither served nor read, as far as nobody is still reading it."""
        psycopg = postgres.library()
        rows = self._connection.execute(
            "select nspname from pg_namespace where nspname = %s or nspname ~ %s",
            [self._next, f"^{self._served}_old_[0-9]+$"],
        ).fetchall()
        for (name,) in rows:
            try:
                with self._connection.transaction():
                    self._execute("set local lock_timeout = '5s'")
                    self._execute(f'drop schema "{name}" cascade')
            except psycopg.errors.LockNotAvailable:
                # Somebody reads the marts of an earlier publish. The next refresh drops them.
                if name == self._next:
                    raise

    def _clear_reading_schema(self) -> None:
        rows = self._connection.execute(
            "select relname, relkind from pg_class join pg_namespace n on n.oid = relnamespace "
            "where n.nspname = %s and relkind in ('r', 'v') and relname ~ %s",
            [self._reading, f"({'|'.join(_REMAINS)})$"],
        ).fetchall()
        for name, kind in rows:
            word = "table" if kind == "r" else "view"
            self._execute(f'drop {word} if exists "{self._reading}"."{name}" cascade')

    def _refuse_torn_tables(self) -> None:
        """A table that was truncated or replaced was empty to whoever read it after that."""
        now = postgres_inputs.storage(self._connection, self._settings)
        for name, *_ in sorted(self._instant.storage - now):
            raise BuildError(
                f"the raw table {name} was truncated, rewritten or replaced while it was read; "
                "nothing was published",
                postgres.describe(self._settings.libpq),
                "run `utm-pipeline refresh` again",
            )

    def _refuse_schemas_of_others(self) -> None:
        """Whoever does not own a schema cannot rename it: better said before the build."""
        rows = self._connection.execute(
            "select nspname from pg_namespace where nspname = any(%s) "
            "and not pg_has_role(nspowner, 'usage') order by 1",
            [[self._served, self._reading, self._next]],
        ).fetchall()
        for (name,) in rows:
            raise WarehouseError(
                f"the schema {name} belongs to another role",
                postgres.describe(self._settings.libpq),
                "make the role of the refresh its owner, or let its owner run the refresh",
            )

    def _refuse_what_is_in_the_way(self) -> None:
        """A view elsewhere can be stated again over the new marts; other things would be lost."""
        place = postgres.describe(self._settings.libpq)
        for thing in in_the_way(self._connection, self._served, but_not=self._reading):
            raise WarehouseError(
                f"the {thing} depends on the marts, so that they cannot be replaced",
                place,
                "drop it, or use a plain view in its place, then run `utm-pipeline refresh`",
            )
        for view in views_on(self._connection, self._served, but_not=self._reading):
            if not view.is_ours:
                raise WarehouseError(
                    f"the view {view.name} reads the marts and belongs to another role, so that it "
                    "cannot be kept",
                    place,
                    "make the role of the refresh its owner or a member of its owner, or drop it",
                )

    def _end_orphans(self) -> None:
        """Ends statements that a killed refresh left running: they would hold its tables."""
        for _ in range(20):
            rows = self._connection.execute(
                "select pg_terminate_backend(pid) from pg_stat_activity where datname = "
                "current_database() and usename = current_user and application_name = %s",
                [_builder(self._served)],
            ).fetchall()
            if not rows:
                return
            time.sleep(0.25)

    def _take_publish_lock(self) -> None:
        """Waits for a moment without readers, and queues for one where there is none.

        New readers stand behind a publish that queues, so it steps aside again after a while.
        """
        lock = publish_lock(self._served)
        give_up_at = time.monotonic() + _PATIENCE_SECONDS
        seconds = 1
        while True:
            for _ in range(20):
                found = self._connection.execute(f"select pg_try_advisory_xact_lock({lock})")
                row = found.fetchone()
                if row is not None and row[0]:
                    return
                time.sleep(0.05)
            try:
                with self._connection.transaction():
                    self._execute(f"set local lock_timeout = '{seconds}s'")
                    self._execute(f"select pg_advisory_xact_lock({lock})")
                    return
            except postgres.library().errors.LockNotAvailable:
                if time.monotonic() > give_up_at:
                    raise
            seconds = min(2 * seconds, _QUEUE_SECONDS)

    def _has_schema(self, name: str) -> bool:
        found = self._connection.execute("select to_regnamespace(%s) is not null", [f'"{name}"'])
        row = found.fetchone()
        return row is not None and bool(row[0])

    def _has_table(self, schema: str, name: str) -> bool:
        found = self._connection.execute("select to_regclass(%s)", [f'"{schema}".{name}'])
        row = found.fetchone()
        return row is not None and row[0] is not None

    def _execute(self, statement: str) -> None:
        # Names are those of the settings, which are checked, or of the catalogue.
        self._connection.execute(statement.encode())


@contextmanager
def publication(settings: Settings) -> Iterator[PostgresPublication]:
    """Holds the locks of one build, and the instant of the raw tables that it reads.

    Raises:
        BusyError: another refresh is running; at once, without waiting.
        InterruptedRunError: SIGINT or SIGTERM came.
        WarehouseError: the server cannot be reached, or the role lacks a right.
        BuildError: the connection broke.
    """
    place = f"{postgres.describe(settings.libpq)}, schema {settings.schema}"
    session = {
        # These connections wait while dbt builds.
        "idle_in_transaction_session_timeout": "0",
        "idle_session_timeout": "0",
        "statement_timeout": "0",
        # If this process is killed while it waits for a lock, the server shall notice.
        "client_connection_check_interval": "5s",
    }
    with ExitStack() as stack:
        stack.enter_context(hold_lock(settings.state_dir))
        stack.enter_context(explained(place, f"{settings.schema} and {settings.schema}_int"))
        control = stack.enter_context(postgres.connect(settings, "utm-pipeline-refresh", session))
        stack.enter_context(_refresh_lock(control, settings.schema, place))
        instant = stack.enter_context(_instant(settings, session))
        build = PostgresPublication(settings, control, instant)
        stack.callback(build.give_up)
        stack.enter_context(interruptions(build, place))
        yield build


@contextmanager
def _refresh_lock(
    connection: psycopg.Connection[tuple[Any, ...]], schema: str, place: str
) -> Iterator[None]:
    """Keeps other refreshes of the same schema out.

    Raises:
        BusyError: another one is running; at once, without waiting.
    """
    name = [f"utm-pipeline refreshes {schema}"]
    row = connection.execute(
        "select pg_try_advisory_lock(hashtextextended(%s, 0))", name
    ).fetchone()
    if row is None or not row[0]:
        raise BusyError("another refresh is running", place, "wait until it has ended")
    try:
        yield
    finally:
        # The server notices that a connection is closed when it comes to it, and the next refresh
        # may be there before. A connection that broke has lost its locks.
        with suppress(postgres.library().Error):
            connection.execute("select pg_advisory_unlock(hashtextextended(%s, 0))", name)


@contextmanager
def _instant(settings: Settings, session: Mapping[str, str]) -> Iterator[Instant]:
    """A snapshot that all models which read raw tables take."""
    with postgres.connect(settings, "utm-pipeline-snapshot", session) as connection:
        connection.execute("begin isolation level repeatable read read only")
        row = connection.execute("select pg_export_snapshot()").fetchone()
        storage = postgres_inputs.storage(connection, settings)
        yield Instant("" if row is None else str(row[0]), storage)


def _builder(schema: str) -> str:
    """The name that the connections of a build give themselves."""
    return f"{postgres.BUILDER} {schema}"[:63]
