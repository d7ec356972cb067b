"""Hand-derived cases for the queries of metrics.md 5."""

from __future__ import annotations

from collections.abc import Callable

from . import Oracle
from .tables import order, query, session

Build = Callable[..., Oracle]


def test_campaigns_and_filters(build: Build) -> None:
    oracle = build(
        utm_sessions=[
            session(1, "2024-05-10", utm_source="b"),
            session(2, "2024-05-10", utm_source="ig", utm_campaign="N/A"),
            session(3, "2024-05-10", utm_source="a", utm_campaign="c", utm_content="x"),
        ],
        orders=[order(1, "2024-05-10", 5, utm_source="z")],
    )
    assert [row["utm_source"] for row in query(oracle, "sources")] == ["a", "b", "instagram", "z"]
    (found,) = query(oracle, "campaigns", source="Instagram")
    assert (found["utm_campaign"], found["utm_medium"]) == ("n_a", "(not set)")
    absent = query(oracle, "content", campaign="N/A")
    assert [(row["utm_source"], row["revenue"]) for row in absent] == [("b", 0.0), ("z", 5.0)]
    assert query(oracle, "content", limit=1)[0]["utm_content"] == "N/A"
    assert query(oracle, "campaigns", source="(not set)") == []


def test_sources_of_equal_sessions_go_by_revenue(build: Build) -> None:
    oracle = build(
        utm_sessions=[
            session(1, "2024-05-10", utm_source="a", visitor_id="v"),
            session(2, "2024-05-10", utm_source="b", visitor_id="v"),
            session(3, "2024-05-10", utm_source="a", visitor_id="v"),
            session(4, "2024-05-10", utm_source="b"),
        ],
        orders=[order(1, "2024-05-10", "0.01", session_key="k4")],
    )
    rows = query(oracle, "sources")
    assert [(row["utm_source"], row["unique_visitors"]) for row in rows] == [("b", 2), ("a", 1)]
    stats = query(oracle, "general-stats")
    assert (stats["total_sessions"], stats["unique_visitors"]) == (4, 2)
    assert (rows[0]["conversion_rate"], rows[1]["avg_order_value"]) == (50.0, None)


def test_places_and_technology(build: Build) -> None:
    places = [
        ("ua", "Україна", "Київ"),
        ("UA", "Ukraine", ""),
        ("UA", "UNKNOWN", "Львів"),
        ("unknown", "Narnia", "Cair"),
        ("pl", "", "unknown"),
        ("", "", ""),
    ]
    oracle = build(
        utm_sessions=[
            session(i, "2024-05-10", country=code, country_name=name, city=city, device_type=kind)
            for i, (code, name, city) in enumerate(places)
            for kind in ["Mobile" if i else "UNKNOWN"]
        ]
    )
    found = query(oracle, "geo")
    countries = [(row["country"], row["code"], row["sessions"]) for row in found["countries"]]
    assert countries == [
        ("Ukraine", "UA", 3),
        ("Narnia", None, 1),
        ("PL", "PL", 1),
        ("Unknown", None, 1),
    ]
    unknown = [row["country"] for row in found["cities"] if row["city"] == "Unknown"]
    assert unknown == ["PL", "Ukraine", "Unknown"]
    assert [row["device_type"] for row in query(oracle, "devices")] == ["mobile", "Unknown"]


def test_returning_visits(build: Build) -> None:
    oracle = build(
        utm_sessions=[
            session(2, "2024-05-10", visitor_id="v"),
            session(1, "2024-05-10", visitor_id="v"),
            session(3, "2024-05-01", visitor_id="w", visit_count="2"),
            session(4, "2024-05-10", is_returning_visitor="T"),
        ]
    )
    assert {s.id: s.is_returning for s in oracle.sessions} == {1: False, 2: True, 3: True, 4: True}
    week = query(oracle, "returning-visitors", period="week")
    assert (week["first_visits"], week["returning_visits_rate"]) == (1, 66.67)


def test_compare_gives_both_halves_equal_time(build: Build) -> None:
    oracle = build(
        "2024-05-15T12:00",
        utm_sessions=[
            session(1, "2024-05-14 08:00", is_converted="t", converted_at="2024-05-14 08:59:59"),
            session(2, "2024-05-14 08:00", is_converted="t", converted_at="2024-05-14 09:00"),
            session(3, "2024-05-14 09:00"),
            session(4, "2024-05-15 08:00", is_converted="t"),
        ],
        orders=[order(1, "2024-05-15 08:00")],
    )
    answer = query(oracle, "compare", period="today")
    assert answer["previous"]["total_sessions"] == 2
    assert answer["previous"]["total_conversions"] == 1
    assert answer["change"]["total_sessions"] == -50.0
    assert answer["change"]["conversion_rate"] == 50.0
    assert answer["change"]["total_revenue"] is None
    assert (answer["current"]["unique_visitors"], answer["change"]["unique_visitors"]) == (1, -50.0)
    assert answer["previous"]["from"] == "2024-05-14T00:00:00+03:00"
    assert answer["previous"]["until"] == "2024-05-14T12:00:00+03:00"
    # mid lies halfway between May 14 08:00 and May 15 09:00: at 20:30.
    halves = query(oracle, "compare")
    assert [halves[half]["total_sessions"] for half in ("previous", "current")] == [3, 1]


def test_return_and_worth_of_sources(build: Build) -> None:
    oracle = build(
        utm_sessions=[
            session(1, "2024-05-10", utm_source="a", utm_campaign="c"),
            session(2, "2024-05-10", utm_source="a", visitor_id="old"),
            session(3, "2024-05-10", utm_source="a"),
        ],
        orders=[
            order(1, "2024-05-11", 300, utm_session_id=1, email="x@x"),
            order(2, "2024-04-01", 50, email="y@x"),
            order(3, "2024-05-11", 90, utm_session_id=2, email="y@x"),
        ],
        ad_spend=[
            {"date": "2024-05-15", "utm_source": "A", "spend": 100},
            {"date": "2024-05-09", "utm_source": "b", "spend": 7},
            {"date": "2024-05-08", "utm_source": "b", "spend": 1000},
        ],
    )
    first, second = query(oracle, "ltv-comparison", period="week")
    assert (first["utm_source"], first["total_revenue"], first["ltv_per_session"]) == (
        "a",
        390.0,
        130.0,
    )
    assert (first["new_customers"], first["ltv_per_customer"], first["cpa"]) == (1, 300.0, 100.0)
    assert (first["ltv_cpa_ratio"], first["max_cpc"], first["max_cpa"]) == (3.0, 91.0, 210.0)
    assert (second["utm_source"], second["ad_spend"], second["cpa"]) == ("b", 7.0, None)
    returns = query(oracle, "roi", period="week")
    assert (returns["ad_spend"], returns["profit"], returns["roi"]) == (107.0, 283.0, 264.49)
    assert query(oracle, "roi", period="week", ad_spend="10.5")["roas"] == 37.14
    keys = [(row["utm_source"], row["utm_campaign"], row["ad_spend"]) for row in returns["rows"]]
    assert keys == [("a", "N/A", 100.0), ("b", "N/A", 7.0), ("a", "c", None)]
    # Order 3 is the only one of a row that was paid for: 90 of 107.
    of_ads = {key: value for key, value in returns.items() if key.startswith("ad_")}
    assert of_ads == {
        "ad_spend": 107.0,
        "ad_revenue": 90.0,
        "ad_profit": -17.0,
        "ad_roi": -15.89,
        "ad_roas": 0.84,
        "ad_conversions": 1,
        "ad_cost_per_conversion": 107.0,
    }
    unpaid = query(oracle, "roi", period="yesterday")
    assert {unpaid[key] for key in ("ad_spend", "profit", "roi", "ad_revenue", "ad_roi")} == {None}
    by_hand = query(oracle, "roi", period="yesterday", ad_spend="10")
    assert (by_hand["profit"], by_hand["ad_conversions"]) == (-10.0, None)
    answer = oracle.query("kpis", period="week", asked_at="2024-05-15T09:04:30Z")
    assert isinstance(answer, list)
    facts = {row["name"]: (row["value"], row["met"]) for row in answer}
    assert facts["ltv_cpa_ratio"] == (2.8, False)
    assert facts["repeat_rate"] == (50.0, True)
    assert facts["roi"] == (-15.89, False)
    assert {row["unit"] for row in answer} == {"ratio", "percent", "minutes"}
    assert facts["cohort_coverage"] == (100.0, True)
    assert facts["data_freshness_minutes"] == (4.5, True)
    # Their week ends after as_of's Monday, so no cohort has a complete week 1.
    assert facts["retention_week_1"] == (None, None)


def test_repeat_purchases(build: Build) -> None:
    def bought(number: int, moment: str, person: str, source: str = "a") -> dict[str, object]:
        return order(number, moment, email=f"{person}@x", utm_source=source)

    oracle = build(
        orders=[
            bought(1, "2024-05-01 06:00", "p"),
            bought(2, "2024-05-01 20:59", "p"),
            bought(3, "2024-05-11 18:00", "p"),
            bought(4, "2024-05-12 06:00", "p", "b"),
            bought(5, "2024-05-12 06:00", "q"),
            bought(6, "2024-05-14 22:00", "r"),
        ]
    )
    week = query(oracle, "repeat-rate", period="week")
    # Gaps that end in the week: May 1 06:00 to May 11 18:00 (10.5 days), then 12 hours.
    assert week == {
        "total_customers": 3,
        "repeat_customers": 1,
        "one_time_customers": 2,
        "repeat_rate": 33.33,
        "avg_orders_per_customer": 1.33,
        "avg_time_between_orders": 5.5,
        "total_orders": 4,
        # Three customers are too few to rate.
        "rating": None,
        "interval": "impulse",
    }
    of_b = query(oracle, "repeat-rate", period="week", utm_source="B")
    assert (of_b["total_customers"], of_b["repeat_customers"]) == (1, 1)
    assert (of_b["avg_time_between_orders"], of_b["interval"]) == (None, None)
    assert query(oracle, "repeat-rate", period="yesterday")["repeat_rate"] is None


def test_a_rating_takes_ten_customers_and_a_rank_thirty_sessions(build: Build) -> None:
    oracle = build(
        utm_sessions=[
            *(session(i, "2024-05-15 01:00", utm_source="wide") for i in range(30)),
            *(session(i, "2024-05-15 01:00", utm_source="thin") for i in range(30, 59)),
        ],
        orders=[
            *(order(i, "2024-05-14 08:00", email=f"{i}@x") for i in range(9)),
            *(order(i, "2024-05-15 08:00", email=f"{i}@x") for i in range(10, 20)),
            order(20, "2024-05-15 08:30", 999, session_key="k40"),
            order(21, "2024-05-15 08:30", 1, session_key="k4"),
        ],
    )
    assert query(oracle, "repeat-rate", period="yesterday")["rating"] is None
    assert query(oracle, "repeat-rate", period="today")["rating"] == "poor"
    ranked = [(row["utm_source"], row["thin"]) for row in query(oracle, "ltv-comparison")]
    assert ranked == [("wide", False), ("thin", True), ("direct", True)]
