"""Hand-derived cases for staging, people, orders and conversions (metrics.md 2 to 4)."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any

import pytest

from . import Oracle, UnknownSessionError
from .tables import order, query, session

Build = Callable[..., Oracle]


def test_only_what_lies_before_as_of_is_visible(build: Build) -> None:
    oracle = build(
        "2024-05-15T12:00Z",
        utm_sessions=[
            session(1, "2024-05-15 11:59:59.999999", last_seen="2024-05-15 13:00"),
            session(2, "2024-05-15 12:00:00"),
            session(3, "2024-05-15", is_converted="t", converted_at="2024-05-15 12:00"),
            session(4, "2024-05-15", is_converted="t"),
        ],
        orders=[order(1, "2024-05-15 12:00"), order(2, "2024-05-15 14:59+03")],
        refunds=[{"order_id": 2, "amount": 30, "created": "2024-05-15 12:00"}],
    )
    stats = query(oracle, "general-stats")
    assert (stats["total_sessions"], stats["total_conversions"]) == (3, 1)
    assert (stats["total_orders"], stats["total_revenue"]) == (1, 100.0)
    assert query(oracle, "sessions")[0]["last_seen"] == "2024-05-15T15:00:00+03:00"


def test_a_return_from_a_payment_page_is_no_arrival(build: Build) -> None:
    page = "https://www.liqpay.ua/checkout"
    ad = {"utm_source": "google", "utm_medium": "cpc", "utm_campaign": "brand", "utm_term": "t"}
    own = {"utm_campaign": "own", "utm_medium": "sms"}

    def visit(number: int, visitor: str, moment: str, **more: object) -> dict[str, object]:
        return session(number, f"2024-05-{moment}", visitor_id=visitor, **more)

    def back(number: int, visitor: str, moment: str, **more: object) -> dict[str, object]:
        return visit(number, visitor, moment, referrer=page, **more)

    oracle = build(
        utm_sessions=[
            visit(1, "a", "01 10:00", **ad),
            visit(2, "a", "01 11:00", utm_source="bot", is_bot="t"),
            back(3, "a", "01 12:00", **own),
            back(4, "a", "02 10:00"),
            back(5, "a", "02 10:00:00.000001", **own),
            back(6, "b", "01 10:00", **own),
            # At one instant: the greatest id, whatever the return's own.
            visit(8, "c", "01 10:00", utm_source="x"),
            visit(9, "c", "01 10:00", utm_source="y"),
            back(7, "c", "01 10:00"),
            # With a source or a click id of its own it is an arrival.
            visit(10, "d", "01 10:00", **ad),
            back(11, "d", "01 11:00", utm_source="sms"),
            back(12, "d", "01 11:30", fbclid="1"),
            back(13, "d", "01 12:00"),
            # A session that began later is not the one before.
            back(14, "e", "01 10:00"),
            visit(15, "e", "01 10:01", **ad),
        ],
        orders=[order(1, "2024-05-01 12:01", utm_session_id=3)],
    )
    found = {s.id: tuple(vars(s.tags).values()) for s in oracle.sessions}
    brand = ("google", "cpc", "brand", None, "t")
    direct = ("direct", "none", None, None, None)
    kept = ("direct", "sms", "own", None, None)
    assert [found[number] for number in (3, 4, 5, 6)] == [brand, brand, kept, kept]
    assert found[7][0] == "y"
    assert [found[number][0] for number in (11, 12, 13)] == ["sms", "facebook", "facebook"]
    assert found[14] == direct
    assert oracle.orders[0].tags == oracle.sessions[0].tags


def test_duplicates_bots_and_dangling_ids(build: Build) -> None:
    bot = {"user_agent": "x GoogleBot/2", "last_seen": "2024-05-09"}
    oracle = build(
        utm_sessions=[
            session(1, "2024-05-01", last_seen="2024-05-03", utm_source="a"),
            session(2, "2024-05-02", session_key="k1", last_seen="2024-05-03", utm_source="b"),
            session(3, "2024-05-02", session_key="k1", utm_source="c"),
            session(1, "2024-05-04", session_key="z", utm_source="d"),
            session(5, "2024-05-05", is_bot="1"),
            session(6, "2024-05-05"),
            session(7, "2024-05-05", session_key="k6", **bot),
        ],
        user_actions=[
            {"id": i, "utm_session_id": i, "action_type": "click", "timestamp": "2024-05-05"}
            for i in range(1, 9)
        ],
        orders=[
            order(1, "2024-05-05", utm_session_id=5, session_key="k1"),
            order(2, "2024-05-05", utm_session_id=99, session_key="k1"),
        ],
    )
    # k1 keeps row 2 (equal last_seen, greater id); id 1 stands under k1 and z, so is z's.
    assert [row["id"] for row in query(oracle, "sessions")] == [1, 2]
    assert [(s.id, s.tags.source, s.score) for s in oracle.sessions] == [(2, "b", 2), (1, "d", 1)]
    assert [o.session and o.session.id for o in oracle.orders] == [None, 2]
    assert oracle.query("session-detail", id=3)["session"]["id"] == 2  # type: ignore[index]
    for missing in (5, 6, 7, 8):
        with pytest.raises(UnknownSessionError):
            oracle.query("session-detail", id=missing)
    answer: Any = oracle.query("data-quality")
    counts = {row["table"]: row for row in answer}
    assert (counts["utm_sessions"]["kept"], counts["utm_sessions"]["duplicates"]) == (4, 3)


def test_no_row_is_lost(build: Build) -> None:
    oracle = build(
        orders=[
            order(1, "2024-05-01", "x"),
            order(2, "never", "-1"),
            order(3, "", 5),
            order(4, "2024-05-16"),
            order(5, "2024-05-01", 10, updated="2024-05-02"),
            order(5, "2024-05-01", 90),
            {"id": "", "total_sum": "", "payment_status": "", "created": ""},
        ],
        ad_spend=[
            {"date": "2024-05-15", "utm_source": "(not set)", "spend": 1},
            {"date": "2024-05-15", "utm_source": "x", "spend": "-0.01"},
            {"date": "2024-05-15", "utm_source": "x", "spend": "0"},
            {"date": "2024-05-16", "utm_source": "x", "spend": "1"},
        ],
        refunds=[
            {"order_id": 5, "amount": 0, "created": "2024-05-02"},
            {"order_id": 5, "amount": 1, "created": "2024-05-02"},
            {"order_id": 5, "amount": 1, "created": "2024-05-02"},
        ],
    )
    answer: Any = oracle.query("data-quality")
    rows = {row["table"]: row for row in answer}
    assert list(rows) == ["ad_spend", "orders", "refunds", "user_actions", "utm_sessions"]
    assert rows["orders"] == {
        "table": "orders",
        "read": 7,
        "kept": 1,
        "duplicates": 1,
        "quarantined": 4,
        "after_as_of": 1,
        "reasons": {
            "created missing": 1,
            "id missing": 1,
            "total_sum negative": 1,
            "total_sum unreadable": 1,
        },
    }
    assert rows["ad_spend"]["reasons"] == {"spend negative": 1, "utm_source missing": 1}
    assert (rows["ad_spend"]["kept"], rows["ad_spend"]["after_as_of"]) == (1, 1)
    assert rows["refunds"]["reasons"] == {"amount negative": 1}
    assert query(oracle, "general-stats")["total_revenue"] == 8.0
    for row in rows.values():
        parts = ("kept", "duplicates", "quarantined", "after_as_of")
        assert row["read"] == sum(row[part] for part in parts)


def test_points(build: Build) -> None:
    def action(number: int, kind: str, cart: str = "", earned: str = "") -> dict[str, object]:
        return {
            "id": number,
            "utm_session_id": 1,
            "action_type": kind,
            "timestamp": "2024-05-02",
            "cart_value": cart,
            "points_earned": earned,
        }

    rows = [
        action(1, "purchase", "299.99"),
        action(2, "lead", "-500"),
        action(3, "remove_from_cart"),
        action(4, "Purchase", "300"),
        action(5, "purchase", "300", "7"),
        action(6, "add_to_cart", "300", "x"),
        action(6, "add_to_cart", "300", "x"),
    ]
    oracle = build(utm_sessions=[session(1, "2024-05-01")], user_actions=rows)
    # 100 + 2, 50, -5, 0 for a type of another case, 7 as given, 10.
    assert query(oracle, "general-stats")["total_score"] == 164


def test_a_chain_of_500_orders_is_one_person(build: Build) -> None:
    links = [
        order(i, "2024-05-02", email=f"{i // 2}@x.ua", phone=f"0670{(i + 1) // 2:06}")
        for i in range(500)
    ]
    links[0]["utm_session_id"], links[-1]["utm_session_id"] = 1, 2
    oracle = build(
        utm_sessions=[session(i, "2024-05-01", visitor_id=f"v{i}") for i in (1, 2, 3)],
        orders=links,
    )
    assert oracle.people["v1"] == oracle.people["v2"] == "email:0@x.ua"
    assert oracle.people["v3"] == "visitor:v3"
    assert len({o.person for o in oracle.orders}) == 1


def test_identifiers_that_identify_nobody(build: Build) -> None:
    crowded = [
        order(i, "2024-05-02", utm_session_id=1, phone=f"067000{i:04}") for i in range(10, 21)
    ]
    oracle = build(
        utm_sessions=[session(1, "2024-05-01", visitor_id="boss"), session(2, "2024-05-01")],
        orders=[
            *crowded,
            order(30, "2024-05-02", email="TEST@test.com", user_id="77"),
            order(31, "2024-05-02", email="test@test.com"),
            order(32, "2024-05-02", utm_session_id=2, user_id="08"),
            order(33, "2024-05-02", user_id="8.0"),
        ],
    )
    assert oracle.people == {"boss": "visitor:boss", "k2": "user_id:8"}
    assert len({o.person for o in oracle.orders}) == 11 + 2 + 1
    assert query(oracle, "repeat-rate")["repeat_customers"] == 1


def test_ten_phones_are_still_a_person(build: Build) -> None:
    rows = [
        order(i, "2024-05-02", utm_session_id=1, user_id=5, phone=f"067000{i:04}")
        for i in range(10, 20)
    ]
    oracle = build(utm_sessions=[session(1, "2024-05-01", visitor_id="boss")], orders=rows)
    assert {o.person for o in oracle.orders} == {oracle.people["boss"]}
    oracle = build(
        utm_sessions=[session(1, "2024-05-01", visitor_id="boss")],
        orders=[*rows, order(20, "2024-05-02", user_id=5, phone="0670000020")],
    )
    # The eleventh number makes user 5 nobody; the visitor, on ten, still joins the first ten.
    assert len({o.person for o in oracle.orders}) == 2


def test_orders_take_their_tags_from_one_place(build: Build) -> None:
    email = {"email": "a@x.ua"}
    oracle = build(
        utm_sessions=[
            session(1, "2024-04-01", utm_source="ig", utm_campaign="c1"),
            session(2, "2024-04-05", utm_source="x", visitor_id="k1"),
        ],
        orders=[
            order(1, "2024-04-02", utm_session_id=1, utm_source="own", utm_term="t", **email),
            order(2, "2024-04-03", utm_source="Own", utm_content="z", **email),
            order(3, "2024-05-05", utm_campaign="lost", **email),
            order(4, "2024-05-05T00:00:00.000001", source=" Manual ", **email),
            order(5, "2024-05-05T00:00:00.000001", **email),
            order(6, "2024-04-01", **email),
        ],
    )
    found = {o.id: (o.tags.source, o.tags.medium, o.tags.campaign) for o in oracle.orders}
    assert found == {
        1: ("instagram", None, "c1"),
        2: ("own", None, None),
        3: ("x", None, None),
        4: ("manual", "none", None),
        5: ("direct", "none", None),
        6: ("instagram", None, "c1"),
    }
    revenue = sum(row["revenue"] for row in query(oracle, "sources"))
    assert revenue == query(oracle, "general-stats")["total_revenue"] == 600.0


@pytest.mark.parametrize(("net", "revenue"), [(False, [70.0, 0.0, 0.0]), (True, [80.0, 5.0, 0.0])])
def test_revenue(build: Build, net: bool, revenue: list[float]) -> None:
    oracle = build(
        options={"variables": {"total_sum_is_net": net}},
        utm_sessions=[session(1, "2024-05-01")],
        orders=[
            order(1, "2024-05-01", 100, discount_amount=10, utm_session_id=1),
            order(2, "2024-05-02", 10, discount_amount=20, utm_session_id=1),
            order(3, "2024-05-03", 10, discount_amount=-5, status=" Cancelled", utm_session_id=1),
        ],
        refunds=[
            {"id": 1, "order_id": 1, "amount": 20, "created": "2024-05-02"},
            {"id": 1, "order_id": 1, "amount": 20, "created": "2024-05-02"},
            {"id": 2, "order_id": 2, "amount": 5, "created": "2024-05-02"},
        ],
    )
    detail: Any = oracle.query("session-detail", id=1)
    assert [row["revenue"] for row in reversed(detail["orders"])] == revenue
    assert query(oracle, "general-stats")["total_orders"] == 2


def test_conversions(build: Build) -> None:
    oracle = build(
        utm_sessions=[
            session(1, "2024-05-01", is_converted="t", conversion_type="Lead"),
            session(2, "2024-05-01", conversion_type="purchase", converted_at="2024-05-02"),
            session(3, "2024-05-01", conversion_type="purchase", converted_at="2024-05-02"),
            session(4, "2024-05-01", is_converted="t", conversion_type="Call"),
        ],
        orders=[
            order(1, "2024-05-03", utm_session_id=1),
            order(2, "2024-05-03", session_key="k3", payment_status="Partial"),
        ],
    )
    found = {s.id: (s.is_converted, s.conversion_type) for s in oracle.sessions}
    assert found == {
        1: (True, "purchase"),
        2: (False, None),
        3: (True, "lead"),
        4: (True, "call"),
    }
    dates = {s.id: s.converted_at and s.converted_at.date() for s in oracle.sessions}
    assert dates == {1: date(2024, 5, 3), 2: None, 3: date(2024, 5, 2), 4: None}
    funnel = query(oracle, "funnel")
    assert (funnel["leads"], funnel["purchases"], funnel["lead_rate"]) == (1, 1, 25.0)
    assert funnel["steps"][-1]["rate_of_previous"] is None
