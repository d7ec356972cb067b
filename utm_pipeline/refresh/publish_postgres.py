"""Publishing on PostgreSQL: marts are built beside what is served, which is views over them.

``<schema>`` holds views, ``<schema>_<number>`` the tables of one build that they read, and
``<schema>_int`` what is read and kept between refreshes, which is never served. A build is made and
tested in ``<schema>_next``; if each had another name, dbt would parse everything anew each time.
Then one transaction gives that schema its number and has the views read it, so that a reader sees
the marts of one refresh or of the next, and never of both. A run that fails or is killed leaves the
views as they were; the next one clears its remains.
"""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Any

from utm_pipeline.errors import BuildError, BusyError, WarehouseError
from utm_pipeline.refresh import key as keys
from utm_pipeline.refresh import publish_views
from utm_pipeline.refresh.inputs import storage
from utm_pipeline.refresh.publish_views import COMMENTS, drops, look_up
from utm_pipeline.settings import Settings
from utm_pipeline.warehouse import postgres
from utm_pipeline.warehouse.postgres_faults import ASIDE, BUILDING, explained
from utm_pipeline.warehouse.postgres_reader import place_of, publish_lock

if TYPE_CHECKING:
    from utm_pipeline.warehouse.postgres import Connection

# Incremental marts: a build starts with their rows, as it does with the reading schema's.
_KEPT_MARTS = ("fct_actions",)
_MARK = "a build of utm-pipeline, read through the views of schema "
"""Comment of a build's schema: others may have schemas whose name ends in a number."""
_PATIENCE_SECONDS = 120  # how long a publish waits for readers that hold the lock, or a view
_QUEUE_SECONDS = 16
"""How long at most it stands in their queue at a time, since new readers stand behind it."""
_VIEW_WAIT = "250ms"
"""How long it waits for one view. Who reads two views, and holds one, waits for it meanwhile: after
a second the server would take that for a deadlock and end either."""
_FINISH_WAIT = "8s"

# Builds that no view reads any more, and what an earlier version of the program has left.
_OLD_BUILDS = """
select n.nspname
from pg_namespace n
where n.nspname ~ %(left)s
    or obj_description(n.oid, 'pg_namespace') = %(mark)s and not exists (
        select
        from pg_class v
        join pg_rewrite r on r.ev_class = v.oid
        join pg_depend d on d.classid = 'pg_rewrite'::regclass and d.objid = r.oid
        join pg_class t on d.refclassid = 'pg_class'::regclass and t.oid = d.refobjid
        where v.relnamespace = to_regnamespace(%(served)s) and t.relnamespace = n.oid
            and v.relname = t.relname
    )
order by 1
"""


class SchemaBuild:
    """One build on its way to be served; made by :func:`publication`."""

    def __init__(self, settings: Settings, connection: Connection, holding: Connection) -> None:
        """``holding`` keeps the instant as of which raw tables are read, as long as it is open."""
        self.published = False
        self.place = place_of(settings)
        self._settings = settings
        self._connection = connection
        self._served = settings.schema
        self._next = f"{settings.schema}_next"
        self._reading = f"{settings.schema}_int"
        # The name that the connections of a build give themselves.
        self._builder = f"utm-pipeline-build {settings.schema}"[:63]
        holding.execute("begin isolation level repeatable read read only")
        (self._snapshot,) = holding.execute("select pg_export_snapshot()").fetchone() or ("",)
        self._storage = storage(holding, settings)

    def built_with(self) -> str | None:
        """The fingerprint of what the reading schema was made by; None where it has none."""
        found = self._look_up(
            "select obj_description(oid, 'pg_namespace') from pg_namespace "
            "where nspname = %(schema)s",
            schema=self._reading,
        )
        return found[0] if found else None

    def prepare(self, *, fresh: bool) -> bool:
        """Clears what a killed run left; copies the marts that a build adds to, unless ``fresh``.

        Gives whether the build starts from what the last one kept; WarehouseError if the role may
        not make schemas, or a remainder is still in use.
        """
        found = self._connection.execute(
            "select nspname, pg_has_role(nspowner, 'usage') from pg_namespace "
            "where nspname = any(%s) order by 1",
            [[self._served, self._reading, self._next]],
        ).fetchall()
        for name, is_own in found:
            # Whoever does not own a schema cannot fill it: better said before the build.
            if not is_own:
                raise WarehouseError(
                    f"the schema {name} belongs to another role",
                    postgres.describe(self._settings.libpq),
                    "make the role of the refresh its owner, or let its owner run the refresh",
                )
        self._end_orphans()
        self.clear()
        self._execute(
            *drops(self._connection, self._reading, self._reading, behind="__dbt_(tmp|backup)")
        )
        self._execute(f'create schema "{self._next}"')
        there = {name for name, _ in found}
        if fresh and self._reading in there:
            # If this build fails, what it made by other rules must not be taken for the old.
            self._execute(f'comment on schema "{self._reading}" is null')
        if fresh or not {self._reading, self._served} <= there:
            return False
        for mart in _KEPT_MARTS:
            name = f'"{self._served}".{mart}'
            if self._look_up("select to_regclass(%(name)s)::text", name=name)[0]:
                self._execute(f'create table "{self._next}".{mart} as table {name}')
        return True

    @property
    def environment(self) -> dict[str, str]:
        """What dbt reads: the connection as it was resolved, the schema to build, the snapshot."""
        info = self._connection.info
        key = self._settings.pii_key or keys.read_or_create_key(self._settings.warehouse)
        return {
            **self._settings.libpq,
            "PGHOST": info.host,
            "PGPORT": str(info.port),
            "PGUSER": info.user,
            "PGPASSWORD": info.password,
            "PGDATABASE": info.dbname,
            "PGOPTIONS": keys.build_options(key, os.environ.get("PGOPTIONS", "")),
            "UTM_BUILD_SCHEMA": self._next,
            "UTM_BUILD_NAME": self._builder,
            "UTM_SNAPSHOT": self._snapshot,
        }

    def ask(self, sql: str) -> list[tuple[Any, ...]]:
        """Rows of the build; {marts} and {reading} are its schemas."""
        return self._connection.execute(self._in_schemas(sql)).fetchall()

    def _in_schemas(self, sql: str) -> bytes:
        return sql.format(marts=f'"{self._next}"', reading=f'"{self._reading}"').encode()

    def refuse_replaced(self) -> None:
        """Raises BuildError if a raw table was replaced: it was empty to who read it after that."""
        for name, *_ in sorted(self._storage - storage(self._connection, self._settings)):
            raise BuildError(
                f"the raw table {name} was truncated, rewritten or replaced while it was read; "
                "nothing was published",
                postgres.describe(self._settings.libpq),
                "run `utm-pipeline refresh` again",
            )

    def publish(self, built_with: str, seconds: float | None = None) -> tuple[str, ...]:
        """Has the views read the build, which took ``seconds``. What others have on them is kept.

        Gives what could not be cleared away, and why, in words.

        Raises:
            BuildError: a raw table was replaced while it was read.
            WarehouseError: readers did not let go in time, or something of others stands on a mart
                that has other columns now.
        """
        self.refuse_replaced()
        with self._connection.transaction():
            if seconds is not None:
                took = "update {marts}.rpt_run set refreshed_in_seconds = %s"
                self._connection.execute(self._in_schemas(took), [seconds])
            self._execute("set local search_path = ''")
            # A number that no schema has, ours or not.
            (build,) = self._look_up(
                "select %(served)s || '_' || 1 + coalesce("
                "max(substring(nspname from '[0-9]+$')::bigint), 0) "
                "from pg_namespace where nspname ~ ('^' || %(served)s || '_[0-9]{1,9}$')",
                served=self._served,
            )
            self._execute(
                f'create schema if not exists "{self._served}"',
                f'alter schema "{self._next}" rename to "{build}"',
                f"comment on schema \"{build}\" is '{_MARK}{self._served}'",
            )
            plan = publish_views.plan(self._connection, self._served, build)
            self._switch(";\n".join(plan.views))
            self._execute(f"set local lock_timeout = '{_FINISH_WAIT}'", *plan.then)
            self._execute(
                *self._look_up(COMMENTS, served=self._served, build=build),
                *drops(self._connection, self._served, self._reading, behind=ASIDE),
                f"comment on schema \"{self._reading}\" is '{built_with}'",
            )
        self.published = True
        left = [
            f"{self._served}.{name} is a table, but no mart of this version: it stays as it is, "
            "drop it if nobody needs it"
            for name in plan.left_over
        ]
        # The data is served. What could not be dropped, the next refresh drops.
        with suppress(postgres.library().Error):
            left += self.clear()
        return tuple(left)

    def _switch(self, views: str) -> None:
        """Makes the views in a moment in which nobody reads them.

        It looks for such a moment, and queues for one where there is none. New readers stand behind
        a publish that queues, so it steps aside again after a while.
        """
        give_up_at = time.monotonic() + _PATIENCE_SECONDS
        for wait in _waits():
            try:
                # To the next point, which gives locks back if it fails.
                with self._connection.transaction():
                    self._execute(
                        f"set local lock_timeout = '{wait}'",
                        f"select pg_advisory_xact_lock({publish_lock(self._served)})",
                        f"set local lock_timeout = '{_VIEW_WAIT}'",
                        views,
                    )
                return
            except postgres.library().errors.LockNotAvailable:
                if time.monotonic() > give_up_at:
                    raise
                time.sleep(0.05)

    def clear(self) -> list[str]:
        """Drops what is neither served nor read; gives in words what others stand on, which stays.

        What somebody reads, the next refresh drops.
        """
        errors = postgres.library().errors
        patience = "set local lock_timeout = '5s'"
        with self._connection.transaction():
            # Nobody else can have come to it: nobody has rights on it.
            self._execute(patience, f'drop schema if exists "{self._next}" cascade')
        left = []
        for name in self._look_up(
            _OLD_BUILDS,
            left=f"^{self._served}_old_[0-9]+$",
            mark=f"{_MARK}{self._served}",
            served=self._served,
        ):
            functions = self._look_up(
                "select 'drop function ' || oid::regprocedure from pg_proc "
                "where pronamespace = to_regnamespace(%(schema)s)",
                schema=name,
            )
            # Functions first: one may give rows of a table.
            inside = [*functions, *drops(self._connection, name, self._reading)]
            try:
                with self._connection.transaction():
                    self._execute(patience, *inside, f'drop schema "{name}"')
            except errors.LockNotAvailable:
                continue
            except errors.DependentObjectsStillExist as error:
                things = "; ".join(str(error.diag.message_detail).splitlines())
                left.append(f"schema {name}, an earlier build, cannot be dropped: {things}")
        return left

    def give_up(self) -> None:
        """Drops a build that was not published, or leaves it to the next refresh."""
        with suppress(postgres.library().Error):
            if not self.published:
                self._end_orphans()
                self.clear()

    def _end_orphans(self) -> None:
        """Ends statements that a killed refresh left running: they would hold its tables."""
        for _ in range(20):
            if not self._look_up(
                "select pg_terminate_backend(pid) from pg_stat_activity where datname = "
                "current_database() and usename = current_user and application_name = %(name)s",
                name=self._builder,
            ):
                return
            time.sleep(0.25)

    def _look_up(self, query: str, **values: object) -> list[str]:
        return look_up(self._connection, query, **values)

    def _execute(self, *statements: str) -> None:
        # Names are those of the settings, which are checked, or of the catalogue.
        for statement in statements:
            self._connection.execute(statement.encode())


@contextmanager
def publication(settings: Settings) -> Iterator[SchemaBuild]:
    """One build, the instant of the raw tables that it reads, and the cleaning up behind it.

    Raises:
        BusyError: another refresh of the same schema is running; at once, without waiting.
        WarehouseError: the server cannot be reached, or the role lacks a right.
        BuildError: the connection broke.
    """
    place = place_of(settings)
    session = {
        # These connections wait while dbt builds.
        "idle_in_transaction_session_timeout": "0",
        "idle_session_timeout": "0",
        "statement_timeout": "0",
        # If this process is killed while it waits for a lock, the server shall notice.
        "client_connection_check_interval": "5s",
    }
    lock = f"hashtextextended('utm-pipeline refreshes {settings.schema}', 0)"
    with (
        explained(place, BUILDING, settings.schema),
        postgres.connect(settings, "utm-pipeline-refresh", session) as control,
    ):
        (is_free,) = control.execute(f"select pg_try_advisory_lock({lock})").fetchone() or (False,)
        if not is_free:
            raise BusyError("another refresh is running", place, "wait until it has ended")
        with postgres.connect(settings, "utm-pipeline-snapshot", session) as holding:
            build = SchemaBuild(settings, control, holding)
            try:
                yield build
            except BuildError:
                # Rows that went meanwhile fail tests too, and are no fault of theirs.
                with suppress(postgres.library().Error):
                    build.refuse_replaced()
                raise
            finally:
                build.give_up()
                # The server notices that a connection is closed when it comes to it, and the next
                # refresh may be there before. A connection that broke has lost its locks.
                with suppress(postgres.library().Error):
                    control.execute(f"select pg_advisory_unlock({lock})")


def _waits() -> Iterator[str]:
    """How long to queue for the lock of readers, each time: hardly, and now and then for longer."""
    seconds = 1
    while True:
        yield from ["1ms"] * 20
        yield f"{seconds}s"
        seconds = min(2 * seconds, _QUEUE_SECONDS)
