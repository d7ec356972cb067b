"""One refresh: check the inputs, build and test in a copy, then publish."""

from __future__ import annotations

import time
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from utm_pipeline import pii
from utm_pipeline import project as dbt_project
from utm_pipeline import queries as catalogue
from utm_pipeline.clock import parse_as_of, utc_iso
from utm_pipeline.queries.model import Table
from utm_pipeline.refresh import fingerprint, inputs
from utm_pipeline.settings import Settings
from utm_pipeline.warehouse import open_warehouse

if TYPE_CHECKING:
    from utm_pipeline.refresh.dbt_runner import Progress


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
    quality: Table
    """Rows read, kept and set aside for each raw table: the query data-quality."""


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
    as_of = _as_of(request, variables.pop("as_of", None), settings)
    raw_files = _check_inputs(settings)
    with _publication(settings) as build_place:
        key = settings.pii_key or pii.read_or_create_key(settings.warehouse)
        current = fingerprint.fingerprint(project, settings, variables, key)
        anew = request.full_refresh or build_place.built_with() != current
        anew = not build_place.prepare(fresh=anew)
        # Imported this late because it takes seconds, and every check comes before it.
        from utm_pipeline.refresh import dbt_runner

        result = dbt_runner.build(
            dbt_runner.BuildRequest(
                target=settings.target,
                state_dir=settings.state_dir,
                environment=_environment(settings, as_of) | build_place.environment,
                variables=variables,
                full_refresh=anew,
                raw_files=raw_files,
            ),
            progress or _no_progress,
        )
        build_place.publish(current)
    with open_warehouse(settings) as warehouse:
        (quality,) = catalogue.fetch(warehouse, "data-quality", {})
        return RefreshResult(
            as_of=warehouse.as_of.astimezone(warehouse.zone),
            models=result.models,
            tests=result.tests,
            seconds=time.monotonic() - started,
            warnings=result.warnings,
            quality=quality,
        )


def _as_of(request: RefreshRequest, variable: Any, settings: Settings) -> datetime:
    if request.as_of is not None:
        return request.as_of
    if variable is not None:
        return parse_as_of(str(variable), settings.zone)
    return datetime.now(UTC)


class _BuildPlace(Protocol):
    """Where a build happens beside what is served: a file's copy, or a schema."""

    @property
    def environment(self) -> dict[str, str]: ...

    def built_with(self) -> str | None: ...

    def prepare(self, *, fresh: bool) -> bool: ...

    def publish(self, built_with: str) -> None: ...


def _publication(settings: Settings) -> AbstractContextManager[_BuildPlace]:
    # Imported late, so that no engine waits for the other's library.
    if settings.target == "postgres":
        from utm_pipeline.refresh import publish_postgres

        return publish_postgres.publication(settings)
    from utm_pipeline.refresh import publish

    return publish.publication(settings.warehouse, settings.state_dir)


def _check_inputs(settings: Settings) -> dict[Path, str]:
    """Checks the raw tables; gives the table that each raw file belongs to, if there are files."""
    if settings.target == "postgres":
        from utm_pipeline.refresh import postgres_inputs

        postgres_inputs.check_inputs(settings)
        return {}
    found = inputs.check_inputs(settings)
    return {file: table for table, raw in found.items() for file in raw.files}


def _environment(settings: Settings, as_of: datetime) -> dict[str, str]:
    """The variables that the dbt project reads.

    as_of goes this way and not as a var, since another var makes dbt parse everything anew.
    """
    return {
        "UTM_AS_OF": utc_iso(as_of),
        "UTM_TARGET": settings.target,
        "UTM_WAREHOUSE": str(settings.warehouse),
        "UTM_RAW_DIR": str(settings.raw_dir),
        "UTM_SCHEMA": settings.schema,
        "UTM_RAW_SCHEMA": settings.raw_schema,
        "UTM_RAW_TABLES": ",".join(f"{name}={real}" for name, real in settings.raw_tables.items()),
        "UTM_TIMEZONE": settings.timezone,
        "UTM_OWN_DOMAINS": ",".join(settings.own_domains),
        "UTM_CURRENCY": settings.currency,
        "UTM_LANG": settings.lang,
        "UTM_THREADS": str(settings.threads),
        "UTM_PII_KEY": settings.pii_key or "",
        "DO_NOT_TRACK": "1",
        "DBT_SEND_ANONYMOUS_USAGE_STATS": "false",
    }


def _no_progress(_finished: int, _total: int) -> None:
    """For callers that show none."""
