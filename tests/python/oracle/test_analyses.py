"""Hand-derived cases for cohorts and A/B tests (metrics.md 6 and 7)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from . import Oracle
from .tables import order, query, session

Build = Callable[..., Oracle]


def test_cohorts(build: Build) -> None:
    oracle = build(
        "2024-05-20",
        options={"lang": "en"},
        utm_sessions=[
            session(1, "2024-04-28 21:00", last_seen="2024-05-06 10:00", utm_source="a"),
            session(2, "2024-04-30", utm_source="b"),
            session(3, "2024-05-14", visitor_id="k2", utm_source="a"),
            session(4, "2024-04-28 20:59:59"),
        ],
        orders=[
            order(1, "2024-04-28 20:00", 1000, utm_session_id=1),
            order(2, "2024-05-05 20:59", 10, utm_session_id=2),
            order(3, "2024-05-05 21:00", 5, utm_session_id=2),
            order(4, "2024-05-14", 7, utm_session_id=3, payment_status="unpaid"),
        ],
    )

    def ask(metric: str, **more: object) -> Any:
        return oracle.query("cohort-analysis", metric=metric, start_date="2024-05-03", **more)

    # The week of May 3 begins on April 29, which in Kyiv is from April 28 21:00 UTC.
    retention = ask("retention")
    assert retention["cohorts"] == ["2024-04-29"]
    assert retention["periods"] == ["Week 0", "Week 1", "Week 2"]
    assert retention["matrix"] == [[100.0, 100.0, 50.0]]
    assert retention["totals"] == [
        {"cohort": "2024-04-29", "size": 2, "converted": 2, "orders": 2, "revenue": 15.0}
    ]
    assert ask("ltv")["matrix"] == [[5.0, 7.5, 7.5]]
    assert ask("orders", utm_source="b")["matrix"] == [[1, 2, 2]]
    assert ask("revenue", utm_source="a")["matrix"] == [[0.0, 0.0, 0.0]]
    assert ask("orders", end_date="2024-04-28")["cohorts"] == []
    months = ask("retention", cohort_type="month", end_date="2024-05-31")
    assert (months["cohorts"], months["matrix"], months["periods"]) == ([], [], [])
    april: Any = oracle.query("cohort-analysis", cohort_type="month", start_date="2024-04-30")
    assert (april["matrix"], april["periods"]) == ([[100.0]], ["Month 0"])


def trial(name: str, size: int, hits: int, first: int, **more: object) -> list[dict[str, object]]:
    """Sessions of one variant: two days' worth from the first number on, the last on day 5."""
    return [
        session(
            first + i,
            "2024-05-14" if i == size - 1 else "2024-05-10",
            utm_source=more.get("source", "a"),
            utm_campaign="c",
            utm_content=name,
            is_converted=i < hits,
        )
        for i in range(size)
    ]


def test_ab_test_against_known_cases(build: Build) -> None:
    oracle = build(
        utm_sessions=[
            *trial("x", 1663, 750, 0),
            *trial("y", 1658, 1030, 2000),
            *trial("thin", 99, 99, 5000),
        ]
    )
    answer = query(oracle, "ab-test", campaign="C")
    assert (answer["status"], answer["winner"], answer["recommendation"]) == (
        "significant",
        "y",
        "scale",
    )
    # 1030/1658 over 750/1663 is 1.37748..., the difference 17.024 points.
    assert answer["winner_lift"] == 37.75
    assert (answer["lift_low"], answer["lift_high"]) == (14.22, 19.83)
    shown = {row["utm_content"]: row["confidence"] for row in answer["variants"]}
    assert shown == {"x": 100.0, "y": 100.0, "thin": None}
    assert answer["total_sessions"] == 3420
    assert query(oracle, "ab-test") == [{"utm_campaign": "c", "sessions": 3420}]
    assert query(oracle, "ab-test", campaign="none of it")["status"] == "no_data"


def test_ab_test_corrects_for_many_variants_and_warns_of_mixture(build: Build) -> None:
    oracle = build(
        utm_sessions=[
            *trial("p", 100, 50, 0),
            *trial("q", 100, 40, 100),
            *trial("p", 100, 10, 200, source="b"),
            *trial("q", 200, 30, 300, source="b"),
            *trial("zero", 100, 0, 500),
        ]
    )
    answer = query(oracle, "ab-test", campaign="c")
    # p 60/200, q 70/300: z 1.664933, two-sided p .0959261, doubled.
    rows = {row["utm_content"]: row["confidence"] for row in answer["variants"]}
    assert rows["q"] == rows["p"] == 80.81
    assert (answer["leader"], answer["status"], answer["mixed"]) == ("p", "inconclusive", False)
    assert answer["by_source"][0]["utm_source"] == "b"
    pair = query(oracle, "ab-test", campaign="c", source="b")
    assert (pair["leader"], pair["mixed"], pair["winner_lift"]) == ("q", False, 50.0)


@pytest.mark.parametrize(
    ("variants", "status", "leader"),
    [
        ([("x", 150, 10)], "single_variant", "x"),
        ([("x", 99, 10), ("y", 99, 10)], "insufficient_sample", None),
        ([("x", 150, 2), ("y", 150, 1)], "insufficient_sample", "x"),
        ([("x", 150, 0), ("y", 160, 0)], "inconclusive", "y"),
        ([("x", 200, 10), ("y", 200, 0)], "significant", "x"),
    ],
)
def test_ab_test_statuses(
    build: Build, variants: list[tuple[str, int, int]], status: str, leader: str | None
) -> None:
    rows = [row for i, (n, s, h) in enumerate(variants) for row in trial(n, s, h, 1000 * i)]
    answer = query(build(utm_sessions=rows), "ab-test", campaign="c")
    winner = leader if status == "significant" else None
    assert (answer["status"], answer["leader"], answer["winner"]) == (status, leader, winner)


def test_ab_test_under_three_days_is_too_short(build: Build) -> None:
    rows = [*trial("x", 200, 60, 0), *trial("y", 200, 20, 1000)]
    for row in rows:
        row["first_seen"] = "2024-05-10"
    rows[0]["first_seen"] = "2024-05-12 23:59:59"
    assert query(build(utm_sessions=rows), "ab-test", campaign="c")["status"] == "too_short"
    rows[0]["first_seen"] = "2024-05-13"
    answer = query(build(utm_sessions=rows), "ab-test", campaign="c")
    assert (answer["status"], answer["recommendation"]) == ("significant", "scale")
