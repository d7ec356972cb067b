"""The catalogue: what each query answers over marts of known content."""

from __future__ import annotations

import json
import re
import shutil
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from marts_fixture import PERIODS, add_actions
from utm_pipeline import queries as catalogue
from utm_pipeline.errors import NotFoundError, ParameterError, WarehouseError, WrongUseError
from utm_pipeline.queries import EXPORTS, QUERIES, get_query, run, stream
from utm_pipeline.settings import Settings
from utm_pipeline.warehouse import Warehouse, open_warehouse

NAMES = [
    "general-stats",
    "sources",
    "campaigns",
    "content",
    "funnel",
    "geo",
    "devices",
    "browsers",
    "operating-systems",
    "returning-visitors",
    "sessions",
    "session-detail",
    "compare",
    "roi",
    "cohort-analysis",
    "ltv-comparison",
    "repeat-rate",
    "ab-test",
    "kpis",
    "insights",
    "daily",
    "data-quality",
    "status",
]
MEASURES = [
    "sessions",
    "unique_visitors",
    "conversions",
    "conversion_rate",
    "orders",
    "revenue",
    "avg_order_value",
    "total_score",
]
SESSION = [
    "id",
    "session_key",
    "utm_source",
    "utm_medium",
    "utm_campaign",
    "utm_content",
    "utm_term",
    "country",
    "country_name",
    "city",
    "device_type",
    "os_name",
    "browser_name",
    "first_seen",
    "last_seen",
    "is_converted",
    "conversion_type",
    "converted_at",
    "revenue",
]
COMPARED = [
    "total_sessions",
    "unique_visitors",
    "total_conversions",
    "conversion_rate",
    "total_orders",
    "total_revenue",
    "avg_order_value",
    "total_score",
]


def rows_of(warehouse: Warehouse, name: str, **params: object) -> list[dict[str, Any]]:
    answer = run(warehouse, name, params)
    assert isinstance(answer, list)
    return answer


def object_of(warehouse: Warehouse, name: str, **params: object) -> dict[str, Any]:
    answer = run(warehouse, name, params)
    assert isinstance(answer, dict)
    return answer


def column(rows: Any, key: str) -> list[Any]:
    return [row[key] for row in rows]


def test_the_queries_of_the_contract_are_there() -> None:
    assert list(QUERIES) == NAMES


@pytest.mark.parametrize(
    ("name", "keys"),
    [
        ("sources", ["utm_source", *MEASURES]),
        ("campaigns", ["utm_campaign", "utm_source", "utm_medium", *MEASURES]),
        ("content", ["utm_content", "utm_campaign", "utm_source", *MEASURES]),
        ("devices", ["device_type", "sessions", "conversions", "conversion_rate"]),
        ("browsers", ["browser_name", "sessions", "conversions", "conversion_rate"]),
        ("operating-systems", ["os_name", "sessions", "conversions", "conversion_rate"]),
        ("sessions", SESSION),
        (
            "data-quality",
            ["table", "read", "kept", "duplicates", "quarantined", "after_as_of", "reasons"],
        ),
    ],
)
def test_keys_of_rows(warehouse: Warehouse, name: str, keys: list[str]) -> None:
    rows = rows_of(warehouse, name)
    assert rows
    assert all(list(row) == keys for row in rows)


def test_general_stats(warehouse: Warehouse) -> None:
    assert run(warehouse, "general-stats", {"period": "week"}) == {
        "total_sessions": 1234,
        "unique_visitors": 1000,
        "total_conversions": 25,
        "conversion_rate": 2.03,
        "total_orders": 20,
        "total_revenue": 12345.6,
        "avg_order_value": 617.29,
        "total_score": 5000,
        "avg_score_per_session": 4.05,
    }


def test_a_period_without_sessions_has_null_rates(warehouse: Warehouse) -> None:
    answer = object_of(warehouse, "general-stats", period="today")
    assert (answer["total_sessions"], answer["conversion_rate"]) == (0, None)


def test_sources_are_sorted_by_sessions_revenue_and_name_by_code_point(
    warehouse: Warehouse,
) -> None:
    rows = rows_of(warehouse, "sources")
    assert column(rows, "utm_source") == [
        "instagram",
        "facebook",
        "google",
        "direct",
        "=cmd()",
        "яблуко",
    ]
    # 1.005 is rounded as the decimal that it shows, not as the double that lies below it.
    assert column(rows, "conversion_rate")[:3] == [1.2, 1.0, 1.01]


def test_limit(warehouse: Warehouse) -> None:
    assert column(run(warehouse, "sources", {"limit": "1"}), "utm_source") == ["instagram"]
    assert len(run(warehouse, "sources", {"limit": None})) == 6
    geo = run(warehouse, "geo", {"limit": 1})
    assert isinstance(geo, dict)
    assert (len(geo["countries"]), len(geo["cities"])) == (1, 1)


def test_default_limits() -> None:
    defaults = {
        name: param.default
        for name, query in QUERIES.items()
        for param in query.params
        if param.name == "limit"
    }
    assert defaults == {
        "sources": 20,
        "campaigns": 20,
        "content": 20,
        "geo": 15,
        "devices": None,
        "browsers": 10,
        "operating-systems": 10,
        "sessions": 50,
        "roi": None,
        "ltv-comparison": None,
        "ab-test": None,
        "kpis": None,
        "insights": None,
        "daily": None,
        "data-quality": None,
    }


def test_campaigns_show_absent_tags_as_labels(warehouse: Warehouse) -> None:
    rows = rows_of(warehouse, "campaigns")
    tags = [(row["utm_campaign"], row["utm_source"], row["utm_medium"]) for row in rows]
    assert tags == [
        ("N/A", "google", "(not set)"),
        ("(x)", "instagram", "cpc"),
        ("spring", "google", "cpc"),
        ("spring", "instagram", "(not set)"),
    ]


@pytest.mark.parametrize("source", ["instagram", " IG ", "Instagram"])
def test_a_source_filter_is_cleaned_and_aliased(warehouse: Warehouse, source: str) -> None:
    rows = rows_of(warehouse, "campaigns", source=source)
    assert column(rows, "utm_source") == ["instagram", "instagram"]


def test_content_by_campaign(warehouse: Warehouse) -> None:
    rows = rows_of(warehouse, "content", campaign=" Spring")
    assert column(rows, "utm_content") == ["video_1", "N/A"]
    assert run(warehouse, "content", {"campaign": "winter"}) == []


@pytest.mark.parametrize("absent", ["N/A", "(not set)", "none"])
def test_labels_of_the_absent_select_it(warehouse: Warehouse, absent: str) -> None:
    rows = rows_of(warehouse, "content", campaign=absent)
    assert [(row["utm_content"], row["utm_campaign"]) for row in rows] == [("N/A", "N/A")]


def test_a_hostile_filter_value_is_only_a_value(warehouse: Warehouse) -> None:
    hostile = "'; drop table rpt_sources; --"
    assert run(warehouse, "campaigns", {"source": hostile}) == []
    assert run(warehouse, "sources", {})


def test_funnel(warehouse: Warehouse) -> None:
    answer = object_of(warehouse, "funnel")
    assert list(answer) == [
        "total",
        "product_views",
        "add_to_cart",
        "initiate_checkout",
        "leads",
        "purchases",
        "product_views_rate",
        "add_to_cart_rate",
        "checkout_rate",
        "lead_rate",
        "purchase_rate",
        "steps",
    ]
    assert (answer["total"], answer["purchases"], answer["purchase_rate"]) == (1234, 20, 1.62)
    assert [tuple(step.values()) for step in answer["steps"]] == [
        ("sessions", 1234, 100.0, None),
        ("product_views", 600, 48.62, 48.62),
        ("add_to_cart", 100, 8.1, 16.67),
        ("initiate_checkout", 50, 4.05, 50.0),
        ("leads", 10, 0.81, 20.0),
        ("purchases", 20, 1.62, 40.0),
    ]


def test_funnel_of_a_source(warehouse: Warehouse) -> None:
    answer = object_of(warehouse, "funnel", source="ig")
    assert (answer["total"], answer["product_views"]) == (500, 200)


@pytest.mark.parametrize("source", ["nobody", "N/A", "(not set)"])
def test_funnel_of_a_source_that_nobody_came_from_is_empty_and_not_that_of_all(
    warehouse: Warehouse, source: str
) -> None:
    answer = object_of(warehouse, "funnel", source=source)
    assert (answer["total"], answer["purchases"], answer["purchase_rate"]) == (0, 0, None)
    assert answer["steps"][0] == {
        "name": "sessions",
        "sessions": 0,
        "rate_of_total": None,
        "rate_of_previous": None,
    }


def test_geo(warehouse: Warehouse) -> None:
    answer = object_of(warehouse, "geo")
    assert column(answer["countries"], "country") == ["Ukraine", "Poland", "Unknown"]
    assert answer["countries"][2]["code"] is None
    assert list(answer["cities"][0]) == [
        "city",
        "country",
        "code",
        "sessions",
        "conversions",
        "conversion_rate",
    ]


def test_technology_and_visitors(warehouse: Warehouse) -> None:
    assert column(run(warehouse, "devices", {}), "device_type") == ["mobile", "desktop"]
    assert column(run(warehouse, "browsers", {}), "browser_name") == ["Chrome"]
    assert column(run(warehouse, "operating-systems", {}), "os_name") == ["Android"]
    assert run(warehouse, "returning-visitors", {}) == {
        "total_sessions": 1234,
        "first_visits": 1000,
        "returning_visits": 234,
        "first_visits_rate": 81.04,
        "returning_visits_rate": 18.96,
    }


def test_compare(warehouse: Warehouse) -> None:
    answer = object_of(warehouse, "compare")
    assert {side: list(values) for side, values in answer.items()} == {
        "current": ["from", "until", *COMPARED],
        "previous": ["from", "until", *COMPARED],
        "change": COMPARED,
    }
    assert answer["previous"]["total_revenue"] == 12000.0
    assert answer["previous"]["from"] == "2024-03-20T00:00:00+02:00"
    assert answer["current"]["until"] == "2024-04-02T12:00:00+03:00"
    assert answer["change"] == {
        "total_sessions": 23.4,
        "unique_visitors": 25.0,
        "total_conversions": 25.0,
        "conversion_rate": 0.03,
        "total_orders": -20.0,
        "total_revenue": 2.88,
        "avg_order_value": 28.6,
        "total_score": 25.0,
    }


def test_sessions_are_the_latest_first_in_business_time(warehouse: Warehouse) -> None:
    rows = rows_of(warehouse, "sessions")
    assert column(rows, "id") == [103, 102, 101]
    assert column(rows, "first_seen") == [
        "2024-04-02T00:00:00+03:00",
        "2024-04-02T00:00:00+03:00",
        "2024-03-31T02:30:00+02:00",
    ]
    first = rows[2]
    assert first["last_seen"] == "2024-03-31T04:30:00+03:00"
    assert first["converted_at"] == "2024-03-31T04:00:00.250000+03:00"
    assert (first["revenue"], first["is_converted"], first["utm_content"]) == (100.5, True, None)


def test_sessions_of_all_time_have_no_beginning(warehouse: Warehouse) -> None:
    assert column(run(warehouse, "sessions", {"period": "all_time"}), "id") == [103, 102, 101, 104]


def test_session_detail(warehouse: Warehouse) -> None:
    answer = object_of(warehouse, "session-detail", id=101)
    assert list(answer) == ["session", "actions", "orders", "other_sessions"]
    assert list(answer["session"]) == SESSION
    assert answer["session"]["id"] == 101
    assert column(answer["actions"], "id") == [3, 2, 1]
    assert answer["actions"][1] == {
        "id": 2,
        "action_type": "purchase",
        "timestamp": "2024-03-31T04:00:00+03:00",
        "points": 101,
        "page_path": "/done",
        "product_id": "7",
        "product_name": "Hat",
        "cart_value": 100.5,
        "order_id": "900",
        "order_number": "N-900",
    }
    assert column(answer["orders"], "id") == [901, 900]
    assert list(answer["orders"][0]) == [
        "id",
        "order_number",
        "created",
        "payment_status",
        "status",
        "total_sum",
        "revenue",
    ]
    assert column(answer["other_sessions"], "id") == [102]
    assert list(answer["other_sessions"][0]) == SESSION


def test_a_dropped_duplicates_id_gives_the_kept_session(warehouse: Warehouse) -> None:
    answer = object_of(warehouse, "session-detail", id="99")
    assert answer["session"]["id"] == 101


def test_an_unknown_session_is_not_found(warehouse: Warehouse) -> None:
    with pytest.raises(NotFoundError, match="no session 7"):
        run(warehouse, "session-detail", {"id": 7})


def test_the_latest_50_actions(marts_file: Path, tmp_path: Path, settings: Settings) -> None:
    own = tmp_path / "utm.duckdb"
    shutil.copy(marts_file, own)
    add_actions(own, session_id=3, count=60)
    with open_warehouse(replace(settings, warehouse=own)) as warehouse:
        answer = object_of(warehouse, "session-detail", id=103)
    # The one of the fixture is the latest of the 61, at midnight of 2 April.
    assert column(answer["actions"], "id")[:2] == [4, 1059]
    assert len(answer["actions"]) == 50


def test_data_quality(warehouse: Warehouse) -> None:
    rows = rows_of(warehouse, "data-quality")
    assert column(rows, "table") == ["orders", "refunds", "utm_sessions"]
    assert rows[0]["reasons"] == {}
    assert list(rows[2]["reasons"].items()) == [("first_seen unreadable", 3), ("id missing", 2)]


@pytest.mark.parametrize("name", NAMES)
def test_every_answer_is_json_and_every_placeholder_a_parameter(
    warehouse: Warehouse, name: str
) -> None:
    params = {"id": 101} if name == "session-detail" else {}
    json.dumps(run(warehouse, name, params), allow_nan=False)
    query = get_query(name)
    always = {"no_value", "not_set", "asked_at", "starts_at", "ends_at"}
    always |= {f"wanted_{param.name}" for param in query.params if param.cleaned_by}
    always |= {"word_cohort_type"}
    always |= {"stale_because", "currency", "version", "contract_version"}
    known = {param.name for param in query.params} | always
    bound = {placeholder for part in query.parts for placeholder in part.placeholders}
    assert bound <= known
    bound |= {placeholder.removeprefix("wanted_") for placeholder in bound}
    # A period stands in a statement as itself, or as its bounds.
    bound |= {"period"} if "starts_at" in bound else set()
    assert {param.name for param in query.params} <= bound


def test_no_statement_names_a_schema_or_holds_a_formatted_value() -> None:
    for query in QUERIES.values():
        for part in query.parts:
            assert "analytics" not in part.sql
            assert not re.search(r"[{}]", part.sql)


@pytest.mark.parametrize(
    ("name", "given", "parameter", "text"),
    [
        ("sources", {"period": "year"}, "period", "today, yesterday, week"),
        ("sources", {"limit": "0"}, "limit", "whole number from 1"),
        ("sources", {"limit": "-1"}, "limit", "whole number"),
        ("sources", {"limit": "1e3"}, "limit", "whole number"),
        ("sources", {"limit": "99999999999"}, "limit", "2147483647"),
        ("sources", {"limit": True}, "limit", "whole number"),
        ("sources", {"source": "google"}, "source", "--period, --limit"),
        ("campaigns", {"source": " "}, "source", "utm_source"),
        ("campaigns", {"source": "a\0b"}, "source", "utm_source"),
        ("session-detail", {}, "id", "whole number"),
        ("session-detail", {"id": "1; --"}, "id", "whole number"),
    ],
)
def test_wrong_parameters(
    warehouse: Warehouse, name: str, given: dict[str, object], parameter: str, text: str
) -> None:
    with pytest.raises(ParameterError) as caught:
        run(warehouse, name, given)
    assert caught.value.parameter == parameter
    assert text in caught.value.allowed
    assert name in str(caught.value)


def test_an_unknown_query_is_wrong_use(warehouse: Warehouse) -> None:
    with pytest.raises(WrongUseError, match="no query 'rois'"):
        run(warehouse, "rois", {})


@pytest.mark.parametrize("name", EXPORTS)
def test_an_export_has_every_row_and_no_labels(warehouse: Warehouse, name: str) -> None:
    columns, rows = stream(warehouse, name, {"period": "all_time"})
    assert [col.key for col in columns] == list(rows_of(warehouse, name)[0])
    list(rows)
    columns, week = stream(warehouse, name, {"period": "week"})
    exported = [dict(zip([col.key for col in columns], row, strict=True)) for row in week]
    assert len(exported) == len(run(warehouse, name, {"limit": None}))
    assert not {"N/A", "(not set)"} & {value for row in exported for value in row.values()}


def test_an_export_keeps_the_order_of_the_query(warehouse: Warehouse) -> None:
    _, rows = stream(warehouse, "campaigns", {"period": "week"})
    assert [row[:3] for row in rows] == [
        (None, "google", None),
        ("(x)", "instagram", "cpc"),
        ("spring", "google", "cpc"),
        ("spring", "instagram", None),
    ]


def test_period_dates(warehouse: Warehouse) -> None:
    assert catalogue.period_dates(warehouse, "week") == (date(2024, 3, 27), date(2024, 4, 2))
    with pytest.raises(ParameterError):
        catalogue.period_dates(warehouse, "year")


def test_the_periods_are_those_of_the_contract() -> None:
    assert get_query("sources").params[0].choices == PERIODS


def test_a_mart_without_its_row_is_an_incomplete_warehouse(warehouse: Warehouse) -> None:
    with pytest.raises(WarehouseError, match="no answer for query general-stats"):
        run(warehouse, "general-stats", {"period": "month"})
