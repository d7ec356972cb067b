"""Running dbt in this process, on a project of two models."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

import duckdb
import pytest

from utm_pipeline import project as dbt_project
from utm_pipeline.errors import BuildError
from utm_pipeline.refresh import dbt_runner
from utm_pipeline.refresh.dbt_runner import BuildResult
from utm_pipeline.settings import load_settings

SECRET = "olena@example.com"
PROFILE = (Path(__file__).parents[2] / "profiles.yml.example").read_text()
PROJECT = """
name: tiny
version: "1.0"
profile: utm_pipeline
vars: {days: 30}
flags: {send_anonymous_usage_stats: false}
"""
TESTS = """
models:
  - name: second
    columns:
      - name: id
        data_tests:
          - not_null
          - unique:
              config: {severity: warn}
unit_tests:
  - name: never_run
    model: second
    given: [{input: ref('first'), rows: [{id: 1}]}]
    expect: {rows: [{id: 2}]}
"""


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A project whose second model reads the first; the tool takes it for its own."""
    folder = tmp_path / "project"
    (folder / "models").mkdir(parents=True)
    (folder / "profiles.yml.example").write_text(PROFILE)
    (folder / "dbt_project.yml").write_text(PROJECT)
    (folder / "models" / "tests.yml").write_text(TESTS)
    write_model(folder, "first", "select 1 as id")
    write_model(folder, "second", "select id from {{ ref('first') }}")
    monkeypatch.setattr(dbt_project, "project_dir", lambda: folder)
    return folder


def write_model(project: Path, name: str, sql: str) -> None:
    config = "{{ config(materialized='table') }} "
    (project / "models" / f"{name}.sql").write_text(config + sql)


def build(
    project: Path,
    progress: dbt_runner.Progress = lambda _finished, _total: None,
    variables: Mapping[str, object] | None = None,
) -> BuildResult:
    folder = project.parent / "wh"
    folder.mkdir(exist_ok=True)
    settings = load_settings(
        {
            "UTM_WAREHOUSE": str(folder / "utm.duckdb"),
            "UTM_THREADS": "1",
            "UTM_PII_KEY": "the-key",
        },
        folder,
    )
    return dbt_runner.build(
        settings,
        {"UTM_BUILD_PATH": str(folder / "utm.duckdb")},
        variables or {},
        full_refresh=False,
        raw={},
        progress=progress,
    )


def files_with(folder: Path, text: str) -> list[Path]:
    return [
        path for path in folder.rglob("*") if path.is_file() and text.encode() in path.read_bytes()
    ]


def test_a_build_counts_models_and_tests_and_tells_progress(
    project: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    steps: list[tuple[int, int]] = []
    result = build(project, lambda finished, total: steps.append((finished, total)))
    assert (result.models, result.tests, result.warnings) == (2, 2, ())
    assert steps == [(0, 4), (1, 4), (2, 4), (3, 4), (4, 4)]
    assert capfd.readouterr() == ("", "")


def test_afterwards_nothing_is_open_and_the_environment_is_as_before(project: Path) -> None:
    before = dict(os.environ)
    build(project)
    path = project.parent / "wh" / "utm.duckdb"
    open_files = {link.resolve() for link in Path("/proc/self/fd").iterdir()}
    assert path.resolve() not in open_files
    assert not path.with_name("utm.duckdb.wal").exists()
    assert dict(os.environ) == before


def test_the_state_folder_holds_no_key_and_the_project_no_output(project: Path) -> None:
    build(project)
    state = project.parent / "wh" / ".utm"
    assert (state / "target").is_dir()
    assert files_with(state, "the-key") == []
    assert sorted(path.name for path in project.iterdir()) == [
        "dbt_project.yml",
        "models",
        "profiles.yml.example",
    ]


def test_vars_reach_the_models(project: Path) -> None:
    write_model(project, "first", "select {{ var('days') }} as id")
    build(project, variables={"days": 7})
    with duckdb.connect(str(project.parent / "wh" / "utm.duckdb")) as connection:
        assert connection.execute("select id from analytics.second").fetchall() == [(7,)]


def test_a_failed_test_stops_the_run(project: Path) -> None:
    write_model(project, "first", "select cast(null as integer) as id")
    with pytest.raises(BuildError, match="test not_null_second_id failed: Got 1 result") as caught:
        build(project)
    assert "nothing was published" in caught.value.fix


def test_a_test_that_only_warns_is_told(project: Path) -> None:
    write_model(project, "first", "select 1 as id union all select 1")
    (warning,) = build(project).warnings
    assert warning.startswith("unique_second_id: Got 1 result")


def test_a_failed_model_is_named_without_any_value_of_a_row(project: Path) -> None:
    write_model(
        project, "first", "select cast(word as integer) as id from (select word from words)"
    )
    folder = project.parent / "wh"
    folder.mkdir()
    with duckdb.connect(str(folder / "utm.duckdb")) as connection:
        connection.execute("create schema analytics; create table analytics.words (word varchar)")
        connection.execute("insert into analytics.words values ($1)", [SECRET])
    write_model(project, "first", "select cast(word as integer) as id from analytics.words")
    with pytest.raises(BuildError, match="model first failed: Conversion Error") as caught:
        build(project)
    assert SECRET not in str(caught.value)
    assert "models/first.sql" in str(caught.value)
    assert files_with(folder / ".utm", SECRET) == []


def test_a_model_that_cannot_be_parsed_is_an_error(project: Path) -> None:
    write_model(project, "first", "select id from {{ ref('nope') }}")
    with pytest.raises(BuildError, match=r"dbt stopped: .*depends on a node named 'nope'"):
        build(project)


def test_an_interrupt_is_handed_on(project: Path) -> None:
    def stop(_finished: int, _total: int) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        build(project, stop)
