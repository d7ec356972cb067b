"""The analyses of the catalogue, asked of marts of known content."""

from __future__ import annotations

from typing import Any

import pytest

from utm_pipeline import queries as catalogue
from utm_pipeline.errors import ParameterError
from utm_pipeline.warehouse import Warehouse


def run(warehouse: Warehouse, name: str, **params: object) -> Any:
    return catalogue.run(warehouse, name, params)


def test_roi_takes_the_tables_spend_or_the_parameter(warehouse: Warehouse) -> None:
    answer = run(warehouse, "roi")
    rows = answer.pop("rows")
    # 1010 of revenue, 340.55 spent: (1010 - 340.55) * 100 / 340.55 = 196.5790…
    assert answer == {
        "revenue": 1010.0,
        "ad_spend": 340.55,
        "profit": 669.45,
        "roi": 196.58,
        "roas": 2.97,
        "conversions": 6,
        "cost_per_conversion": 56.76,
        "avg_order_value": 202.0,
        # google and tiktok were paid for and brought 1000 and 5 conversions.
        "ad_revenue": 1000.0,
        "ad_profit": 659.45,
        "ad_roi": 193.64,
        "ad_roas": 2.94,
        "ad_conversions": 5,
        "ad_cost_per_conversion": 68.11,
    }
    given = run(warehouse, "roi", ad_spend="100")
    assert (given["profit"], given["roi"], given["rows"]) == (910.0, 910.0, rows)
    assert [(row["utm_source"], row["utm_campaign"]) for row in rows] == [
        ("google", "brand"),
        ("tiktok", "N/A"),
        ("direct", "N/A"),
    ]


def test_roi_of_a_period_without_anything(warehouse: Warehouse) -> None:
    answer = run(warehouse, "roi", period="today")
    assert answer["revenue"] == 0
    # That nothing was loaded is not that nothing was spent.
    assert {answer[key] for key in ("ad_spend", "profit", "roi", "ad_revenue", "ad_roi")} == {None}
    assert answer["rows"] == []
    assert run(warehouse, "roi", period="today", ad_spend="50")["roi"] == -100.0


def test_ltv_puts_sources_without_sessions_last(warehouse: Warehouse) -> None:
    rows = run(warehouse, "ltv-comparison")
    assert [row["utm_source"] for row in rows] == ["google", "=cmd()", "tiktok"]
    assert rows[0]["cpa"] == 125.28
    assert rows[2]["ad_spend"] == 90.0


def test_repeat_rate_of_all_of_a_source_and_of_nobody(warehouse: Warehouse) -> None:
    assert run(warehouse, "repeat-rate")["avg_time_between_orders"] == 12.3
    assert run(warehouse, "repeat-rate", utm_source=" Google ")["rating"] is None
    nobody = run(warehouse, "repeat-rate", utm_source="bing")
    assert (nobody["total_customers"], nobody["repeat_rate"], nobody["rating"]) == (0, None, None)


def test_cohorts_add_sources_up_and_show_complete_periods_only(warehouse: Warehouse) -> None:
    answer = run(warehouse, "cohort-analysis")
    assert answer["cohorts"] == ["2024-03-18", "2024-03-25", "2024-04-01"]
    assert answer["periods"] == ["Тиждень 0", "Тиждень 1"]
    # 15 people, then 4 of them; period 2 of the first cohort has not ended.
    assert answer["matrix"] == [[100.0, 26.7], [100.0], []]
    assert answer["totals"][0] == {
        "cohort": "2024-03-18",
        "size": 15,
        "converted": 3,
        "orders": 4,
        "revenue": 310.5,
    }
    assert (answer["metric"], answer["cohort_type"]) == ("retention", "week")


@pytest.mark.parametrize(
    ("metric", "row"),
    [("orders", [1, 3]), ("revenue", [100.0, 210.5]), ("ltv", [6.67, 14.03])],
)
def test_cohort_sums_are_cumulative(warehouse: Warehouse, metric: str, row: list[float]) -> None:
    assert run(warehouse, "cohort-analysis", metric=metric)["matrix"][0] == row


def test_cohorts_of_a_source_and_a_range(warehouse: Warehouse) -> None:
    answer = run(
        warehouse,
        "cohort-analysis",
        utm_source="google",
        start_date="2024-03-20",
        end_date="2024-03-30",
    )
    # The range begins with the week of its first day.
    assert answer["cohorts"] == ["2024-03-18", "2024-03-25"]
    assert answer["matrix"] == [[100.0, 30.0], [100.0]]
    assert catalogue.run(warehouse, "cohort-analysis", {}, "en")["periods"] == ["Week 0", "Week 1"]


def test_ab_test_names_the_campaigns_then_judges_one(warehouse: Warehouse) -> None:
    campaigns = run(warehouse, "ab-test")
    assert campaigns == []
    verdict = run(warehouse, "ab-test", campaign="Sale")
    assert list(verdict) == [
        "variants",
        "leader",
        "winner",
        "winner_lift",
        "lift_low",
        "lift_high",
        "status",
        "recommendation",
        "total_sessions",
        "total_conversions",
        "mixed",
        "by_source",
    ]
    assert verdict["winner"] == "a"
    assert [row["utm_content"] for row in verdict["variants"]] == ["b", "a"]
    assert verdict["variants"][0]["confidence"] == 97.12
    assert len(verdict["by_source"]) == 2
    assert run(warehouse, "ab-test", campaign="sale", source="bing")["status"] == "no_data"


def test_kpis_meet_their_targets_unrounded(warehouse: Warehouse) -> None:
    rows = {row["name"]: row for row in run(warehouse, "kpis")}
    assert [rows[name]["target"] for name in rows] == [3.0, 20.0, 150.0, 30.0, 80.0, 5.0]
    # 20 is not above 20.
    assert rows["repeat_rate"] == {
        "name": "repeat_rate",
        "value": 20.0,
        "target": 20.0,
        "met": False,
        "unit": "percent",
    }
    assert rows["retention_week_1"]["value"] == 26.7
    assert rows["roi"]["met"] is True
    assert rows["data_freshness_minutes"]["met"] is False
    empty = run(warehouse, "kpis", period="today")
    assert [row["met"] for row in empty][:3] == [None, None, None]


def test_insights_come_in_their_order_with_what_applies_to_them(warehouse: Warehouse) -> None:
    rows = run(warehouse, "insights")
    assert [(row["position"], row["kind"]) for row in rows] == [
        (1, "spend_without_return"),
        (2, "creative_won"),
        (3, "split_source"),
    ]
    assert {key: value for key, value in rows[0].items() if value is not None} == {
        "position": 1,
        "kind": "spend_without_return",
        "utm_source": "tiktok",
        "utm_campaign": "N/A",
        "sessions": 0,
        "conversions": 0,
        "ad_spend": 1290.0,
        "ad_cost_per_conversion": 68.11,
    }
    assert (rows[1]["confidence"], rows[1]["winner_lift"]) == (97.12, 233.33)
    # Where no campaign takes part, none is absent.
    assert rows[2]["utm_campaign"] is None
    assert len(run(warehouse, "insights", limit=2)) == 2
    assert run(warehouse, "insights", period="today") == []


@pytest.mark.parametrize(
    ("name", "params"),
    [
        ("insights", {"source": "google"}),
        ("roi", {"ad_spend": "-1"}),
        ("roi", {"ad_spend": "1e3"}),
        ("cohort-analysis", {"start_date": "2024-02-30"}),
        ("cohort-analysis", {"cohort_type": "year"}),
        ("cohort-analysis", {"period": "week"}),
        ("repeat-rate", {"utm_source": ""}),
    ],
)
def test_wrong_parameters_are_refused(
    warehouse: Warehouse, name: str, params: dict[str, str]
) -> None:
    with pytest.raises(ParameterError):
        catalogue.run(warehouse, name, params)
