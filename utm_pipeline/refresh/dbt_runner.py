"""Runs dbt inside this process. The only module that imports dbt."""

from __future__ import annotations

import json
import os
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

from dbt.adapters.duckdb.connections import DuckDBConnectionManager
from dbt.adapters.duckdb.plugins import BasePlugin
from dbt.cli.main import dbtRunner, dbtRunnerResult
from dbt_common.exceptions import DbtBaseException, DbtDatabaseError, DbtRuntimeError

from utm_pipeline import project as dbt_project
from utm_pipeline.errors import BuildError, signals_raise
from utm_pipeline.refresh import key as keys
from utm_pipeline.refresh import loss
from utm_pipeline.refresh.failures import remedy, without_values
from utm_pipeline.refresh.raw_columns import contract_columns
from utm_pipeline.refresh.raw_files import RawTable, for_the_engine, locate
from utm_pipeline.settings import Settings

Progress = Callable[[int, int], None]
"""Called with the number of finished nodes and of all nodes."""

LEFT_TO_CI = (
    "tag:ci",
    "test_type:generic,path:seeds",
    "test_type:generic,path:models/staging",
    "test_type:generic,path:models/intermediate",
    # Each mart checks its keys as it is built (macro check_keys).
    "test_name:is_key",
)
"""Data tests that prove what the models' own logic promises, and keys of steps to the marts.

They run in the test suite. What a refresh serves is tested in the refresh: keys of the marts, where
a key that broke before them shows as well, and the arithmetic that must hold."""

_BAD = {"error", "fail", "runtime error", "partial success"}
_DONE = {"success", "pass", "warn"}


class BuildResult(NamedTuple):
    """What one invocation did."""

    models: int
    tests: int
    warnings: tuple[str, ...]  # tests of severity warn that found something, with their message


def build(  # noqa: PLR0913 - what is built, from what, and how
    settings: Settings,
    place: Mapping[str, str],
    variables: Mapping[str, Any],
    *,
    full_refresh: bool,
    raw: Mapping[str, RawTable],
    progress: Progress | None = None,
) -> BuildResult:
    """Builds and tests everything in one invocation, and closes every connection.

    ``place`` says where and as of when, as variables of the environment; ``variables`` are dbt's;
    ``raw`` are the raw tables that are files, none on PostgreSQL.

    Raises:
        BuildError: something failed; the message names the first failure and counts the others.
        KeyboardInterrupt: the run was interrupted.
    """
    project, state = dbt_project.project_dir(), settings.state_dir
    profiles = dbt_project.write_profile(project, state / "profiles")
    arguments = [
        # Nothing of a row may reach a log or a result file.
        *("--quiet", "--log-level", "none", "--log-level-file", "none", "--no-write-json"),
        *("--no-send-anonymous-usage-stats", "--no-version-check", "--no-use-colors"),
        "build",
        # Unit tests prove the models, not the data: they run in the test suite.
        *("--exclude-resource-type", "unit_test"),
        *("--exclude", *LEFT_TO_CI),
        *("--project-dir", str(project), "--profiles-dir", str(profiles)),
        *("--target", settings.target),
        # What dbt parsed is of use to the same target alone.
        *("--target-path", str(state / "target" / settings.target)),
        *("--log-path", str(state / "logs")),
    ]
    if variables:
        arguments += ["--vars", json.dumps(dict(variables), sort_keys=True)]
    if full_refresh:
        arguments.append("--full-refresh")
    raw_files = {file: table for table, found in raw.items() for file in found.files}
    said = json.dumps(for_the_engine(raw))
    runner = dbtRunner(callbacks=[_Progress(progress or (lambda _finished, _total: None))])
    try:
        # dbt may take a signal for the failure of a model, or go on as if none had come.
        with environment(settings, place), _hand_over(said), signals_raise():
            result = runner.invoke(arguments)
    finally:
        # dbt-duckdb would keep the file open until the process ends.
        DuckDBConnectionManager.close_all_connections()  # type: ignore[no-untyped-call]
    if isinstance(result.exception, KeyboardInterrupt | SystemExit):
        raise KeyboardInterrupt from result.exception
    return _judge(result, raw_files)


@contextmanager
def environment(settings: Settings, more: Mapping[str, str]) -> Iterator[None]:
    """Sets the variables that the dbt project reads for the block: of the settings, and ``more``.

    as_of goes this way too and not as a var, since another var makes dbt parse everything anew.
    """
    variables = {
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
        **more,
    }
    before = dict(os.environ)
    os.environ.update(variables)
    try:
        yield
    finally:
        os.environ.update(before)
        for name in os.environ.keys() - before.keys():
            del os.environ[name]


class _Progress:
    """Turns dbt's events into counts."""

    def __init__(self, progress: Progress) -> None:
        self._progress = progress
        self._total = 0
        self._finished = 0

    def __call__(self, event: Any) -> None:
        if event.info.name == "ConcurrencyLine":
            self._total = event.data.node_count
        elif event.info.name == "NodeFinished":
            self._finished += 1
        else:
            return
        self._progress(self._finished, self._total)


def _judge(result: dbtRunnerResult, raw_files: Mapping[Path, str]) -> BuildResult:
    outcomes: list[Any] = list(getattr(result.result, "results", None) or [])
    bad = [outcome for outcome in outcomes if str(outcome.status) in _BAD]
    if any(outcome.node.name == loss.TEST for outcome in bad):
        raise loss.LossError("most rows cannot be read", "", "correct them")
    if bad:
        first = bad[0]
        why = without_values(first.message or "", raw_files)
        more = f" ({len(bad) - 1} more failed)" if len(bad) > 1 else ""
        raise BuildError(
            f"{first.node.resource_type} {first.node.name} failed: {why}{more}",
            str(getattr(first.node, "original_file_path", "")),
            f"nothing was published; {remedy(why)}, then run `utm-pipeline refresh`",
        )
    if result.exception is not None or not result.success:
        raise BuildError(
            f"dbt stopped: {_reason(result.exception, raw_files)}",
            str(dbt_project.project_dir()),
            "nothing was published; correct the project or its settings, then run "
            "`utm-pipeline refresh`",
        ) from result.exception
    done = Counter(str(run.node.resource_type) for run in outcomes if str(run.status) in _DONE)
    return BuildResult(
        models=done["model"],
        tests=done["test"],
        warnings=tuple(
            f"{outcome.node.name}: {without_values(outcome.message or '', raw_files)}"
            for outcome in outcomes
            if str(outcome.status) == "warn"
        ),
    )


def _reason(exception: BaseException | None, raw_files: Mapping[Path, str]) -> str:
    """Why dbt stopped before or between the nodes.

    Errors about the project's files come before any row is read, so their text is safe; the two
    general kinds pass on what the engine says.
    """
    of_the_project = isinstance(exception, DbtBaseException) and type(exception) not in {
        DbtRuntimeError,
        DbtDatabaseError,
    }
    text = str(exception or "")
    return " ".join(text.split()) if of_the_project else without_values(text, raw_files)


_handed_over: list[str] = []


@contextmanager
def _hand_over(raw_files: str) -> Iterator[None]:
    """For the plugin, which dbt makes: the list of raw files that the check has made."""
    _handed_over.append(raw_files)
    try:
        yield
    finally:
        _handed_over.clear()


def _files_of_environment() -> str:
    """The list of raw files where dbt runs by itself."""
    given = os.environ.get("UTM_RAW_TABLES", "")
    real = dict(pair.split("=", 1) for pair in given.replace(" ", "").split(",") if "=" in pair)
    raw_dir = Path(os.environ.get("UTM_RAW_DIR") or "raw").absolute()
    if not raw_dir.is_dir():
        return "{}"
    found = {name: locate(name, real.get(name, name), raw_dir) for name in contract_columns()}
    return json.dumps(for_the_engine({name: raw for name, raw in found.items() if raw}))


class Plugin(BasePlugin):
    """Plugin of dbt-duckdb: gives SQL the key of the hashes, and the list of raw files.

    Both are variables of every cursor: bound, and never part of a statement.
    """

    def initialize(self, plugin_config: dict[str, Any]) -> None:  # noqa: ARG002
        """Reads the key, or makes it, and the list."""
        self._pads = keys.pads(keys.key_of_environment())
        self._raw_files = _handed_over[-1] if _handed_over else _files_of_environment()

    def configure_cursor(self, cursor: Any) -> None:
        """Called by dbt-duckdb for every cursor that it opens."""
        cursor.execute("set variable utm_pii_ipad = $1::blob", [self._pads.ipad])
        cursor.execute("set variable utm_pii_opad = $1::blob", [self._pads.opad])
        cursor.execute("set variable utm_raw_files = $1::varchar", [self._raw_files])
