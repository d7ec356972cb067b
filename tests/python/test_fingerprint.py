"""The fingerprint: what makes a refresh build everything anew."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from utm_pipeline.project import fingerprint
from utm_pipeline.settings import Settings, load_settings


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A dbt project with a file of each kind."""
    for name in (
        "dbt_project.yml",
        "models/a/m.sql",
        "models/m.yml",
        "macros/x.sql",
        "seeds/s.csv",
    ):
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(name)
    return tmp_path


def of(project: Path, settings: Settings | None = None, **changes: Any) -> str:
    own = settings or load_settings({})
    variables, key = changes.pop("variables", {}), changes.pop("key", "key")
    return fingerprint(project, replace(own, **changes), variables, key)


@pytest.mark.parametrize(
    "changes",
    [
        {"timezone": "UTC"},
        {"own_domains": ("shop.ua",)},
        {"raw_tables": {"orders": "orders_order"}},
        {"schema": "shop"},
        {"variables": {"identity_max_phones": 20}},
        {"key": "another"},
    ],
)
def test_what_models_read_changes_it(project: Path, changes: dict[str, Any]) -> None:
    assert of(project, **changes) != of(project)


@pytest.mark.parametrize("changes", [{"lang": "en"}, {"threads": 64}, {"raw_dir": Path("x")}])
def test_what_no_model_reads_does_not(project: Path, changes: dict[str, Any]) -> None:
    assert of(project, **changes) == of(project)


@pytest.mark.parametrize(
    "name", ["dbt_project.yml", "models/a/m.sql", "models/m.yml", "macros/x.sql", "seeds/s.csv"]
)
def test_every_file_of_the_project_changes_it(project: Path, name: str) -> None:
    before = of(project)
    (project / name).write_text("changed")
    assert of(project) != before
    (project / name).write_text(name)
    assert of(project) == before


def test_a_moved_and_a_new_file_change_it(project: Path) -> None:
    before = of(project)
    (project / "models" / "a" / "m.sql").rename(project / "models" / "m.sql")
    assert of(project) != before
