"""The shape of the dbt project: what every model must have, and what none may hold."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

from built_project import BuiltProject, built_project

MAX_LINES = 110

# What a model of a layer may read. intermediate/reports stands between facts and reports.
LAYERS: dict[str, set[str]] = {
    "staging": {"source", "seed", "staging"},
    "intermediate": {"seed", "staging", "intermediate"},
    "marts/core": {"seed", "staging", "intermediate", "marts/core"},
    "intermediate/reports": {"intermediate", "marts/core", "intermediate/reports"},
    "marts/reports": {"intermediate", "marts/core", "intermediate/reports", "marts/reports"},
}
# These are about the raw rows and what became of them, and about nothing later. rpt_refresh reads
# the aliases, for the functions that clean filter values. The rules of the insights judge numbers
# that reports give, so that an insight never says another one than its report.
EXCEPTIONS = {
    "int_insight_cohorts": "marts/reports",
    "int_insight_creatives": "marts/reports",
    "int_insight_names": "marts/reports",
    "int_insight_spend": "marts/reports",
    "rpt_data_quality": "staging",
    "rpt_data_quality_reasons": "staging",
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
    if node.resource_type != "model":
        return str(node.resource_type)
    folders = Path(node.original_file_path).parent.parts[1:]
    return "staging" if folders[0] == "staging" else "/".join(folders)


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


def test_every_mart_has_an_enforced_contract(models: list[Any]) -> None:
    marts = [node for node in models if layer(node).startswith("marts/")]
    assert len(marts) > 15
    assert [node.name for node in marts if not node.contract.enforced] == []
    untyped = [
        f"{node.name}.{name}"
        for node in marts
        for name, column in node.columns.items()
        if not column.data_type
    ]
    assert untyped == []


def test_layers_depend_downwards_only(project: BuiltProject, models: list[Any]) -> None:
    known = {**project.manifest.nodes, **project.manifest.sources}
    wrong = [
        f"{node.name} ({layer(node)}) reads {parent.name} ({layer(parent)})"
        for node in models
        for parent in (known[name] for name in node.depends_on.nodes)
        if layer(parent) not in LAYERS[layer(node)] | {EXCEPTIONS.get(node.name)}
    ]
    assert wrong == []


def test_no_model_names_an_engine(project: BuiltProject) -> None:
    assert files_with(project, ENGINES, "models", "tests/dbt", "macros/utm") == []


def test_no_model_looks_at_the_clock(project: BuiltProject) -> None:
    """Two macros do: where nobody says which instant the marts shall describe, and for files that
    are too young to tell a later change by their time."""
    assert sorted(files_with(project, CLOCKS, "models", "tests/dbt", "macros")) == [
        "macros/cross_db/raw_files.sql: run_started_at",
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


def test_every_model_ends_in_a_final_select(project: BuiltProject) -> None:
    """Also those whose body a macro writes."""
    others = [
        name
        for name, sql in project.compiled.items()
        if not (sql or "").rstrip().endswith("select * from final")
    ]
    assert others == []


def test_every_seed_and_source_is_described(project: BuiltProject) -> None:
    seeds, sources = project.nodes("seed"), list(project.manifest.sources.values())
    assert (len(seeds), len(sources)) == (7, 5)
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
