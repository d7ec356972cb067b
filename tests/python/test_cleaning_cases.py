"""Small inputs with their right answers, on each engine: tags, sources, returns, bots, phones.

They lie outside the repository, in a folder ``cases`` beside that of UTM_TEST_DATA; all of them are
put into one shop. Without them these tests are skipped, or fail where UTM_REQUIRE_TEST_DATA is 1.
"""

from __future__ import annotations

import csv
import os
from collections.abc import Iterator
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from chaos_files import write_csv
from postgres_shop import load_raw, postgres_settings
from utm_pipeline import queries as catalogue
from utm_pipeline.refresh import RefreshRequest, refresh
from utm_pipeline.refresh.as_of import parse_as_of
from utm_pipeline.settings import load_settings
from utm_pipeline.warehouse import Warehouse, open_warehouse

ROOT = Path(__file__).resolve().parents[2]
# Read here, as every test clears the environment of such names.
DATA = Path(os.environ.get("UTM_TEST_DATA") or ROOT.parent / "shared" / "data").resolve()
CASES = DATA.parent / "cases"
REQUIRED = os.environ.get("UTM_REQUIRE_TEST_DATA") == "1"
# What is added to the ids of a case.
OFFSETS = {
    "shop-tags": 0,
    "payment-return": 1000,
    "phones": 2000,
    "referrers": 3000,
    "source-aliases": 4000,
    "bots": 5000,
}
SPEND = {
    "date": "2026-09-01",
    "utm_source": "facebook",
    "utm_medium": "paid_social",
    "utm_campaign": "RB | Traffic | Website",
    "spend": "500.00",
}
Row = dict[str, str | None]


def rows_of(path: Path) -> list[Row]:
    with path.open(encoding="utf-8", newline="") as file:
        return [{key: value or None for key, value in row.items()} for row in csv.DictReader(file)]


def moved(row: Row, case: str) -> Row:
    """The row with ids, keys and visitors that no other case has."""
    ids = {name: str(int(row[name] or 0) + OFFSETS[case]) for name in _IDS if row.get(name)}
    names = {name: f"{case} {row[name]}" for name in _NAMES if row.get(name)}
    return row | ids | names


_IDS = ("id", "utm_session_id")
_NAMES = ("session_key", "visitor_id")


@pytest.fixture(scope="module")
def raw(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The raw files of the shop that holds all cases."""
    missing = [case for case in OFFSETS if not (CASES / case).is_dir()]
    if missing:
        why = f"no cases {', '.join(missing)} in {CASES}; set UTM_TEST_DATA"
        if REQUIRED:
            pytest.fail(why)
        pytest.skip(why)
    folder = tmp_path_factory.mktemp("cases") / "raw"
    folder.mkdir()
    for table in ("utm_sessions", "orders"):
        found = [
            moved(row, case)
            for case in OFFSETS
            for row in rows_of(CASES / case / "raw" / f"{table}.csv")
        ]
        columns = dict.fromkeys(name for row in found for name in row)
        write_csv(folder / f"{table}.csv", [dict.fromkeys(columns) | row for row in found])
    write_csv(folder / "ad_spend.csv", [SPEND])
    return folder


@pytest.fixture(scope="module", params=["duckdb", "postgres"])
def warehouse(request: pytest.FixtureRequest, raw: Path) -> Iterator[Warehouse]:
    """The shop's warehouse on an engine."""
    variables = {
        "UTM_RAW_DIR": str(raw),
        "UTM_WAREHOUSE": str(raw.parent / "warehouse" / "utm.duckdb"),
        "UTM_OWN_DOMAINS": "shop.example.com",
        "UTM_PII_KEY": "key of the cases",
        "UTM_THREADS": "2",
    }
    settings = load_settings(variables, raw.parent)
    if request.param == "postgres":
        database = request.getfixturevalue("postgres_database")
        load_raw(database, raw)
        settings = postgres_settings(database, raw.parent, variables)
    as_of = parse_as_of("2026-09-02", ZoneInfo("Europe/Kyiv"))
    refresh(settings, RefreshRequest(as_of, full_refresh=True))
    with open_warehouse(settings) as opened:
        yield opened


@pytest.mark.parametrize("case", ["shop-tags", "payment-return", "referrers", "source-aliases"])
def test_tags_are_as_expected(warehouse: Warehouse, case: str) -> None:
    """Every tag that the case speaks of."""
    expected = rows_of(CASES / case / "expected.csv")
    tags = [name for name in expected[0] if name.startswith("utm_")]
    sql = f"select utm_session_id, {', '.join(tags)} from fct_sessions"
    found = {number: values for number, *values in warehouse.execute(sql, {}).fetchmany(1000)}
    for row in expected:
        number = int(row["id"] or 0) + OFFSETS[case]
        # a star stands for any one name
        values = dict(zip(tags, found[number], strict=True))
        known = {name: row[name] for name in tags if row[name] != "*"}
        assert values == values | known, row


def test_bots_are_no_sessions_and_people_are(warehouse: Warehouse) -> None:
    sql = "select utm_campaign from fct_sessions where utm_session_id > 5000"
    found = {campaign for (campaign,) in warehouse.execute(sql, {}).fetchmany(1000)}
    sessions = rows_of(CASES / "bots" / "raw" / "utm_sessions.csv")
    assert found == {row["utm_campaign"] for row in sessions if row["utm_source"] == "person"}


def test_spend_meets_the_revenue_that_it_earned(warehouse: Warehouse) -> None:
    answer = catalogue.run(warehouse, "roi", {"period": "all_time"})
    assert isinstance(answer, dict)
    spent = [row for row in answer["rows"] if row["ad_spend"]]
    assert [
        (row["utm_campaign"], row["revenue"], row["ad_spend"], row["roi"]) for row in spent
    ] == [("rb_traffic_website", 2000, 500, 300)]


def test_a_return_leaves_the_order_to_who_brought_the_buyer(warehouse: Warehouse) -> None:
    sql = """
        select utm_source, revenue from fct_orders
        where order_id between 1001 and 1999 order by order_id
    """
    found = warehouse.execute(sql, {}).fetchmany(1000)
    assert found == [("google", 500), ("facebook", 700), ("direct", 100)]


def test_every_form_of_a_number_is_one_customer(warehouse: Warehouse) -> None:
    sql = "select count(*), count(distinct person_id) from fct_orders "
    sql += "where order_id between 2001 and 2999"
    assert warehouse.execute(sql, {}).fetchone() == (20, 1)
