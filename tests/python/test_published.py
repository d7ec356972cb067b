"""Published results of real data come out.

The data lies outside the repository: in the folder that UTM_TEST_DATA names, else in
``../shared/data``. Without it these tests are skipped, or fail where UTM_REQUIRE_TEST_DATA is 1.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import duckdb
import pytest

from utm_pipeline import cli

ROOT = Path(__file__).resolve().parents[2]
# Read here, as every test clears the environment of such names.
DATA = Path(os.environ.get("UTM_TEST_DATA") or ROOT.parent / "shared" / "data").resolve()
REQUIRED = os.environ.get("UTM_REQUIRE_TEST_DATA") == "1"
ENVIRONMENT = {
    "UTM_TIMEZONE": "UTC",
    "UTM_LANG": "en",
    "UTM_THREADS": "2",
    "UTM_FRESHNESS_MINUTES": "99999999",
    "UTM_SILENCE_HOURS": "0",
}
Refresh = Callable[[str, str], Path]
Ask = Callable[[Path, str], Any]


@pytest.fixture(scope="module")
def refresh(tmp_path_factory: pytest.TempPathFactory) -> Refresh:
    """Builds a warehouse of one of the data sets as of an instant, in a folder of its own.

    All are built in one place and moved away, so that the project is parsed once.
    """
    if not DATA.is_dir():
        why = f"no published data in {DATA}; set UTM_TEST_DATA"
        if REQUIRED:
            pytest.fail(why)
        pytest.skip(why)

    place = tmp_path_factory.mktemp("place")

    def build(name: str, as_of: str) -> Path:
        done = subprocess.run(
            [
                *(sys.executable, "-m", "utm_pipeline", "refresh"),
                *("--raw-dir", str(DATA / name), "--as-of", as_of),
            ],
            cwd=place,
            env={**os.environ, **ENVIRONMENT, "PYTHONPATH": str(ROOT)},
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        assert done.stderr == ""
        folder = tmp_path_factory.mktemp(name)
        (folder / "warehouse").mkdir()
        (place / "warehouse" / "utm.duckdb").rename(folder / "warehouse" / "utm.duckdb")
        return folder

    return build


@pytest.fixture(scope="module")
def maven_12(refresh: Refresh) -> Path:
    """The first weeks of the toy shop, as of 12 April."""
    return refresh("maven_5k", "2012-04-12T00:00:00Z")


@pytest.fixture(scope="module")
def maven_14(refresh: Refresh) -> Path:
    """The same as of 14 April."""
    return refresh("maven_5k", "2012-04-14T00:00:00Z")


@pytest.fixture(scope="module")
def maven_weeks(refresh: Refresh) -> Path:
    """The same at the end of its fifth week."""
    return refresh("maven_5k", "2012-04-22T00:00:00Z")


@pytest.fixture(scope="module")
def maven_orders(refresh: Refresh) -> Path:
    """All orders and refunds of the toy shop, after the last of its orders."""
    return refresh("maven_orders", "2015-04-01T00:00:00Z")


@pytest.fixture(scope="module")
def cdnow(refresh: Refresh) -> Path:
    """The orders of a music shop's 2,357 customers."""
    return refresh("cdnow", "1998-07-01T00:00:00Z")


@pytest.fixture
def ask(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Ask:
    """The answer of a query in a folder."""

    def query(folder: Path, question: str) -> Any:
        for name, value in ENVIRONMENT.items():
            monkeypatch.setenv(name, value)
        monkeypatch.chdir(folder)
        assert cli.main(["query", *question.split(), "--format", "json"]) == 0
        return json.loads(capsys.readouterr().out)

    return query


def fetch(folder: Path, statement: str) -> list[tuple[Any, ...]]:
    """The rows of a statement over the served marts."""
    with duckdb.connect(str(folder / "warehouse" / "utm.duckdb"), read_only=True) as connection:
        return connection.execute(statement).fetchall()


def test_sessions_by_tag(maven_12: Path, ask: Ask) -> None:
    answer = ask(maven_12, "campaigns --period all_time --limit 100")
    tags = ("utm_source", "utm_medium", "utm_campaign", "sessions")
    assert sorted((tuple(line[key] for key in tags) for line in answer), key=str) == [
        ("bsearch", "(not set)", "brand", 7),
        ("bsearch.com", "referral", "N/A", 7),
        ("direct", "none", "N/A", 28),
        ("gsearch", "(not set)", "brand", 26),
        ("gsearch", "(not set)", "nonbrand", 3613),
        ("gsearch.com", "referral", "N/A", 27),
    ]


def test_conversion_of_a_campaign(maven_14: Path, ask: Ask) -> None:
    answer = ask(maven_14, "campaigns --period all_time --source gsearch")
    (nonbrand,) = [line for line in answer if line["utm_campaign"] == "nonbrand"]
    assert (nonbrand["sessions"], nonbrand["orders"]) == (3895, 112)
    assert (nonbrand["conversions"], nonbrand["conversion_rate"]) == (112, 2.88)


def test_sessions_by_week(maven_weeks: Path) -> None:
    # Weeks of the published table begin on Sunday, so those of the week that begins a day later.
    weeks = fetch(
        maven_weeks,
        """
        select cast(date_trunc('week', first_seen_date + 1) as date) - 1, count(*)
        from analytics.fct_sessions
        where utm_source = 'gsearch' and utm_campaign = 'nonbrand'
        group by 1
        order by 1
        """,
    )
    assert [(str(week), sessions) for week, sessions in weeks] == [
        ("2012-03-18", 896),
        ("2012-03-25", 956),
        ("2012-04-01", 1152),
        ("2012-04-08", 983),
        ("2012-04-15", 621),
    ]


def test_every_row_of_the_toy_shop_is_valid(maven_weeks: Path, ask: Ask) -> None:
    answer = ask(maven_weeks, "data-quality")
    assert {line["table"]: line["read"] for line in answer} == {
        "ad_spend": 0,
        "orders": 149,
        "refunds": 6,
        "user_actions": 4999,
        "utm_sessions": 5000,
    }
    for line in answer:
        assert line["read"] == line["kept"] + line["after_as_of"]
        assert (line["duplicates"], line["quarantined"], line["reasons"]) == (0, 0, {})


def test_orders_and_revenue_to_the_cent(maven_orders: Path, ask: Ask) -> None:
    stats = ask(maven_orders, "general-stats --period all_time")
    assert (stats["total_orders"], stats["total_revenue"]) == (32313, 1853277.04)
    assert (stats["total_sessions"], stats["conversion_rate"]) == (0, None)
    # Every link dangles, so all of it is direct; and the sources add up to the shop.
    assert [
        (line["utm_source"], line["sessions"], line["orders"], line["revenue"])
        for line in ask(maven_orders, "sources --period all_time")
    ] == [("direct", 0, 32313, 1853277.04)]
    ((gross, refunds),) = fetch(
        maven_orders,
        "select sum(total_sum), sum(refunded_amount) from analytics.fct_orders",
    )
    # All refunds less those that came after as_of.
    assert (str(gross), str(refunds)) == ("1938509.75", "85232.71")
    (quality,) = [q for q in ask(maven_orders, "data-quality") if q["table"] == "refunds"]
    assert (quality["read"], quality["kept"] + quality["after_as_of"]) == (1731, 1731)
    assert quality["after_as_of"] > 0


CUSTOMERS = """
select
    count(*),
    count(*) filter (where orders = 1),
    count(*) filter (where orders = 2),
    count(*) filter (where orders >= 2)
from (
    select person_id, count(*) as orders
    from analytics.fct_orders
    where is_paid
    group by person_id
)
"""


def test_customers_of_the_toy_shop(maven_orders: Path, ask: Ask) -> None:
    # Another 26 have three orders.
    assert fetch(maven_orders, CUSTOMERS) == [(31696, 31105, 565, 591)]
    # All of it is direct, so that source has what the shop has.
    for filters in ("", " --utm-source direct"):
        answer = ask(maven_orders, f"repeat-rate --period all_time{filters}")
        assert answer["total_customers"] == 31696
        assert (answer["repeat_customers"], answer["one_time_customers"]) == (591, 31105)
        assert (answer["repeat_rate"], answer["rating"]) == (1.86, "poor")
        assert (answer["total_orders"], answer["avg_orders_per_customer"]) == (32313, 1.02)
    assert ask(maven_orders, "repeat-rate --period all_time --utm-source ig")["repeat_rate"] is None


def test_customers_and_revenue_of_the_music_shop(cdnow: Path, ask: Ask) -> None:
    stats = ask(cdnow, "general-stats --period all_time")
    assert (stats["total_orders"], stats["total_revenue"]) == (6919, 244091.94)
    ((customers, _, _, repeaters),) = fetch(cdnow, CUSTOMERS)
    assert (customers, repeaters) == (2357, 1152)
    answer = ask(cdnow, "repeat-rate --period all_time")
    assert (answer["total_customers"], answer["repeat_customers"]) == (2357, 1152)
    # 1,152 of 2,357.
    assert (answer["repeat_rate"], answer["rating"]) == (48.88, "excellent")
    assert (answer["total_orders"], answer["one_time_customers"]) == (6919, 1205)
