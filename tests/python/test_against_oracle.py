"""Refreshes of generated shops against the second implementation of the definitions.

``UTM_TEST_SEEDS=20`` compares that many shops; by default a handful, one for each form of files, on
each engine.
"""

from __future__ import annotations

import hashlib
import hmac
import itertools
import json
import os
import re
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from pathlib import Path
from random import Random
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from chaos import make_shop
from chaos_files import FORMS, write_shop
from chaos_values import CAMPAIGNS, HOSTILE, SOURCES
from oracle import QUERIES as ORACLE_QUERIES
from oracle import Oracle, UnknownSessionError
from oracle.records import Order, Session
from postgres_shop import load_raw, postgres_settings
from utm_pipeline import queries as catalogue
from utm_pipeline.errors import NotFoundError
from utm_pipeline.queries.model import Query
from utm_pipeline.queries.params import PERIODS
from utm_pipeline.refresh import RefreshRequest, refresh
from utm_pipeline.refresh.as_of import parse_as_of
from utm_pipeline.settings import load_settings
from utm_pipeline.warehouse import Warehouse, open_warehouse

SEEDS = Path(__file__).resolve().parents[2] / "seeds"
KEY = "test-key"
OWN_DOMAINS = "shop.example,розетка.укр"

# Bars that so small a shop can pass; every second shop has those of A/B tests too.
LOW_BARS: Mapping[str, float] = {
    "insight_rows": 9,
    "insight_min_sessions": 5,
    "insight_min_expected": 1,
    "insight_confidence": 20,
    "insight_spend_multiple": 0.25,
    "insight_min_cohort": 2,
    "insight_retention_target": 99.5,
}
LOW_BARS_OF_TESTS: Mapping[str, float] = {
    "ab_min_sessions": 4,
    "ab_min_expected": 1,
    "ab_min_days": 1,
    "ab_confidence": 10,
}

# Time zone and as_of: midnights, clock changes (in Havana and Beirut at midnight), middays.
MOMENTS = (
    ("Europe/Kyiv", "2024-04-01T00:00"),
    ("UTC", "2024-03-01T00:00:00Z"),
    ("America/New_York", "2024-11-03T01:30:00.000001"),
    ("Asia/Kathmandu", "2024-05-15T12:34:56.789012+05:45"),
    ("Europe/Kyiv", "2024-10-27T03:30"),
    ("Europe/Kyiv", "2024-03-31T03:30"),
    ("Europe/Kyiv", "2024-10-28T00:00"),
    ("America/Havana", "2024-11-03T00:30"),
    ("Asia/Beirut", "2024-03-31T00:00"),
    ("Australia/Lord_Howe", "2024-04-08T12:00"),
    ("America/New_York", "2024-03-10T12:00"),
    ("Europe/Kyiv", "2024-12-31T23:59:59.999999"),
    ("Pacific/Apia", "2012-01-02T12:00"),
    ("Asia/Kathmandu", "2024-01-01T00:00"),
)


@dataclass(frozen=True)
class Pair:
    """One shop, seen by both."""

    warehouse: Warehouse
    oracle: Oracle
    number: int


def shop_number(index: int) -> tuple[int, str, str, str]:
    """Seed, form of the files, time zone and as_of of the shop of that number."""
    zone, as_of = MOMENTS[index % len(MOMENTS)]
    return index + 1, FORMS[index % len(FORMS)], zone, as_of


MANY = os.environ.get("UTM_TEST_SEEDS")
"""How many shops an engine gets; without it a few, of other forms and time zones each."""
SHOPS = [
    (engine, *shop_number(index))
    # All marts and answers of PostgreSQL are compared with DuckDB's in test_engines_agree.
    for engine, usual in (("duckdb", (0, 3, 4)), ("postgres", (2,)))
    for index in (range(int(MANY)) if MANY else usual)
]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One folder for all shops, so that the dbt project is parsed once."""
    return tmp_path_factory.mktemp("shops")


@pytest.fixture(scope="module", params=SHOPS, ids=lambda shop: "-".join(map(str, shop[:4])))
def pair(request: pytest.FixtureRequest, folder: Path) -> Iterator[Pair]:
    engine, seed, form, zone, as_of = request.param
    instant = parse_as_of(as_of, ZoneInfo(zone))
    tables = make_shop(seed, instant, ZoneInfo(zone))
    raw = write_shop(tables, folder / engine / f"raw-{seed}", form, seed)
    variables = {
        "UTM_RAW_DIR": str(raw),
        "UTM_WAREHOUSE": str(folder / "warehouse" / "utm.duckdb"),
        "UTM_TIMEZONE": zone,
        "UTM_OWN_DOMAINS": OWN_DOMAINS,
        "UTM_PII_KEY": KEY,
        "UTM_THREADS": "2",
    }
    if engine == "postgres":
        database = request.getfixturevalue("postgres_database")
        load_raw(database, raw)
        settings = postgres_settings(database, folder, variables)
    else:
        settings = load_settings(variables, folder)
    bars = {**LOW_BARS, **(LOW_BARS_OF_TESTS if seed % 2 == 0 else {})}
    refresh(settings, RefreshRequest(instant, full_refresh=True, variables=json.dumps(bars)))
    with open_warehouse(settings) as warehouse:
        oracle = Oracle(raw, SEEDS, as_of, zone, OWN_DOMAINS, variables=bars, pii_key=KEY)
        yield Pair(warehouse, oracle, seed)


def sweeps(query: Query, oracle: Oracle, turn: int) -> Iterator[dict[str, object]]:
    """Parameters to ask a query with.

    Every period by itself and with each limit; every other value for all time and one period more,
    by turns; sources of campaigns in pairs; kinds, metrics and sources of cohorts all with each
    other, and each of these with two date ranges, which are others in the next shop.
    """
    names = {param.name for param in query.params}
    known = choices(oracle)
    assert names <= {*known, "period"}, f"no values for a parameter of {query.name}"
    values = {name: known[name] for name in known if name in names}
    plain = [{"limit": value} for value in values.pop("limit", [])]
    plain += [] if "id" in names else [{}]
    more = [{name: value} for name, found in values.items() for value in found]
    if {"cohort_type", "metric"} <= names:
        given = (known["cohort_type"], known["metric"], cohort_sources(oracle))
        ranges = date_ranges(oracle)
        more += [
            {"cohort_type": kind, "metric": metric, **source, **ranges[place % len(ranges)]}
            for number, (kind, metric, source) in enumerate(itertools.product(*given))
            for place in (number + 2 * turn, number + 2 * turn + 1)
        ]
    if {"source", "campaign"} <= names:
        tags = {(s.tags.source, s.tags.campaign) for s in oracle.sessions if s.tags.campaign}
        some = sorted(tags, key=str)[::12]
        more += [{"source": source, "campaign": campaign} for source, campaign in some]
        more += [{"source": source, "campaign": "spring"} for source in ("ig", "google")]
    if "period" not in names:
        yield from [*plain, *more]
        return
    for period, change in itertools.product(PERIODS, plain):
        yield {"period": period, **change}
    for place, change in enumerate(more):
        yield {"period": "all_time", **change}
        yield {"period": PERIODS[place % (len(PERIODS) - 1)], **change}


def cohort_sources(oracle: Oracle) -> list[dict[str, object]]:
    """None, the source that brought the most people, as somebody would type it, and the absent."""
    brought = Counter(s.tags.source for s in oracle.sessions)
    ((busiest, _),) = brought.most_common(1)
    return [{}, {"utm_source": f" {busiest} ".upper()}, {"utm_source": "(not set)"}]


def date_ranges(oracle: Oracle) -> list[dict[str, object]]:
    """None, open at either side, one day, all days, the week of each change of the clock, none."""
    today = oracle.shop.clock.day(oracle.shop.as_of)
    ranges: list[tuple[date | None, date | None]] = [
        (None, None),
        (today - timedelta(days=400), None),
        (None, today - timedelta(days=8)),
        (today, today),
        (today, today - timedelta(days=45)),
        *((day - timedelta(days=6), day) for day in clock_changes(oracle)),
    ]
    return [
        {name: f"{day}" for name, day in (("start_date", first), ("end_date", last)) if day}
        for first, last in ranges
    ]


def clock_changes(oracle: Oracle) -> list[date]:
    """The dates of the year up to as_of on which the clock was changed."""
    zone = oracle.shop.clock.zone
    today = oracle.shop.clock.day(oracle.shop.as_of)
    days = [today - timedelta(days=ago) for ago in range(366)]
    return [
        day
        for day in days
        if datetime.combine(day, time(), zone).utcoffset()
        != datetime.combine(day + timedelta(days=1), time(), zone).utcoffset()
    ]


def choices(oracle: Oracle) -> dict[str, list[Any]]:
    """Values for each parameter: those of the shop, dirty ones, absent ones, borders."""
    sources = sorted({s.tags.source or "" for s in oracle.sessions if s.tags.source})
    campaigns = sorted({s.tags.campaign for s in oracle.sessions if s.tags.campaign})
    dirty = [" IG", "Google\u00a0Ads", " N/A ", "n/a", "(not set)", "{x}"]
    ids = sorted({*oracle.shop.session_of_id, *(s.id for s in oracle.shop.sessions)})
    today = oracle.shop.clock.day(oracle.shop.as_of)
    days = [f"{today - timedelta(days=ago)}" for ago in (0, 1, 45, 400)]
    return {
        "limit": [None, 1, 3],
        "source": sources[::7] + dirty,
        "utm_source": sources[::7] + dirty,
        "campaign": campaigns[::7] + dirty,
        "id": [*ids[::3], *range(995, 1015), 999_999],
        "ad_spend": ["0", "1000.55", "0.01"],
        "cohort_type": ["day", "week", "month"],
        "metric": ["retention", "ltv", "orders", "revenue"],
        "start_date": days,
        "end_date": days,
    }


def answer_of(ask: Any, name: str, params: Mapping[str, object]) -> str:
    """The answer as JSON text, in which true is no number; what is not found says so."""
    try:
        answer = ask(name, params)
    except (NotFoundError, UnknownSessionError):
        return "not found"
    if name == "kpis":
        # How old the data is depends on the moment of asking.
        answer = [row for row in answer if row["name"] != "data_freshness_minutes"]
    if name == "status":
        # So does whether they are stale; the rest is of the program and its settings.
        answer = {"as_of": answer["as_of"], "tables": answer["tables"]}
    # To JSON a number is the same with and without a point.
    alike = json.loads(json.dumps(answer), parse_int=float)
    return json.dumps(alike, ensure_ascii=False, sort_keys=True, indent=1)


@pytest.mark.parametrize("name", [name for name in catalogue.QUERIES if name in ORACLE_QUERIES])
def test_a_query_answers_what_the_definitions_say(pair: Pair, name: str) -> None:
    asked = 0
    for params in sweeps(catalogue.QUERIES[name], pair.oracle, pair.number):
        found = answer_of(lambda n, p: catalogue.run(pair.warehouse, n, p), name, params)
        expected = answer_of(lambda n, p: pair.oracle.query(n, **p), name, params)
        assert found == expected, f"{name} {params}"
        asked += 1
    assert asked


def test_a_shop_has_what_makes_the_analyses_hard(pair: Pair) -> None:
    """People who merge, orders without a session, sessions at each change of Kyiv's clock."""
    shop = pair.oracle
    visitors: dict[str, set[str]] = {}
    for session in shop.sessions:
        visitors.setdefault(session.person, set()).add(session.visitor)
    assert any(len(found) > 1 for found in visitors.values())
    paid = [order for order in shop.orders if order.is_paid]
    without = [order for order in paid if order.session is None]
    assert len(without) > 10
    # Some of them are of people that sessions know, others of people never seen in one.
    assert {order.person in visitors for order in without} == {True, False}
    assert any(visits > 2 for visits in Counter(order.person for order in paid).values())
    if shop.shop.clock.zone.key == "Europe/Kyiv":
        changed = clock_changes(shop)
        begun = {shop.shop.clock.day(session.first_seen) for session in shop.sessions}
        assert len(changed) >= 2
        assert set(changed) <= begun
    # The answers that are compared are not the empty ones.
    for name in ("cohort-analysis", "ltv-comparison", "repeat-rate", "roi", "kpis"):
        params = {} if name == "cohort-analysis" else {"period": "all_time"}
        answer = json.dumps(catalogue.run(pair.warehouse, name, params))
        assert len(re.findall(r"[1-9][0-9]*", answer)) > 5, name
    found = {row["kind"] for period in PERIODS for row in insights_of(pair, period)}
    assert {"spend_without_return", "cohort_below_target"} < found


def insights_of(pair: Pair, period: str) -> list[dict[str, Any]]:
    answer = catalogue.run(pair.warehouse, "insights", {"period": period})
    assert isinstance(answer, list)
    return answer


def test_the_shops_pass_both_changes_of_kyivs_clock() -> None:
    """By default already: one ends in the night of the change in March, one in that of October."""
    shops = map(shop_number, (0, 3, 4))
    ends = {as_of[:10] for _, _, zone, as_of in shops if zone == "Europe/Kyiv"}
    assert {"2024-04-01", "2024-10-27"} <= ends


def test_a_filter_is_cleaned_as_a_tag_is(pair: Pair) -> None:
    """Values of every kind, and pieces of them put together."""
    if pair.number != 1:
        pytest.skip("the rules are those of the first shop")
    values = [*HOSTILE, *SOURCES, *CAMPAIGNS]
    random = Random(7)
    pieces = ("_", "%", "{", "%20", "%D0", "%BB", "@", ".", "-", "gmail.com", "campaign.name", " ")
    pieces += (
        "x",
        "Є",
        "\u0301",
        "\u00ad",
        "\u200b",
        "[",
        "|",
        "None",
        "not set",
        "ukr.net",
        "\x01",
    )
    values += ["".join(random.choices(pieces, k=random.randint(1, 6))) for _ in range(150)]
    for value in values:
        cleaned = [
            pair.warehouse.execute(f"select {function}($value)", {"value": value}).fetchone()
            for function in ("clean_tag", "clean_source")
        ]
        seeds = pair.oracle.shop.seeds
        assert cleaned == [(seeds.clean_tag(value),), (seeds.clean_source(value),)], repr(value)


def test_every_query_has_a_second_implementation() -> None:
    assert set(catalogue.QUERIES) <= set(ORACLE_QUERIES)


def hashed(value: str | None) -> str | None:
    """The keyed hash of a personal value."""
    return value and hmac.new(KEY.encode(), value.encode(), hashlib.sha256).hexdigest()


def rows_of(pair: Pair, sql: str) -> list[tuple[Any, ...]]:
    return pair.warehouse.execute(sql, {}).fetchmany(1_000_000)


def instant(value: Any) -> Any:
    """An aware instant as marts keep it."""
    return value and value.replace(tzinfo=None)


def test_sessions_and_people(pair: Pair) -> None:
    day = pair.oracle.shop.clock.day

    def row(session: Session) -> tuple[object, ...]:
        return (
            hashed(session.session_key),
            session.id,
            hashed(f"visitor:{session.visitor}"),
            hashed(session.person),
            *vars(session.tags).values(),
            session.channel_group,
            instant(session.first_seen),
            instant(session.last_seen),
            day(session.first_seen),
            day(session.last_seen),
            session.is_returning,
            session.is_converted,
            session.conversion_type,
            instant(session.converted_at),
            session.score,
            sum(order.is_paid for order in session.orders),
            session.revenue,
        )

    found = rows_of(
        pair,
        """
        select
            session_key, utm_session_id, visitor_id, person_id,
            utm_source, utm_medium, utm_campaign, utm_content, utm_term, channel_group,
            first_seen_at, last_seen_at, first_seen_date, last_seen_date,
            is_returning, is_converted, conversion_type, converted_at, score, orders, revenue
        from fct_sessions order by session_key
        """,
    )
    assert found == sorted(map(row, pair.oracle.sessions), key=lambda cells: str(cells[0]))


def test_orders_and_their_attribution(pair: Pair) -> None:
    first = {
        order.person: order.id
        for order in sorted(pair.oracle.shop.paid, key=lambda o: (o.created, o.id), reverse=True)
    }
    assert 0 < len(first) < len(pair.oracle.shop.paid)

    def row(order: Order) -> tuple[object, ...]:
        return (
            order.id,
            hashed(order.person),
            order.session and hashed(order.session.session_key),
            *vars(order.tags).values(),
            pair.oracle.shop.seeds.channel_group(order.tags),
            order.is_paid,
            order.is_lead,
            first.get(order.person) == order.id,
            order.total_sum,
            order.discount,
            order.refunded,
            order.revenue,
            instant(order.created),
            order.created_date,
            instant(order.updated),
        )

    found = rows_of(
        pair,
        """
        select
            order_id, orders.person_id, session_key,
            orders.utm_source, orders.utm_medium, orders.utm_campaign, orders.utm_content,
            orders.utm_term, orders.channel_group, is_paid, is_lead, is_first_order, total_sum,
            discount_amount, refunded_amount, orders.revenue, created_at, created_date, updated_at
        from fct_orders as orders
        left join fct_sessions as sessions on orders.session_id = sessions.session_id
        order by order_id
        """,
    )
    assert found == sorted(map(row, pair.oracle.orders), key=lambda cells: int(str(cells[0])))


def test_actions_and_the_ids_of_sessions(pair: Pair) -> None:
    found = rows_of(
        pair,
        """
        select action_id, session_key, acted_at, acted_date, points, cart_value
        from fct_actions inner join fct_sessions using (session_id)
        order by action_id
        """,
    )
    assert found == sorted(
        (
            action.id,
            hashed(session.session_key),
            instant(action.timestamp),
            pair.oracle.shop.clock.day(action.timestamp),
            action.points,
            action.cart_value,
        )
        for session in pair.oracle.sessions
        for action in session.actions
    )
    ids = "select ids.utm_session_id, session_key from dim_session_ids as ids"
    ids += " left join fct_sessions using (session_id) order by 1"
    assert rows_of(pair, ids) == sorted(
        (number, hashed(session.session_key))
        for number, session in pair.oracle.shop.session_of_id.items()
    )
