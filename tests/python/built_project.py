"""The dbt project, parsed once and built over an empty shop, for the tests of its shape."""

from __future__ import annotations

import fcntl
import os
import pickle
import tempfile
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import duckdb
import pytest
from dbt.adapters.duckdb.connections import DuckDBConnectionManager
from dbt.artifacts.schemas.run import RunExecutionResult
from dbt.cli.main import dbtRunner
from dbt.contracts.graph.manifest import Manifest

from utm_pipeline import project as dbt_project

# The required tables, without a row.
_RAW_HEADERS = {
    "utm_sessions": "id,session_key,first_seen",
    "orders": "id,total_sum,payment_status,created",
}


@dataclass(frozen=True)
class BuiltProject:
    """What is left of the build once its files are gone."""

    root: Path
    manifest: Any
    """dbt's manifest."""
    outcomes: dict[str, str]
    """Status of each node that was run, by its unique id."""
    compiled: dict[str, str]
    """SQL of each model, by its name."""
    columns: dict[str, list[str]]
    """Columns of each relation that was built, by its name."""
    comments: dict[tuple[str, str], str]
    """Comments on relations and their columns, by their names; that of a relation has no column."""

    def nodes(self, resource_type: str) -> list[Any]:
        """The manifest's nodes of one type."""
        return [
            node for node in self.manifest.nodes.values() if node.resource_type == resource_type
        ]


@cache
def built_project() -> BuiltProject:
    """Parses the project, builds seeds and models and runs unit tests; no data, no data tests.

    Once for all processes of the tests, where there are several.
    """
    if "UTM_TEST_PARSED" not in os.environ:
        return _built()
    kept = Path(os.environ["UTM_TEST_PARSED"]) / "built.pickle"
    with (kept.with_suffix(".lock")).open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not kept.exists():
            kept.write_bytes(pickle.dumps(_built()))
        made: BuiltProject = pickle.loads(kept.read_bytes())
    # Pickling mixes these up; dbt makes them anew where there are none.
    for name in vars(made.manifest):
        if name.endswith("_lookup"):
            setattr(made.manifest, name, None)
    return made


def _built() -> BuiltProject:
    root = dbt_project.project_dir()
    with tempfile.TemporaryDirectory() as name, pytest.MonkeyPatch.context() as patch:
        folder = Path(name)
        for variable, value in _environment(folder).items():
            patch.setenv(variable, value)
        try:
            manifest, runs = _build(root, folder)
        finally:
            DuckDBConnectionManager.close_all_connections()  # type: ignore[no-untyped-call]
        return BuiltProject(
            root=root,
            manifest=manifest,
            outcomes={run.node.unique_id: str(run.status) for run in runs},
            compiled={
                run.node.name: run.node.compiled_code
                for run in runs
                if run.node.resource_type == "model"
            },
            columns=_columns(folder / "utm.duckdb"),
            comments=_comments(folder / "utm.duckdb"),
        )


def compiled_with(*arguments: str) -> dict[str, str]:
    """SQL by name, as dbt compiles it with other arguments: ``--select``, ``--vars``, ``--inline``.

    The project is not parsed again.
    """
    project = built_project()
    with tempfile.TemporaryDirectory() as name, pytest.MonkeyPatch.context() as patch:
        folder = Path(name)
        for variable, value in _environment(folder).items():
            patch.setenv(variable, value)
        try:
            ended = dbtRunner(manifest=project.manifest).invoke(
                [*_QUIETLY, "compile", *arguments, *_places(project.root, folder)]
            )
        finally:
            DuckDBConnectionManager.close_all_connections()  # type: ignore[no-untyped-call]
    if not isinstance(ended.result, RunExecutionResult):
        raise AssertionError(f"this cannot be compiled: {ended.exception}")
    return {run.node.name: run.node.compiled_code for run in ended.result.results}


_QUIETLY = (
    *("--quiet", "--log-level", "none", "--log-level-file", "none", "--no-write-json"),
    *("--no-send-anonymous-usage-stats", "--no-version-check", "--no-use-colors"),
)


def _places(root: Path, folder: Path) -> list[str]:
    """Where dbt reads and writes: the project as it is, and nothing beside it."""
    return [
        *("--project-dir", str(root)),
        *("--profiles-dir", str(dbt_project.write_profile(root, folder / "profiles"))),
        *("--target-path", str(folder / "target"), "--log-path", str(folder / "logs")),
    ]


def _build(root: Path, folder: Path) -> tuple[Any, list[Any]]:
    """The manifest, and what became of each node."""
    places = _places(root, folder)
    parsed = dbtRunner().invoke([*_QUIETLY, "parse", *places])
    manifest = parsed.result
    if not isinstance(manifest, Manifest):
        raise AssertionError(f"the project cannot be parsed: {parsed.exception}")
    built = dbtRunner(manifest=manifest).invoke(
        [*_QUIETLY, "build", "--exclude-resource-type", "test", *places]
    )
    if not isinstance(built.result, RunExecutionResult):
        raise AssertionError(f"the project cannot be built: {built.exception}")
    return manifest, list(built.result.results)


def _environment(folder: Path) -> dict[str, str]:
    raw = folder / "raw"
    raw.mkdir()
    for table, header in _RAW_HEADERS.items():
        (raw / f"{table}.csv").write_text(header + "\n")
    return {
        "UTM_RAW_DIR": str(raw),
        "UTM_WAREHOUSE": str(folder / "utm.duckdb"),
        "UTM_PII_KEY": "the-key",
        "UTM_THREADS": "2",
        "UTM_AS_OF": "2024-05-15T12:00:00+00:00",
    }


def _columns(warehouse: Path) -> dict[str, list[str]]:
    with duckdb.connect(str(warehouse), read_only=True) as connection:
        rows = connection.execute(
            "select table_name, list(column_name order by column_index) from duckdb_columns() "
            "where schema_name in ('analytics', 'analytics_int') group by table_name"
        ).fetchall()
    return dict(rows)


def _comments(warehouse: Path) -> dict[tuple[str, str], str]:
    with duckdb.connect(str(warehouse), read_only=True) as connection:
        rows = connection.execute(
            "select table_name, '', comment from duckdb_tables() "
            "union all select table_name, column_name, comment from duckdb_columns()"
        ).fetchall()
    return {(table, column): comment for table, column, comment in rows if comment}
