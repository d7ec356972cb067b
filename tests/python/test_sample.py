"""The sample shop."""

from __future__ import annotations

import csv
import hashlib
import re
from collections import Counter
from datetime import UTC, datetime, timedelta
from pathlib import Path

import duckdb
import pytest

from benchmarks.sample_shop.__main__ import PACKAGED
from benchmarks.sample_shop.clock import local_offset, text_local, to_local, to_utc
from benchmarks.sample_shop.columns import RAW_TABLES
from benchmarks.sample_shop.dice import Dice
from benchmarks.sample_shop.shop import SAMPLE_AS_OF, write_sample
from utm_pipeline.commands import demo

Rows = dict[str, list[dict[str, str]]]

#: Of the five files, one after the other in the order of RAW_TABLES.
SAMPLE_SHA256 = "1c78b14b727ad9922d312bc86460f570a05dd9032dcfc8f11de26478c21824b7"


@pytest.fixture(scope="module")
def raw_dir(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("sample") / "raw"
    assert write_sample(folder) == SAMPLE_AS_OF
    return folder


@pytest.fixture(scope="module")
def shop(raw_dir: Path) -> Rows:
    tables: Rows = {}
    for table in RAW_TABLES:
        with (raw_dir / f"{table}.csv").open(encoding="utf-8", newline="") as file:
            tables[table] = list(csv.DictReader(file))
    return tables


def sha256(raw_dir: Path) -> str:
    digest = hashlib.sha256()
    for table in RAW_TABLES:
        digest.update((raw_dir / f"{table}.csv").read_bytes())
    return digest.hexdigest()


def instant(text: str) -> datetime:
    """A readable time of the sample; fromisoformat of 3.11 reads all of its forms."""
    return datetime.fromisoformat(text)


def wall(text: str) -> datetime:
    """A time on the shop's wall, without an offset."""
    return datetime.fromisoformat(text)


def readable(rows: list[dict[str, str]], column: str) -> list[dict[str, str]]:
    return [row for row in rows if re.match(r"2026-0\d-\d\d[ T]", row[column])]


def is_paid(order: dict[str, str]) -> bool:
    return order["payment_status"] == "paid" and order["status"] != "cancelled"


def test_same_bytes_everywhere(raw_dir: Path) -> None:
    assert sha256(raw_dir) == SAMPLE_SHA256


def test_writing_again_replaces(raw_dir: Path, tmp_path: Path) -> None:
    (tmp_path / "orders.csv").write_text("something else", encoding="utf-8")
    write_sample(tmp_path)
    assert sha256(tmp_path) == sha256(raw_dir)


@pytest.mark.parametrize("table", RAW_TABLES)
def test_the_package_ships_the_same_rows(shop: Rows, table: str) -> None:
    with duckdb.connect() as connection:
        shipped = connection.read_parquet(str(PACKAGED / f"{table}.parquet"))
        assert shipped.columns == list(RAW_TABLES[table])
        assert set(map(str, shipped.types)) == {"VARCHAR"}
        assert shipped.fetchall() == [tuple(v or None for v in row.values()) for row in shop[table]]


@pytest.mark.parametrize("table", RAW_TABLES)
def test_header_is_the_contract(raw_dir: Path, table: str) -> None:
    with (raw_dir / f"{table}.csv").open(encoding="utf-8", newline="") as file:
        assert next(csv.reader(file)) == list(RAW_TABLES[table])


def test_size_is_that_of_a_small_shop(shop: Rows) -> None:
    assert 3_000 <= len(shop["utm_sessions"]) <= 3_400
    assert 10_500 <= len(shop["user_actions"]) <= 13_000
    assert 240 <= len(shop["orders"]) <= 300
    assert 10 <= len(shop["refunds"]) <= 25
    assert 1_200 <= len(shop["ad_spend"]) <= 2_000
    visitors = {row["visitor_id"] for row in shop["utm_sessions"]}
    assert 1_800 <= len(visitors) <= 2_100


def test_every_period_has_something_to_show(shop: Rows) -> None:
    assert to_local(SAMPLE_AS_OF) == wall("2026-07-06 18:00")
    assert demo.SAMPLE_AS_OF == SAMPLE_AS_OF
    sessions = Counter(
        to_local(instant(row["first_seen"])).date().isoformat()
        for row in readable(shop["utm_sessions"], "first_seen")
    )
    paid = Counter(
        row["created"][:10] for row in readable(shop["orders"], "created") if is_paid(row)
    )
    assert sessions["2026-07-06"] >= 10
    assert paid["2026-07-06"] >= 2
    assert sessions["2026-07-05"] >= 20
    assert paid["2026-07-05"] >= 2
    assert sum(n for day, n in paid.items() if "2026-06-29" <= day <= "2026-07-05") >= 10
    by_month = [sum(n for day, n in sessions.items() if day[:7] == f"2026-0{m}") for m in (2, 4, 6)]
    assert by_month == sorted(by_month)
    assert by_month[2] > 2 * by_month[0]
    hours = Counter(
        to_local(instant(row["first_seen"])).hour
        for row in readable(shop["utm_sessions"], "first_seen")
    )
    assert hours[20] > 5 * hours[4]


def test_some_rows_lie_after_the_end(shop: Rows) -> None:
    def late(table: str, column: str) -> int:
        return sum(
            instant(row[column]) >= SAMPLE_AS_OF for row in readable(shop[table], column)
        )  # fmt: skip

    assert 1 <= late("utm_sessions", "first_seen") <= 10
    assert 1 <= late("user_actions", "timestamp") <= 60


def test_one_creative_wins_and_another_test_stays_open(shop: Rows) -> None:
    converted: Counter[tuple[str, str]] = Counter()
    shown: Counter[tuple[str, str]] = Counter()
    for row in shop["utm_sessions"]:
        key = (row["utm_campaign"].strip().lower(), row["utm_content"])
        shown[key] += 1
        converted[key] += row["is_converted"] == "true"

    def z(campaign: str, first: str, second: str) -> float:
        n, m = shown[campaign, first], shown[campaign, second]
        a, b = converted[campaign, first], converted[campaign, second]
        pooled = (a + b) / (n + m)
        return float((a / n - b / m) / (pooled * (1 - pooled) * (1 / n + 1 / m)) ** 0.5)

    assert min(shown["summer_2026", c] for c in ("reels_linen", "static_blue")) >= 200
    assert shown["summer_2026", "carousel_beach"] < 100
    assert z("summer_2026", "reels_linen", "static_blue") > 2.2
    assert min(shown["remarketing", c] for c in ("dynamic_grid", "dynamic_video")) >= 100
    assert abs(z("remarketing", "dynamic_grid", "dynamic_video")) < 1


def test_one_campaign_spends_and_earns_little(shop: Rows) -> None:
    spend: Counter[str] = Counter()
    for row in shop["ad_spend"]:
        if re.fullmatch(r"\d+\.\d\d", row["spend"]):
            spend[row["utm_campaign"]] += int(row["spend"].replace(".", ""))
    campaign = {row["id"]: row["utm_campaign"] for row in shop["utm_sessions"]}
    revenue: Counter[str] = Counter()
    for order in shop["orders"]:
        if is_paid(order):
            revenue[campaign.get(order["utm_session_id"], "")] += int(
                order["total_sum"].replace(".", "")
            )
    assert spend.most_common(1)[0][0] == "generic_search"
    assert 0 < revenue["generic_search"] < spend["generic_search"] // 2
    assert revenue["summer_2026"] > 2 * spend["summer_2026"]


@pytest.mark.parametrize(
    ("column", "values"),
    [
        ("utm_source", ["IG", "Instagram", "l.instagram.com", "FB ", "tt", "t.me", "chatgpt.com"]),
        ("utm_campaign", [" SUMMER_2026 ", "winter sale", "{{campaign.name}}", "__CID__"]),
        ("utm_term", ["olena.zrazok@example.com", "калина одяг"]),
        ("utm_medium", ["CPC", "Email", "affiliate", "influencer"]),
        ("referrer", ["https://chatgpt.com/", "https://t.me/", "https://www.google.com/"]),
        ("referrer", ["https://www.moda-blog.example/sukni-z-lionu"]),
        ("country", ["UA", "PL", "DE", "CZ", ""]),
        ("device_type", ["mobile", "desktop", "tablet", "unknown"]),
    ],
)
def test_dirt_and_variety_are_there(shop: Rows, column: str, values: list[str]) -> None:
    assert set(values) <= {row[column] for row in shop["utm_sessions"]}


def test_sources_must_be_found_out(shop: Rows) -> None:
    untagged = [row for row in shop["utm_sessions"] if not row["utm_source"]]
    assert sum(bool(row["gclid"]) for row in untagged) >= 5
    assert sum(bool(row["fbclid"]) for row in untagged) >= 5
    bare = [r for r in untagged if not (r["referrer"] or r["gclid"] or r["fbclid"])]
    assert len(bare) >= 100


def test_bots_are_there_noticed_and_not(shop: Rows) -> None:
    robots = [
        row["is_bot"]
        for row in shop["utm_sessions"]
        if re.search(r"bot\b|facebookexternalhit|python-requests|Headless", row["user_agent"])
    ]
    assert robots.count("true") >= 10
    assert robots.count("false") >= 10
    assert any("CUBOT" in row["user_agent"] for row in shop["utm_sessions"])


def test_faults_are_there(shop: Rows) -> None:
    keys = Counter(row["session_key"] for row in shop["utm_sessions"] if row["session_key"])
    assert sum(n == 2 for n in keys.values()) == 14
    firsts = [row["first_seen"] for row in shop["utm_sessions"]]
    assert {"31.02.2026 10:00", "yesterday", ""} <= set(firsts)
    assert sum(not row["session_key"] for row in shop["utm_sessions"]) == 2
    assert {"-250.00", "дві тисячі"} <= {row["total_sum"] for row in shop["orders"]}
    assert {"n/a", "-12.50"} <= {row["spend"] for row in shop["ad_spend"]}
    for table in ("user_actions", "orders", "refunds"):
        ids = Counter(row["id"] for row in shop[table])
        assert max(ids.values()) == 2, table


def test_links_dangle(shop: Rows) -> None:
    ids = {row["id"] for row in shop["utm_sessions"]}
    keys = {row["session_key"] for row in shop["utm_sessions"]}
    lost = [r for r in shop["orders"] if r["utm_session_id"] and r["utm_session_id"] not in ids]
    assert len(lost) >= 3
    assert any(row["session_key"] in keys for row in lost)
    assert any(row["session_key"] not in keys for row in lost)
    assert sum(row["utm_session_id"] not in ids for row in shop["user_actions"]) >= 20


def test_orders_are_of_every_kind(shop: Rows) -> None:
    orders = shop["orders"]
    payments = {row["payment_status"] for row in orders}
    assert {"paid", "prepaid", "partial", "unpaid", "checking"} <= payments
    assert any(r["payment_status"] == "paid" and r["status"] == "cancelled" for r in orders)
    manual = [row for row in orders if row["source"].strip().lower() == "manual"]
    assert len(manual) >= 20
    assert not any(row["session_key"] or row["utm_session_id"] for row in manual)
    typed_in = [row for row in manual if row["user_id"] == "2"]
    assert len({row["phone"] for row in typed_in}) > 10, "a manager must look like one"
    assert any(row["user_id"] for row in orders if row["source"] == "web")
    assert any(not row["user_id"] for row in orders if row["source"] == "web")


def test_people_come_back_and_merge(shop: Rows) -> None:
    phones: dict[str, list[dict[str, str]]] = {}
    for row in shop["orders"]:
        digits = re.sub(r"\D", "", row["phone"])[-9:]
        if digits and set(digits) != {"0"}:
            assert re.fullmatch(r"(50|67|63)0001\d{3}", digits), "an invented number"
            phones.setdefault(digits, []).append(row)
    buyers = [rows for rows in phones.values() if any(is_paid(row) for row in rows)]
    repeat = [rows for rows in buyers if sum(is_paid(row) for row in rows) >= 2]
    assert 0.15 < len(repeat) / len(buyers) < 0.4
    emails = [{row["email"].lower() for row in rows if row["email"]} for rows in buyers]
    assert sum(len(addresses) > 1 for addresses in emails) >= 5


def test_nothing_is_anybodys(shop: Rows) -> None:
    for row in shop["orders"]:
        assert not row["email"] or re.search(
            r"@(example\.(com|org)|poshta\.test)$", row["email"].lower()
        )
    networks = ("203.0.113.", "198.51.100.", "192.0.2.", "2001:db8:")
    for row in shop["utm_sessions"]:
        assert not row["ip_address"] or row["ip_address"].startswith(networks)


def test_a_session_ends_after_it_began(shop: Rows) -> None:
    for row in readable(shop["utm_sessions"], "first_seen"):
        if row["last_seen"]:
            assert instant(row["first_seen"]) <= instant(row["last_seen"])


def test_clock_changes_with_kyiv() -> None:
    assert to_utc(wall("2026-03-29 02:59")) == datetime(2026, 3, 29, 0, 59, tzinfo=UTC)
    assert to_utc(wall("2026-03-29 04:00")) == datetime(2026, 3, 29, 1, 0, tzinfo=UTC)
    assert to_local(datetime(2026, 3, 29, 1, 0, tzinfo=UTC)) == wall("2026-03-29 04:00")
    assert to_local(datetime(2026, 3, 29, 0, 59, tzinfo=UTC)) == wall("2026-03-29 02:59")
    assert local_offset(wall("2026-01-05 00:00")) == timedelta(hours=2)
    assert text_local(datetime(2026, 6, 1, 22, 30, tzinfo=UTC)) == "2026-06-02 01:30:00+03:00"


def test_dice_keep_to_their_bounds() -> None:
    dice = Dice(7)
    assert {dice.between(2, 4) for _ in range(200)} == {2, 3, 4}
    assert {dice.weighted((("a", 1), ("b", 3), ("never", 0))) for _ in range(200)} == {"a", "b"}
    assert not any(dice.permille(0) for _ in range(50))
    assert all(dice.permille(1000) for _ in range(50))
    assert [Dice(1).below(1000) for _ in range(2)] == [134, 134]
