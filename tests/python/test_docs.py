"""The documentation tells what is there: commands, links, settings, vars, tables, columns."""

from __future__ import annotations

import importlib.util
import itertools
import re
import shlex
import xml.etree.ElementTree as ET
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
import yaml

from utm_pipeline import settings
from utm_pipeline.cli import COMMANDS, main
from utm_pipeline.errors import ExitCode
from utm_pipeline.queries import QUERIES

ROOT = Path(__file__).resolve().parents[2]
PAGES = sorted([*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md"), *ROOT.glob("benchmarks/*.md")])
# The defaults that are other than a text: the machine's own number, and no value.
WORDS_FOR_DEFAULTS = {"UTM_THREADS": "cores"}


def page(name: str) -> str:
    return (ROOT / name).read_text(encoding="utf-8")


def load(path: str) -> ModuleType:
    """A script of docs/, which is no package."""
    spec = importlib.util.spec_from_file_location(Path(path).stem, ROOT / path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="module")
def generate() -> ModuleType:
    return load("docs/generate.py")


def section(text: str, heading: str) -> str:
    """The text under a heading, up to the next of its level or above."""
    level = heading.partition(" ")[0]
    _, found, rest = text.partition(f"\n{heading}\n")
    assert found, heading
    return re.split(rf"\n#{{1,{len(level)}}} ", rest)[0]


def table_rows(text: str) -> list[list[str]]:
    """The cells of all Markdown tables in a text, headings and rules left out."""
    rows: list[list[str]] = []
    for line in text.splitlines():
        cells = [cell.strip() for cell in line.strip("|").split("|")]
        if line.startswith("|") and all(re.fullmatch(r":?-+:?", cell) for cell in cells):
            rows.pop()  # what stood above the rule was the heading
        elif line.startswith("|"):
            rows.append(cells)
    return rows


def fenced(text: str, language: str) -> list[str]:
    """Lines of the code blocks of one language, without comments."""
    blocks = re.findall(rf"^```{language}\n(.*?)^```$", text, re.DOTALL | re.MULTILINE)
    lines = [line.partition(" #")[0].strip() for block in blocks for line in block.splitlines()]
    return [line for line in lines if line]


def anchors(text: str) -> set[str]:
    """The anchors that a page's headings get."""
    headings = re.findall(r"^#+ (.+)$", text, re.MULTILINE)
    kept = (re.sub(r"[^\w\- ]", "", heading.lower()) for heading in headings)
    return {heading.replace(" ", "-") for heading in kept}


# The README's commands, links


def test_the_two_commands_of_the_readme_are_there() -> None:
    commands = fenced(section(page("README.md"), "## Two commands"), "sh")
    assert commands == ["make demo", "make test"]


@pytest.mark.parametrize("path", PAGES, ids=lambda path: str(path.relative_to(ROOT)))
def test_every_make_target_exists(path: Path) -> None:
    targets = set(re.findall(r"^([a-z]+):", page("Makefile"), re.MULTILINE))
    assert {"demo", "test"} <= targets
    named = set(
        re.findall(r"(?:`|^)(?:[A-Z_]+=\S+ )*make ([a-z]+)", path.read_text(), re.MULTILINE)
    )
    assert named - targets == set()


@pytest.mark.parametrize("path", PAGES, ids=lambda path: str(path.relative_to(ROOT)))
def test_every_link_leads_somewhere(path: Path) -> None:
    for target in re.findall(r"\]\(([^)\s]+)\)", path.read_text(encoding="utf-8")):
        if re.match(r"[a-z]+:", target):
            continue
        place, _, anchor = target.partition("#")
        file = (path.parent / place).resolve() if place else path
        assert file.exists(), target
        if anchor:
            assert anchor in anchors(file.read_text(encoding="utf-8")), target


@pytest.mark.parametrize("path", PAGES, ids=lambda path: str(path.relative_to(ROOT)))
def test_every_example_is_a_command_with_its_options(
    path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The help of a command comes only after its options have been understood."""
    text = path.read_text(encoding="utf-8")
    indented = re.findall(r"^    (utm-pipeline .*)$", text, re.MULTILINE)
    for line in [*fenced(text, "(?:sh|text)"), *indented]:
        if line.startswith("utm-pipeline ") and "[" not in line:
            arguments = shlex.split(line)[1:]
            assert main([*arguments, "--help"]) == ExitCode.DONE, capsys.readouterr().err


def test_every_page_is_reached_from_the_readme() -> None:
    reached, waiting = set(), [ROOT / "README.md"]
    while waiting:
        path = waiting.pop()
        reached.add(path)
        for target in re.findall(r"\]\(([^)#\s:]+\.md)[)#]", path.read_text(encoding="utf-8")):
            found = (path.parent / target).resolve()
            if found not in reached:
                waiting.append(found)
    assert set(PAGES) - reached == set()


# What scripts write


def test_the_reference_of_the_command_line_is_its_help(generate: ModuleType) -> None:
    assert page("docs/cli.md") == generate.cli_reference(), "run docs/generate.py"


def test_every_command_and_query_is_in_the_reference() -> None:
    reference = page("docs/cli.md")
    for command in (*COMMANDS, *(f"query {name}" for name in QUERIES)):
        assert re.search(rf"^#+ utm-pipeline {command}$", reference, re.MULTILINE), command
    for command in COMMANDS:
        assert re.search(rf"utm-pipeline {command}\b|make {command}\b", page("README.md")), command


def test_every_exit_code_is_in_the_reference() -> None:
    told = [int(row[0]) for row in table_rows(section(page("docs/cli.md"), "## Exit codes"))]
    assert told == sorted(ExitCode)


def test_the_parts_of_pages_are_what_the_code_says(generate: ModuleType) -> None:
    for name in generate.PARTS:
        assert page(name) == generate.made_anew(name), "run docs/generate.py"


def test_every_row_of_a_made_table_has_a_meaning() -> None:
    for name in ("docs/settings.md", "docs/cli.md"):
        assert [row[0] for row in table_rows(page(name)) if not row[-1]] == []


def test_a_new_setting_waits_for_its_meaning(
    generate: ModuleType, monkeypatch: pytest.MonkeyPatch
) -> None:
    more = {**settings.SETTINGS, "new": settings.Variable("UTM_NEW", str, "1")}
    monkeypatch.setattr(generate, "SETTINGS", more)
    made = generate.settings_table(page("docs/settings.md"))
    assert made.endswith("| `UTM_NEW` | `1` | |\n")
    assert made.removesuffix("| `UTM_NEW` | `1` | |\n") in page("docs/settings.md")


def test_a_page_without_marks_is_refused(generate: ModuleType) -> None:
    with pytest.raises(ValueError, match="queries:begin"):
        generate.with_part("# Nothing here\n", "queries", "")


@pytest.mark.parametrize("path", PAGES, ids=lambda path: str(path.relative_to(ROOT)))
def test_every_table_is_shown_as_one(path: Path) -> None:
    """A table begins a paragraph, and its rows have as many cells as its heading."""
    lines = re.sub(r"^```.*?^```", "", path.read_text(), flags=re.DOTALL | re.MULTILINE).split("\n")
    for number, line in enumerate(lines):
        if not re.fullmatch(r"\|( *:?-+:? *\|)+", line):
            continue
        head = lines[number - 1]
        assert head.startswith("|"), head
        assert not lines[number - 2] or lines[number - 2].startswith("<!-- "), head
        for row in itertools.takewhile(lambda each: each.startswith("|"), lines[number - 1 :]):
            cells = re.sub(r"`[^`]*`|\\\|", "", row)
            assert cells.count("|") == line.count("|"), row


def test_pages_name_settings_that_are_there() -> None:
    known = {*settings.VARIABLES, "UTM_BUILD_PATH", "UTM_AS_OF"}
    for path in PAGES:
        if path.name not in {"CHANGELOG.md", "DECISIONS.md", "CONTRIBUTING.md"}:
            named = set(re.findall(r"\b(?:UTM|EMAIL)_[A-Z_]+[A-Z]\b", path.read_text()))
            assert {name for name in named - known if "_TEST_" not in name} == set(), path


def test_the_readme_keeps_a_place_for_the_figures() -> None:
    figures = section(page("README.md"), "## Figures")
    assert re.search(r"<!-- figures:begin -->\n.*<!-- figures:end -->", figures, re.DOTALL)


def test_the_picture_is_whole_and_needs_nothing_from_elsewhere() -> None:
    svg = page("docs/report.svg")
    assert len(svg) < 100_000
    drawn = "".join(ET.fromstring(svg).itertext()).replace("\xa0", " ")
    for text in ("make demo", "General statistics", "Top 5 sources", "Funnel", "instagram"):
        assert text in drawn
    assert not re.search(r"url\(\s*[\"']?http|<script|@import|@font-face|href=", svg)


def test_the_picture_is_drawn_from_what_the_terminal_gets() -> None:
    svg = load("docs/picture.py").picture("\x1b[1mReport\x1b[0m\n  Дохід  \x1b[32m+1%\x1b[0m\n")
    drawn = "".join(ET.fromstring(svg).itertext()).replace("\xa0", " ")
    assert all(text in drawn for text in ("Report", "Дохід", "+1%"))
    assert "font-weight: bold" in svg
    assert "@font-face" not in svg


# Settings, vars, seeds


def test_every_setting_is_described_with_its_default() -> None:
    rows = table_rows(section(page("docs/settings.md"), "## Environment variables"))
    told = {row[0].strip("`"): row[1].strip("`") for row in rows}
    assert len(told) == len(rows)
    defaults = {setting.name: setting.default or "" for setting in settings.SETTINGS.values()}
    assert told == defaults | WORDS_FOR_DEFAULTS


def test_every_var_is_described_with_its_default() -> None:
    rows = table_rows(section(page("docs/settings.md"), "## Vars"))
    told = {row[0].strip("`"): yaml.safe_load(row[1]) for row in rows}
    assert told == yaml.safe_load(page("dbt_project.yml"))["vars"]


def test_every_seed_is_described() -> None:
    rows = table_rows(section(page("docs/settings.md"), "## Seeds"))
    assert {row[0].strip("`") for row in rows} == {path.stem for path in ROOT.glob("seeds/*.csv")}


def test_points_are_those_of_the_seed() -> None:
    cells = [
        cell
        for row in table_rows(section(page("docs/metrics.md"), "## 2 Cleaning"))
        for cell in row
    ]
    told = {
        name: int(points.replace("−", "-"))
        for name, points in itertools.pairwise(cells)
        if re.fullmatch(r"−?[0-9]+", points)
    }
    seed = dict(line.split(",") for line in page("seeds/action_points.csv").split()[1:])
    assert told.pop("any other") == 0
    assert told == {name: int(points) for name, points in seed.items()}


# Definitions, tables, columns


def test_the_sections_that_models_name_are_there() -> None:
    named = {
        number
        for folder in ("models", "macros", "utm_pipeline", "tests")
        for path in (ROOT / folder).rglob("*")
        if path.suffix in {".sql", ".py", ".yml"}
        for number in re.findall(r"metrics\.md,? (?:section )?([0-9])", path.read_text())
    }
    sections = re.findall(r"^## ([0-9]) ", page("docs/metrics.md"), re.MULTILINE)
    assert sections == [str(number) for number in range(1, 9)]
    assert named <= set(sections)
    assert {"1", "2", "4", "5"} <= named


def test_every_query_is_defined() -> None:
    rows = table_rows(section(page("docs/metrics.md"), "## 5 What queries answer"))
    defined = [name for row in rows for name in row[0].split(", ")]
    assert sorted(defined) == sorted(QUERIES)


def test_the_channel_groups_are_those_of_the_macro() -> None:
    macro = page("macros/utm/channel_group.sql").partition("{%- endmacro %}")[0]
    given = re.findall(r"(?:then|else) '([^']+)'", macro)
    assert [row[1] for row in table_rows(page("docs/channels.md"))] == given


def contract() -> dict[str, list[dict[str, Any]]]:
    sources = yaml.safe_load(page("models/staging/_sources.yml"))["sources"]
    return {table["name"]: table["columns"] for table in sources[0]["tables"]}


@pytest.mark.parametrize("table", contract())
def test_every_raw_column_is_described_with_its_kind(table: str) -> None:
    told: dict[str, tuple[str, bool]] = {}
    for names, kinds, *_ in table_rows(section(page("docs/inputs.md"), f"## {table}")):
        columns = names.split(", ")
        listed = kinds.split(", ")
        each = listed if len(listed) > 1 else listed * len(columns)
        for column, kind in zip(columns, each, strict=True):
            told[column.removesuffix(" **R**")] = (kind, column.endswith("**R**"))
    assert told == {
        column["name"]: (column["data_type"], column.get("meta", {}).get("required", False))
        for column in contract()[table]
    }


def test_every_mart_is_described() -> None:
    rows = table_rows(page("docs/marts.md"))
    told = [name for row in rows for name in re.findall(r"`([a-z_]+)`", row[0])]
    assert sorted(told) == sorted(
        path.stem for path in ROOT.glob("models/marts/**/*.sql") if path.stem[:4] != "int_"
    )


def test_the_examples_of_sql_name_columns_that_the_marts_have() -> None:
    models = [
        model
        for file in ROOT.glob("models/marts/**/*.yml")
        for model in yaml.safe_load(file.read_text(encoding="utf-8")).get("models", [])
    ]
    columns = {model["name"]: {column["name"] for column in model["columns"]} for model in models}
    statement = " ".join(fenced(page("docs/marts.md"), "sql"))
    aliases = dict(re.findall(r"analytics\.(\w+) as (\w+)", statement))
    assert aliases
    for mart, alias in aliases.items():
        assert set(re.findall(rf"\b{alias}\.(\w+)", statement)) <= columns[mart]
    assert {"first_source", "first_session_id", "is_customer", "orders", "revenue"} <= columns[
        "dim_people"
    ]
