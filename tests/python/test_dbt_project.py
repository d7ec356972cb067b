"""Finding the dbt project, its profile and its vars."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from utm_pipeline import project as dbt_project
from utm_pipeline.errors import ConfigError

ROOT = Path(__file__).parents[2]
PROJECT = """
name: tiny
vars: {days: 30, share: 0.5, net: false, word: hello, as_of: null}
"""


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A folder with a dbt project file that has vars of every kind."""
    (tmp_path / "dbt_project.yml").write_text(PROJECT)
    return tmp_path


def test_in_a_checkout_the_project_is_the_repository() -> None:
    assert dbt_project.project_dir() == ROOT


def test_installed_the_project_is_inside_the_package(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(dbt_project, "_PACKAGE", tmp_path / "site" / "utm_pipeline")
    with pytest.raises(ConfigError, match="project is missing"):
        dbt_project.project_dir()
    inside = tmp_path / "site" / "utm_pipeline" / "_dbt"
    inside.mkdir(parents=True)
    for name in ("dbt_project.yml", "profiles.yml.example"):
        (inside / name).write_text("")
    assert dbt_project.project_dir() == inside


def test_the_profile_has_no_secret_and_keeps_the_builds_name(tmp_path: Path) -> None:
    folder = dbt_project.write_profile(ROOT, tmp_path / "profiles")
    text = (folder / "profiles.yml").read_text()
    output = yaml.safe_load(text)["utm_pipeline"]["outputs"]["duckdb"]
    assert "PII" not in text
    assert output["path"].startswith("{{ env_var('UTM_BUILD_PATH', env_var('UTM_WAREHOUSE'")
    assert output["plugins"] == [{"module": "utm_pipeline.refresh.dbt_runner"}]
    assert output["settings"]["TimeZone"] == "UTC"


def test_vars_of_the_file_and_of_the_option(project: Path) -> None:
    file = project / "vars.yml"
    assert dbt_project.read_vars(project, file, None) == {}
    file.write_text("days: 10\nshare: 1\n")
    assert dbt_project.read_vars(project, file, "{days: 7, as_of: 2024-01-01T00:00}") == {
        "days": 7,
        "share": 1,
        "as_of": "2024-01-01T00:00",
    }


@pytest.mark.parametrize(
    ("given", "text"),
    [
        ("{day: 7}", "no var 'day'"),
        ("{days: many}", "var days is 'many'"),
        ("{days: true}", "var days is True"),
        ("{net: 1}", "var net is 1"),
        ("{word: [a]}", "var word is"),
        ("days", "no YAML mapping"),
        ("{days: ", "no YAML mapping"),
    ],
)
def test_wrong_vars(project: Path, given: str, text: str) -> None:
    with pytest.raises(ConfigError, match=text.replace("[", "\\[")) as caught:
        dbt_project.read_vars(project, project / "vars.yml", given)
    assert "--vars" in str(caught.value)


def test_a_wrong_file_is_named(project: Path) -> None:
    file = project / "vars.yml"
    file.write_text("nope: 1")
    with pytest.raises(ConfigError, match=r"vars\.yml") as caught:
        dbt_project.read_vars(project, file, None)
    assert "days" in caught.value.fix
