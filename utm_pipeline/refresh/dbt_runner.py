"""Runs dbt inside this process. The only module that imports dbt (the plugin aside)."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from dbt.adapters.duckdb.connections import DuckDBConnectionManager
from dbt.cli.main import dbtRunner, dbtRunnerResult
from dbt_common.exceptions import DbtBaseException, DbtDatabaseError, DbtRuntimeError

from utm_pipeline import project as dbt_project
from utm_pipeline.errors import BuildError
from utm_pipeline.refresh.failures import remedy, without_values

Progress = Callable[[int, int], None]
"""Called with the number of finished nodes and of all nodes."""

LEFT_TO_CI = (
    "tag:ci",
    "test_type:generic,path:seeds",
    "test_type:generic,path:models/staging",
    "test_type:generic,path:models/intermediate",
)
"""Data tests that prove what the models' own logic promises, and keys of steps to the marts.

They run in the test suite. What a refresh serves is tested in the refresh: keys of the marts, where
a key that broke before them shows as well, and the arithmetic that must hold."""

_BAD = frozenset({"error", "fail", "runtime error", "partial success"})
_DONE = frozenset({"success", "pass", "warn"})


@dataclass(frozen=True)
class BuildResult:
    """What one invocation did."""

    models: int
    tests: int
    warnings: tuple[str, ...]
    """Tests of severity warn that found something, with their message."""


@dataclass(frozen=True)
class BuildRequest:
    """What to build.

    ``target`` is the profile's. ``environment`` holds the variables that models, profile and plugin
    read; ``raw_files`` which raw table a file belongs to, so that an error can name the table.
    """

    target: str
    state_dir: Path
    environment: Mapping[str, str]
    variables: Mapping[str, Any]
    full_refresh: bool
    raw_files: Mapping[Path, str]


def build(request: BuildRequest, progress: Progress) -> BuildResult:
    """Builds and tests everything in one invocation, and closes every connection.

    Raises:
        BuildError: something failed; the message names the first failure and counts the others.
        KeyboardInterrupt: the run was interrupted.
    """
    project = dbt_project.project_dir()
    arguments = _arguments(project, request)
    runner = dbtRunner(callbacks=[_Progress(progress)])
    try:
        with _environment(request.environment):
            result = runner.invoke(arguments)
    finally:
        # dbt-duckdb would keep the file open until the process ends.
        DuckDBConnectionManager.close_all_connections()  # type: ignore[no-untyped-call]
    if isinstance(result.exception, KeyboardInterrupt | SystemExit):
        raise KeyboardInterrupt from result.exception
    return _judge(result, request.raw_files)


def _arguments(project: Path, request: BuildRequest) -> list[str]:
    state = request.state_dir
    profiles = dbt_project.write_profile(project, state / "profiles")
    arguments = [
        # Nothing of a row may reach a log or a result file.
        *("--quiet", "--log-level", "none", "--log-level-file", "none", "--no-write-json"),
        *("--no-send-anonymous-usage-stats", "--no-version-check", "--no-use-colors"),
        "build",
        # Unit tests prove the models, not the data: they run in the test suite.
        *("--exclude-resource-type", "unit_test"),
        *("--exclude", *LEFT_TO_CI),
        *(
            "--project-dir",
            str(project),
            "--profiles-dir",
            str(profiles),
            "--target",
            request.target,
        ),
        # What dbt parsed is of use to the same target alone.
        *("--target-path", str(state / "target" / request.target)),
        *("--log-path", str(state / "logs")),
    ]
    if request.variables:
        arguments += ["--vars", json.dumps(dict(request.variables), sort_keys=True)]
    if request.full_refresh:
        arguments.append("--full-refresh")
    return arguments


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


@contextmanager
def _environment(variables: Mapping[str, str]) -> Iterator[None]:
    """Sets environment variables for dbt, which reads settings from there, and takes them back."""
    before = {name: os.environ.get(name) for name in variables}
    os.environ.update(variables)
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                os.environ.pop(name, None)
            else:
                os.environ[name] = value


def _judge(result: dbtRunnerResult, raw_files: Mapping[Path, str]) -> BuildResult:
    outcomes = list(getattr(result.result, "results", None) or [])
    bad = [outcome for outcome in outcomes if str(outcome.status) in _BAD]
    if bad:
        first = bad[0]
        why = without_values(first.message or "", raw_files)
        more = f" ({len(bad) - 1} more failed)" if len(bad) > 1 else ""
        raise BuildError(
            f"{_kind(first)} {first.node.name} failed: {why}{more}",
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
    done = [outcome for outcome in outcomes if str(outcome.status) in _DONE]
    return BuildResult(
        models=sum(outcome.node.resource_type == "model" for outcome in done),
        tests=sum(outcome.node.resource_type == "test" for outcome in done),
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


def _kind(outcome: Any) -> str:
    return str(getattr(outcome.node.resource_type, "value", outcome.node.resource_type))
