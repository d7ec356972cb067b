"""What others than this program read: MetricFlow's metrics, dbt's documentation, SQL of the docs.

All over the sample shop, with dbt's project in a folder of its own, so that nothing is left here.
"""

from __future__ import annotations

import csv
import json
import os
import re
import shlex
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import duckdb
import pytest

from benchmarks.sample_shop.shop import SAMPLE_AS_OF, write_sample
from utm_pipeline import cli
from utm_pipeline import project as dbt_project
from utm_pipeline import refresh as refreshes
from utm_pipeline.settings import load_settings

ROOT = Path(__file__).resolve().parents[2]
METRICS = (
    *("sessions", "conversions", "orders", "revenue", "spend"),
    *("conversion_rate", "avg_order_value", "roas"),
)
# The same from the marts, for one period and by one tag.
FROM_MARTS = """
select
    sources.utm_source,
    sources.sessions,
    sources.conversions,
    sources.orders,
    sources.revenue,
    ltv.ad_spend as spend,
    sources.conversion_rate,
    sources.avg_order_value,
    cast(sources.revenue as double) / nullif(cast(ltv.ad_spend as double), 0) as roas
from analytics.rpt_ltv as ltv
full outer join analytics.rpt_sources as sources
    on ltv.period = sources.period and ltv.utm_source = sources.utm_source
where coalesce(ltv.period, sources.period) = ?
"""
ALL_FROM_MARTS = """
select
    stats.total_sessions,
    stats.total_conversions,
    stats.total_orders,
    stats.total_revenue,
    spend.spend,
    stats.conversion_rate,
    stats.avg_order_value,
    cast(stats.total_revenue as double) / cast(spend.spend as double)
from analytics.rpt_general_stats as stats
cross join (
    select period, sum(ad_spend) as spend from analytics.rpt_roi group by period
) as spend
where stats.period = ? and spend.period = stats.period
"""
# Several commands of ``mf`` in one process, since each start of it takes seconds.
MF = """
import json, sys
from dbt_metricflow.cli.cli_configuration import CLIConfiguration
from dbt_metricflow.cli.main import cli

shared = CLIConfiguration()
for arguments in json.loads(sys.argv[1]):
    cli.main(arguments, prog_name="mf", obj=shared, standalone_mode=False)
"""
NO_NUMBERS = {"text", "boolean", "date", "timestamp"}


DAYS = {
    "fct_sessions": "first_seen_date",
    "fct_actions": "acted_date",
    "fct_orders": "created_date",
    "fct_ad_spend": "spend_date",
}


@dataclass(frozen=True)
class Shop:
    """The sample shop, built, with dbt's project and its documentation beside it."""

    folder: Path
    warehouse: Path
    environment: dict[str, str]

    def python(self, *arguments: str) -> None:
        """Runs Python in the folder."""
        done = subprocess.run(
            [sys.executable, *arguments],
            cwd=self.folder,
            env=self.environment,
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stdout + done.stderr

    def artifact(self, name: str) -> dict[str, Any]:
        """One of dbt's JSON files."""
        found: dict[str, Any] = json.loads((self.folder / "target" / f"{name}.json").read_text())
        return found

    def rows(self, statement: str, *values: object) -> list[tuple[Any, ...]]:
        with duckdb.connect(str(self.warehouse), read_only=True) as connection:
            return connection.execute(statement, list(values)).fetchall()


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shop]:
    folder = tmp_path_factory.mktemp("shop")
    settings = load_settings(
        {"UTM_RAW_DIR": "raw", "UTM_PII_KEY": "the-key", "UTM_THREADS": "2"}, folder
    )
    write_sample(settings.raw_dir)
    refreshes.refresh(settings, refreshes.RefreshRequest(as_of=SAMPLE_AS_OF))

    for name in ("models", "macros", "seeds", "tests/dbt", "dbt_project.yml"):
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).symlink_to(ROOT / name)
    dbt_project.write_profile(ROOT, folder)
    (folder / "tmp").mkdir()
    environment = {
        **{name: value for name, value in os.environ.items() if not name.startswith("DBT_")},
        # What one sets who runs dbt by itself.
        "UTM_WAREHOUSE": str(settings.warehouse),
        "UTM_RAW_DIR": str(settings.raw_dir),
        "UTM_PII_KEY": "the-key",
        "UTM_AS_OF": SAMPLE_AS_OF.isoformat(),
        "UTM_THREADS": "2",
        "DBT_SEND_ANONYMOUS_USAGE_STATS": "false",
        "PYTHONPATH": str(ROOT),
        # MetricFlow asks the package index for its newest version and keeps the answer among the
        # temporary files. Here nobody answers, which it takes.
        "HTTPS_PROXY": "http://127.0.0.1:9",
        "TMPDIR": str(folder / "tmp"),
    }
    made = Shop(folder, settings.warehouse, environment)
    before = left_in_the_tree()
    made.python("-m", "dbt.cli.main", "--quiet", "docs", "generate")
    yield made
    assert left_in_the_tree() == before


@dataclass(frozen=True)
class Answers:
    """What ``mf query`` answers for all metrics."""

    by_source: list[dict[str, str]]
    over_all: list[dict[str, str]]
    by_month: list[dict[str, str]]
    examples: list[list[dict[str, str]]]
    """Those of the page, each with the metrics that it asks for."""


@pytest.fixture(scope="module")
def answers(shop: Shop) -> Answers:
    ((first, last),) = shop.rows(
        "select first_date, last_date from analytics.rpt_periods where period = 'last_month'"
    )
    every = ["query", "--metrics", ",".join(METRICS)]
    month = ["--start-time", f"{first}", "--end-time", f"{last}"]
    asked = [
        [*every, "--group-by", "campaign__utm_source"],
        every,
        [*every, "--group-by", "metric_time__month", *month],
        *(shlex.split(line)[1:] for line in lines_of("sh") if line.startswith("mf ")),
    ]
    files = [shop.folder / f"answer-{number}.csv" for number in range(len(asked))]
    commands = [[*line, "--csv", str(file)] for line, file in zip(asked, files, strict=True)]
    # The page's recipe: it asks a copy, since `serve` has the warehouse open, as is done here.
    prepared = [line for line in lines_of("sh") if line.startswith(("mkdir ", "cp "))]
    subprocess.run(["sh", "-ec", "\n".join(prepared)], cwd=shop.folder, check=True)
    copy = replace(shop, environment=shop.environment | {"UTM_WAREHOUSE": "copy/utm.duckdb"})
    with duckdb.connect(str(shop.warehouse), read_only=True):
        copy.python("-m", "dbt.cli.main", "--quiet", "parse")
        copy.python("-c", MF, json.dumps(commands))
    # A question without an answer leaves no file.
    found = [list(csv.DictReader(file.read_text().splitlines())) for file in files]
    return Answers(*found[:3], examples=found[3:])


def left_in_the_tree() -> set[str]:
    """What dbt and MetricFlow leave in a project that they run in."""
    return {name for name in ("target", "logs", ".user.yml") if (ROOT / name).exists()}


def numbers(cells: list[Any]) -> list[float | None]:
    """Cells of a CSV file or of a mart as numbers; what is empty there is missing here."""
    return [None if cell in {None, ""} else float(cell) for cell in cells]


# MetricFlow


def test_metrics_are_those_of_the_marts_by_source(shop: Shop, answers: Answers) -> None:
    found = {
        row["campaign__utm_source"]: numbers([row[name] for name in METRICS])
        for row in answers.by_source
    }
    marts = {source: numbers(rest) for source, *rest in shop.rows(FROM_MARTS, "all_time")}
    assert found == marts
    assert len(found) > 10
    # Orders without a session, and sources without spend, are in it.
    assert found["manual"][0] == 0
    assert found["direct"][-1] is None


def test_metrics_are_those_of_the_marts_over_all(shop: Shop, answers: Answers) -> None:
    (row,) = answers.over_all
    (marts,) = shop.rows(ALL_FROM_MARTS, "all_time")
    assert numbers([row[name] for name in METRICS]) == numbers(list(marts))


def test_metrics_are_those_of_the_marts_in_a_month(shop: Shop, answers: Answers) -> None:
    """Days are business days: the bounds of the period are those of its dates."""
    (row,) = answers.by_month
    (marts,) = shop.rows(ALL_FROM_MARTS, "last_month")
    assert numbers([row[name] for name in METRICS]) == numbers(list(marts))
    assert row["metric_time__month"].startswith("2026-06-01")


def test_all_metrics_are_compared(shop: Shop) -> None:
    manifest = shop.artifact("semantic_manifest")
    assert {metric["name"] for metric in manifest["metrics"]} == set(METRICS)


# The calendar


def test_the_calendar_has_every_day_of_every_fact(shop: Shop) -> None:
    days = [day for (day,) in shop.rows("select calendar_date from analytics.dim_dates order by 1")]
    ((first, last),) = shop.rows(
        """
        select min(day), max(as_of_date)
        from (
            select first_seen_date as day from analytics.fct_sessions
            union all select acted_date from analytics.fct_actions
            union all select created_date from analytics.fct_orders
            union all select spend_date from analytics.fct_ad_spend
        ) cross join analytics.rpt_refresh
        """
    )
    assert days == [first + timedelta(days=number) for number in range((last - first).days + 1)]
    starts = shop.rows("select * from analytics.dim_dates")
    assert starts == [
        (day, day - timedelta(days=day.weekday()), day.replace(day=1), date(day.year, 1, 1))
        for day, *_ in starts
    ]


# Documentation


def test_dbt_documents_every_mart_as_it_is_built(shop: Shop) -> None:
    manifest, catalogue = shop.artifact("manifest"), shop.artifact("catalog")
    assert not catalogue["errors"]
    marts = {
        name: node
        for name, node in manifest["nodes"].items()
        if node["resource_type"] == "model" and node["path"].startswith("marts/")
    }
    assert len(marts) > 20
    for name, node in marts.items():
        assert set(catalogue["nodes"][name]["columns"]) == set(node["columns"]), name


def test_documentation_has_the_definitions(shop: Shop) -> None:
    """A report's description names its section, and each number is told in words of its own."""
    manifest = shop.artifact("manifest")
    reports = [node for node in manifest["nodes"].values() if node["name"].startswith("rpt_")]
    assert len(reports) > 20
    for node in reports:
        assert re.search(r"\(metrics\.md [1-8]\)", node["description"]), node["name"]
        numbers_of = [c for c in node["columns"].values() if c["data_type"] not in NO_NUMBERS]
        vague = [
            column["name"]
            for column in numbers_of
            # "Their revenue" says nothing to one who has not read the line before it.
            if re.search(r"\b(their|those|these|them|the others)\b", column["description"].lower())
            or len(column["description"].split()) < 2
        ]
        assert vague == [], node["name"]


# The page for business intelligence


def lines_of(language: str) -> list[str]:
    return [line for block in code_of(language) for line in block.splitlines()]


def code_of(language: str) -> list[str]:
    text = (ROOT / "docs" / "marts.md").read_text(encoding="utf-8")
    return re.findall(rf"^```{language}\n(.*?)^```$", text, re.DOTALL | re.MULTILINE)


def test_the_examples_of_sql_answer(shop: Shop) -> None:
    statements = code_of("sql")
    assert len(statements) >= 4
    for statement in statements:
        assert len(shop.rows(statement)) > 1, statement


def test_the_examples_of_metrics_answer(answers: Answers) -> None:
    assert len(answers.examples) >= 2
    for rows in answers.examples:
        assert len(rows) > 1
        assert set(rows[0]) & set(METRICS)


def test_the_file_for_others_has_the_marts_alone(shop: Shop) -> None:
    (program,) = code_of("python")
    subprocess.run([sys.executable, "-c", program], cwd=shop.folder, check=True)
    with duckdb.connect(str(shop.folder / "bi.duckdb"), read_only=True) as others:
        copied = {
            name for (name,) in others.execute("select table_name from duckdb_tables()").fetchall()
        }
        sessions = others.execute("select count(*) from fct_sessions").fetchone()
    assert copied == {p.stem for p in ROOT.glob("models/marts/**/*.sql") if p.stem[:4] != "int_"}
    assert sessions == shop.rows("select count(*) from analytics.fct_sessions")[0]


def test_the_examples_of_all_pages_answer(
    shop: Shop, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    """Every example of a page that asks the warehouse, run on the sample shop."""
    pages = [ROOT / "README.md", *ROOT.glob("docs/**/*.md")]
    text = "\n".join(page.read_text(encoding="utf-8") for page in pages)
    found = re.findall(r"^ *utm-pipeline ((?:query|report|export) [^\[\n]*)$", text, re.MULTILINE)
    commands = sorted({line.partition(" #")[0].strip() for line in found} - {"query NAME"})
    assert len(commands) > 30
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("UTM_WAREHOUSE", str(shop.warehouse))
    monkeypatch.setenv("UTM_FRESHNESS_MINUTES", "99999999")
    for command in commands:
        assert cli.main(shlex.split(command)) == 0, (command, capsys.readouterr().err)
    assert capsys.readouterr().out


def test_the_star_is_drawn_with_its_keys(shop: Shop) -> None:
    """Every line of the drawing is a relationship that a test of the marts holds."""
    (drawing,) = code_of("mermaid")
    drawn = set(re.findall(r"(\w+) \S+ (\w+) : (\w+)", drawing))
    held = set()
    for node in shop.artifact("manifest")["nodes"].values():
        metadata = node.get("test_metadata") or {}
        if metadata.get("name") == "relationships_hold":
            given = metadata["kwargs"]
            child = node["attached_node"].rpartition(".")[2]
            parent = re.search(r"ref\('(\w+)'\)", given["to"])
            assert parent is not None
            held.add((parent[1], child, given["column"]))
    days = {("dim_dates", fact, column) for fact, column in DAYS.items()}
    assert drawn == {edge for edge in held if edge[1].startswith("fct_")} | days
