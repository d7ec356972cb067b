"""The shape of the dbt project: what every model must have, and what none may hold."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

from built_project import BuiltProject, built_project

MAX_LINES = 100
MARTS = ("fct_", "dim_", "rpt_")

# What a model of a layer may read; a subject of the marts reads core and, by name, other subjects.
STAGING = {"source", "seed", "staging"}
INTERMEDIATE = {"seed", "staging", "intermediate"}
SUBJECTS: dict[str, set[str]] = {
    "periods": set(),
    "traffic": {"periods"},
    "compare": {"periods"},
    "funnel": {"periods"},
    "audience": {"periods"},
    "value": {"periods", "traffic"},
    "cohorts": {"periods"},
    "ab_tests": {"periods"},
    # Their rules judge numbers that reports give, so that an insight never says another one.
    "insights": {"periods", "traffic", "compare", "value", "cohorts", "ab_tests"},
    "kpis": {"periods", "value", "cohorts"},
    "quality": set(),
}
# What became of the raw rows is about nothing later. The functions that clean filter values are
# made of the aliases.
EXCEPTIONS = {
    "rpt_data_quality": "staging",
    "rpt_data_quality_reasons": "staging",
    "rpt_run": "staging",
    "rpt_refresh": "seed",
}

ENGINES = re.compile(r"target\s*\.\s*type|adapter\s*\.\s*type|duckdb|postgres|spark", re.IGNORECASE)
CLOCKS = re.compile(
    r"\b(current_(timestamp|date|time)|localtime(stamp)?|run_started_at|"
    r"(now|today|getdate|sysdate|clock_timestamp|transaction_timestamp)\s*\(\s*\))",
    re.IGNORECASE,
)
STAR_FROM_SOURCE = re.compile(r"\*\s+from\s+\{\{\s*source\s*\(", re.IGNORECASE)


@pytest.fixture(scope="module")
def project() -> BuiltProject:
    return built_project()


@pytest.fixture(scope="module")
def models(project: BuiltProject) -> list[Any]:
    found = project.nodes("model")
    assert len(found) > 40
    return found


def layer(node: Any) -> str:
    """seed, source, staging, intermediate, core or the subject of a mart."""
    if node.resource_type != "model":
        return str(node.resource_type)
    folders = Path(node.original_file_path).parts[1:]
    return folders[1] if folders[0] == "marts" else folders[0]


def may_read(node: Any) -> set[str | None]:
    """The layers that a model may read."""
    own = layer(node)
    if own == "staging":
        return {*STAGING}
    if own == "intermediate":
        return {*INTERMEDIATE}
    if own == "core":
        return {*INTERMEDIATE, "core"}
    return {own, "core", *SUBJECTS[own], EXCEPTIONS.get(node.name)}


def sql_files(project: BuiltProject, *folders: str) -> list[Path]:
    found = [path for folder in folders for path in (project.root / folder).rglob("*.sql")]
    assert found
    return found


def files_with(project: BuiltProject, pattern: re.Pattern[str], *folders: str) -> list[str]:
    return [
        f"{path.relative_to(project.root)}: {found.group()}"
        for path in sql_files(project, *folders)
        if (found := pattern.search(path.read_text(encoding="utf-8")))
    ]


def test_every_model_seed_and_unit_test_is_built(project: BuiltProject) -> None:
    """A unit test that does not hold is named here."""
    expected = {node.unique_id for node in [*project.nodes("model"), *project.nodes("seed")]}
    expected |= set(project.manifest.unit_tests)
    failed = {
        name: status
        for name in sorted(expected)
        if (status := project.outcomes.get(name, "not run")) not in {"success", "pass"}
    }
    assert failed == {}


def test_every_description_begins_with_the_grain(models: list[Any]) -> None:
    assert [node.name for node in models if not node.description.startswith("One row")] == []


def test_every_column_is_described(project: BuiltProject, models: list[Any]) -> None:
    """Of the relation as it is built: none is missing, and none is described that is not there."""
    for node in models:
        described = {name for name, column in node.columns.items() if column.description.strip()}
        assert described == set(project.columns.get(node.name, [])), node.name


def test_every_model_has_a_tested_key(project: BuiltProject, models: list[Any]) -> None:
    keyed = {
        test.attached_node
        for test in project.nodes("test")
        if getattr(getattr(test, "test_metadata", None), "name", None) == "is_key"
    }
    assert [node.name for node in models if node.unique_id not in keyed] == []


def test_a_mart_has_a_contract_and_its_comments_and_a_step_has_no_contract(
    models: list[Any],
) -> None:
    """A mart is served, a step is not; their names say which they are, and so do their schemas."""
    marts = [node for node in models if node.name.startswith(MARTS)]
    assert len(marts) > 30
    assert {node.name for node in models if node.contract.enforced} == {n.name for n in marts}
    assert {node.name for node in models if node.schema == "analytics"} == {n.name for n in marts}
    assert {node.schema for node in models} == {"analytics", "analytics_int"}
    untyped = [
        f"{node.name}.{name}"
        for node in marts
        for name, column in node.columns.items()
        if not column.data_type
    ]
    assert untyped == []


def test_every_column_of_a_mart_has_its_comment_in_the_warehouse(
    project: BuiltProject, models: list[Any]
) -> None:
    described = {
        (node.name, name): text
        for node in models
        if node.name.startswith(MARTS)
        for name, text in [
            ("", node.description),
            *((name, column.description) for name, column in node.columns.items()),
        ]
    }
    assert len(described) > 300
    assert {key: project.comments.get(key) for key in described} == described


def test_layers_depend_downwards_only(project: BuiltProject, models: list[Any]) -> None:
    known = {**project.manifest.nodes, **project.manifest.sources}
    wrong = [
        f"{node.name} ({layer(node)}) reads {parent.name} ({layer(parent)})"
        for node in models
        for parent in (known[name] for name in node.depends_on.nodes)
        if layer(parent) not in may_read(node)
    ]
    assert wrong == []


def test_a_subjects_yaml_lies_beside_its_models(models: list[Any]) -> None:
    apart = [
        node.name
        for node in models
        if Path(node.original_file_path).parent != Path(node.patch_path.split("://")[1]).parent
        and layer(node) != "staging"
    ]
    assert apart == []


def test_a_quarantine_has_the_columns_of_its_raw_table(project: BuiltProject) -> None:
    for source in project.manifest.sources.values():
        found = project.columns[f"quarantine_{source.name}"]
        assert found == ["row_id", "reason", *source.columns, "received", "file_version"]


def test_no_model_names_an_engine(project: BuiltProject) -> None:
    """Nor does a macro outside ``macros/engines``."""
    others = [f"macros/{name}" for name in ("reading", "utm", "stats")]
    assert files_with(project, ENGINES, "models", "tests/dbt", *others) == []


def test_no_model_looks_at_the_clock(project: BuiltProject) -> None:
    """Two macros do: where nobody says which instant the marts shall describe, and for files that
    are too young to tell a later change by their time."""
    assert sorted(files_with(project, CLOCKS, "models", "tests/dbt", "macros")) == [
        "macros/engines/duckdb/raw_files.sql: run_started_at",
        "macros/utm/as_of.sql: run_started_at",
    ]


def test_no_model_takes_all_columns_of_a_source(project: BuiltProject) -> None:
    assert files_with(project, STAR_FROM_SOURCE, "models", "macros") == []


def test_no_model_is_long(project: BuiltProject) -> None:
    lengths = {
        path.name: len(path.read_text(encoding="utf-8").splitlines())
        for path in sql_files(project, "models")
    }
    assert {name: lines for name, lines in lengths.items() if lines > MAX_LINES} == {}


def test_the_last_select_is_the_model(project: BuiltProject, models: list[Any]) -> None:
    """It shows its columns: no wrapper around it, no macro that writes all of it."""
    files = {node.name: project.root / node.original_file_path for node in models}
    last = {
        name: re.split(r"^\)$|\),\n\n", path.read_text(encoding="utf-8"), flags=re.MULTILINE)[-1]
        for name, path in files.items()
    }
    wrapped = [name for name, text in last.items() if re.search(r"^select \*", text, re.MULTILINE)]
    hidden = [
        name for name, text in last.items() if not re.search(r"^select\b", text, re.MULTILINE)
    ]
    assert wrapped + hidden == []


def test_every_seed_and_source_is_described(project: BuiltProject) -> None:
    seeds, sources = project.nodes("seed"), list(project.manifest.sources.values())
    assert (len(seeds), len(sources)) == (10, 5)
    for node in [*seeds, *sources]:
        assert node.description.startswith("One row"), node.name
        assert [name for name, column in node.columns.items() if not column.description] == []
    for seed in seeds:
        assert set(seed.columns) == set(project.columns[seed.name]), seed.name


@pytest.mark.parametrize(
    ("pattern", "text"),
    [
        (ENGINES, "{% if target.type == 'x' %}"),
        (ENGINES, "-- only DuckDB does this"),
        (CLOCKS, "where created < CURRENT_TIMESTAMP"),
        (CLOCKS, "select now()"),
        (CLOCKS, "{{ dbt.current_timestamp() }}"),
        (STAR_FROM_SOURCE, "select * from {{ source('raw', 'orders') }}"),
        (STAR_FROM_SOURCE, "select\n    orders.*\nfrom {{source('raw', 'orders')}}"),
    ],
)
def test_the_patterns_find_what_they_are_for(pattern: re.Pattern[str], text: str) -> None:
    assert pattern.search(text)


@pytest.mark.parametrize(
    ("pattern", "text"),
    [
        (CLOCKS, "select today_clock, now_clock from clock"),
        (ENGINES, "select target_type from orders"),
        (STAR_FROM_SOURCE, "select * from {{ ref('base_orders') }}"),
    ],
)
def test_the_patterns_leave_the_rest(pattern: re.Pattern[str], text: str) -> None:
    assert not pattern.search(text)
