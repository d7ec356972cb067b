"""One refresh: check the inputs, build and test in a copy, then publish."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias

from utm_pipeline import project as dbt_project
from utm_pipeline.causes import owner_and_mode, told
from utm_pipeline.errors import BusyError, InterruptedRunError, WarehouseError, signals_raise
from utm_pipeline.refresh import key as keys
from utm_pipeline.refresh import loss
from utm_pipeline.refresh.as_of import parse_as_of, utc_iso
from utm_pipeline.refresh.inputs import check_inputs
from utm_pipeline.settings import Settings
from utm_pipeline.state import locked, make_folder, private_files
from utm_pipeline.warehouse import health, open_warehouse

if TYPE_CHECKING:
    from utm_pipeline.queries.model import Table
    from utm_pipeline.refresh.dbt_runner import Progress
    from utm_pipeline.refresh.publish_duckdb import FileBuild
    from utm_pipeline.refresh.publish_postgres import SchemaBuild

    Build: TypeAlias = FileBuild | SchemaBuild


@dataclass(frozen=True)
class RefreshRequest:
    """What a refresh is asked for. Without ``as_of`` it is the start of the run."""

    as_of: datetime | None = None
    full_refresh: bool = False
    variables: str | None = None
    """dbt vars as YAML, as ``--vars`` gives them."""


@dataclass(frozen=True)
class RefreshResult:
    """What a refresh did."""

    as_of: datetime
    models: int
    tests: int
    seconds: float
    warnings: tuple[str, ...]
    quality: Table  # rows read, kept and set aside for each raw table: the query data-quality


def refresh(
    settings: Settings, request: RefreshRequest, progress: Progress | None = None
) -> RefreshResult:
    """Builds, tests and publishes; on any error what is served stays as it was.

    Raises:
        InputError: a raw input is missing or incomplete; before anything is built.
        ConfigError: a var is wrong, or the key cannot be read.
        BusyError: another refresh is running.
        BuildError: a model or a test failed.
        InterruptedRunError: a signal came.
    """
    started = time.monotonic()
    project = dbt_project.project_dir()
    variables = dbt_project.read_vars(project, settings.vars_file, request.variables)
    variable, as_of = variables.pop("as_of", None), request.as_of or datetime.now(UTC)
    if request.as_of is None and variable is not None:
        as_of = parse_as_of(str(variable), settings.zone)
    inputs = check_inputs(settings)
    since = _published_at(settings)
    with publication(settings) as build:
        key = settings.pii_key or keys.read_or_create_key(settings.warehouse)
        current = dbt_project.fingerprint(project, settings, variables, key)
        is_other = request.full_refresh or build.built_with() != current
        is_fresh = not build.prepare(fresh=is_other)
        # Imported this late because it takes seconds, and every check comes before it.
        from utm_pipeline.refresh import dbt_runner

        try:
            result = dbt_runner.build(
                settings,
                {
                    "UTM_AS_OF": utc_iso(as_of),
                    "UTM_READ_SINCE": "" if is_fresh else since,
                    **build.environment,
                },
                variables,
                full_refresh=is_fresh,
                raw={name: found for name, found in inputs.tables.items() if found is not None},
                progress=progress,
            )
        except loss.LossError:
            raise loss.explain(build.ask) from None
        left = build.publish(current, time.monotonic() - started)
    # Not wanted by who only reads an instant, or waits for another refresh.
    from utm_pipeline import queries as catalogue

    with open_warehouse(settings) as warehouse:
        (quality,) = catalogue.fetch(warehouse, "data-quality", {})
        return RefreshResult(
            as_of=warehouse.as_of.astimezone(warehouse.zone),
            models=result.models,
            tests=result.tests,
            seconds=time.monotonic() - started,
            warnings=(
                *inputs.warnings,
                *result.warnings,
                *left,
                *health.warnings(warehouse, settings),
            ),
            quality=quality,
        )


def _published_at(settings: Settings) -> str:
    """When the refresh that is served began: what is read after it is new. Empty if none is."""
    try:
        with open_warehouse(settings) as warehouse:
            row = warehouse.execute("select started_at from rpt_run limit 1", {}).fetchone()
    except WarehouseError:
        # There is none, or an earlier version's: everything is read anew.
        return ""
    return row[0].isoformat(sep=" ") if row and row[0] else ""


@contextmanager
def publication(settings: Settings) -> Iterator[Build]:
    """Keeps other refreshes of the same folder or schema out, and cleans up behind a build.

    Raises:
        BusyError: another refresh is running; at once, without waiting.
        InterruptedRunError: SIGINT or SIGTERM came; it says what is served.
        BuildError, WarehouseError: the engine cannot build or publish.
    """
    build = None
    try:
        # The outer block is for the cleaning up, which a further signal must not disturb.
        with (
            signals_raise(),
            hold_lock(settings.state_dir),
            private_files(),
            _engines_publication(settings) as build,
            signals_raise(),
        ):
            yield build
    except KeyboardInterrupt:
        is_new = build is not None and build.published
        state = "the new data is served" if is_new else "the served data is as before"
        raise InterruptedRunError(
            f"interrupted; {state}",
            build.place if build else str(settings.state_dir),
            "run `utm-pipeline refresh` again",
        ) from None


def _engines_publication(settings: Settings) -> AbstractContextManager[Build]:
    # Imported late, so that no engine waits for the other's library.
    if settings.target == "postgres":
        from utm_pipeline.refresh import publish_postgres

        return publish_postgres.publication(settings)
    from utm_pipeline.refresh import publish_duckdb

    return publish_duckdb.publication(settings)


@contextmanager
def hold_lock(state_dir: Path) -> Iterator[None]:
    """Keeps other refreshes of the same folder out: BusyError at once if another one runs."""
    folder, unset = state_dir.parent, "set UTM_WAREHOUSE to a place that you may write to"
    busy = BusyError("another refresh is running", str(state_dir), "wait until it has ended")
    with ExitStack() as held:
        with told(folder, "the warehouse's folder cannot be written", unset, WarehouseError):
            # Not for its owner alone, since the warehouse may be given to others one day.
            folder.mkdir(parents=True, exist_ok=True)
            make_folder(state_dir)
        with told(state_dir, "the lock of refreshes cannot be had", unset, WarehouseError):
            held.enter_context(locked(state_dir / "refresh.lock", busy))
            facts = state_dir.stat()
        if facts.st_uid != os.geteuid():
            # dbt runs what it finds there.
            owner, mode = owner_and_mode(facts)
            raise WarehouseError(
                "the state beside the warehouse belongs to another user",
                f"{state_dir} (owner {owner}, mode {mode})",
                f"run it as {owner}, or remove that folder",
            )
        yield
