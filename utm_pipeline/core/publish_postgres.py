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
from contextlib import ExitStack, contextmanager
from typing import TYPE_CHECKING, Any

from utm_pipeline.core import pii, postgres
from utm_pipeline.core.pg_options import build_options
from utm_pipeline.core.postgres_grants import carry_over, restate_views, views_on
from utm_pipeline.core.postgres_reader import publish_lock
from utm_pipeline.core.publish import hold_lock, interruptions
from utm_pipeline.core.settings import Settings
from utm_pipeline.errors import BusyError, WarehouseError

if TYPE_CHECKING:
    import psycopg

KEPT_MARTS = ("fct_actions",)
"""Incremental marts: a build starts with their rows, as it does with the reading schema's."""

_PATIENCE_SECONDS = 120
"""How long a publish waits for readers that hold the lock."""
_REMAINS = ("__dbt_tmp", "__dbt_backup")


class PostgresPublication:
    """One build on its way to be served; made by :func:`publication`."""

    def __init__(
        self, settings: Settings, connection: psycopg.Connection[tuple[Any, ...]], snapshot: str
    ) -> None:
        self.published = False
        self._settings = settings
        self._connection = connection
        self._snapshot = snapshot
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
        self._end_orphans()
        with self._explained():
            self.clear()
            self._clear_reading_schema()
            self._refuse_materialised_views()
            self._execute(f'create schema "{self._next}"')
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
            "UTM_SNAPSHOT": self._snapshot,
        }

    def publish(self, built_with: str) -> None:
        """Swaps the build in. Grants on the served marts, and views on them, are kept.

        Raises:
            WarehouseError: readers did not let go in time, or a view no longer fits the marts.
        """
        aside = f"{self._served}_old_{time.time_ns()}"
        with self._explained(), self._connection.transaction():
            self._take_publish_lock()
            if self._has_schema(self._served):
                carry_over(self._connection, self._served, self._next)
                views = views_on(self._connection, self._served, but_not=self._reading)
                self._execute(f'alter schema "{self._served}" rename to "{aside}"')
                self._execute(f'alter schema "{self._next}" rename to "{self._served}"')
                restate_views(self._connection, views)
            else:
                self._execute(f'alter schema "{self._next}" rename to "{self._served}"')
            self._execute(f"comment on schema \"{self._reading}\" is '{built_with}'")
        self.published = True
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

    def _refuse_materialised_views(self) -> None:
        """A view elsewhere can be stated again over the new marts; a materialised one cannot."""
        with self._connection.transaction():
            for view in views_on(self._connection, self._served, but_not=self._reading):
                if view.kind == "m":
                    raise WarehouseError(
                        f"the materialised view {view.name} reads the marts, so that they cannot "
                        "be replaced",
                        postgres.describe(self._settings.libpq),
                        "drop it, or make it a plain view, then run `utm-pipeline refresh`",
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
        """Waits for a moment without readers; after a while new ones queue behind the publish."""
        lock = publish_lock(self._served)
        for _ in range(100):
            row = self._connection.execute(f"select pg_try_advisory_xact_lock({lock})").fetchone()
            if row is not None and row[0]:
                return
            time.sleep(0.05)
        self._execute(f"set local lock_timeout = '{_PATIENCE_SECONDS}s'")
        self._execute(f"select pg_advisory_xact_lock({lock})")

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
    def _explained(self) -> Iterator[None]:
        psycopg = postgres.library()
        place = postgres.describe(self._settings.libpq)
        try:
            yield
        except psycopg.errors.InsufficientPrivilege as error:
            raise WarehouseError(
                f"the role may not build here ({error.diag.message_primary})",
                place,
                "let the database's owner grant it create on the database, and make it the owner "
                f"of the schemas {self._served} and {self._reading}",
            ) from error
        except psycopg.errors.LockNotAvailable as error:
            raise WarehouseError(
                "readers did not let go of the marts in time; what is served is as before",
                place,
                "end long-running queries on the marts, then run `utm-pipeline refresh`",
            ) from error
        except psycopg.errors.InvalidTableDefinition as error:
            raise WarehouseError(
                f"a view on the marts no longer fits them ({error.diag.message_primary})",
                place,
                "drop or change the view, then run `utm-pipeline refresh`",
            ) from error
        except psycopg.OperationalError as error:
            raise WarehouseError(
                f"the connection to PostgreSQL broke ({type(error).__name__}); what is served is "
                "whole",
                place,
                "run `utm-pipeline refresh` again",
            ) from error


@contextmanager
def publication(settings: Settings) -> Iterator[PostgresPublication]:
    """Holds the locks of one build, and the instant of the raw tables that it reads.

    Raises:
        BusyError: another refresh is running; at once, without waiting.
        InterruptedRunError: SIGINT or SIGTERM came.
        WarehouseError: the server cannot be reached, or the role lacks a right.
    """
    place = f"{postgres.describe(settings.libpq)}, schema {settings.schema}"
    session = {"idle_in_transaction_session_timeout": "0", "statement_timeout": "0"}
    with ExitStack() as stack:
        stack.enter_context(hold_lock(settings.state_dir))
        control = stack.enter_context(postgres.connect(settings, "utm-pipeline-refresh", session))
        row = control.execute(
            "select pg_try_advisory_lock(hashtextextended(%s, 0))",
            [f"utm-pipeline refreshes {settings.schema}"],
        ).fetchone()
        if row is None or not row[0]:
            raise BusyError("another refresh is running", place, "wait until it has ended")
        snapshot = stack.enter_context(_snapshot(settings, session))
        build = PostgresPublication(settings, control, snapshot)
        stack.enter_context(interruptions(build, place))
        yield build


@contextmanager
def _snapshot(settings: Settings, session: Mapping[str, str]) -> Iterator[str]:
    """The name of a snapshot that all models which read raw tables take."""
    with postgres.connect(settings, "utm-pipeline-snapshot", session) as connection:
        connection.execute("begin isolation level repeatable read read only")
        row = connection.execute("select pg_export_snapshot()").fetchone()
        yield "" if row is None else str(row[0])


def _builder(schema: str) -> str:
    """The name that the connections of a build give themselves."""
    return f"{postgres.BUILDER} {schema}"[:63]
