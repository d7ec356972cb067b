"""The widgets of the page: what each asks the catalogue, and which template shows it.

To add one, write what it shows as a function and put it into ``WIDGETS``; its title is in
``web.words``, its form a template of ``web/templates/widgets`` (``sheets`` shows any tables).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from utm_pipeline.queries.model import Table
from utm_pipeline.report import verdict
from utm_pipeline.report.insights import sentences
from utm_pipeline.report.labels import value_label
from utm_pipeline.report.text import named_steps
from utm_pipeline.web.dashboard import cards, cohorts
from utm_pipeline.web.dashboard.filters import Filters
from utm_pipeline.web.dashboard.sheets import record, sheet
from utm_pipeline.web.dashboard.view import Shown, View

LATEST = 25
"""Rows of the latest sessions; the CSV has every one."""
_ROWS = 20


@dataclass(frozen=True)
class Widget:
    """One question of the page and the form of its answer."""

    key: str
    load: Callable[[View], Shown]
    template: str = "sheets"
    width: str = "half"
    """``half`` or ``full``, where there is room."""
    export: str | None = None
    """The export that its CSV button downloads."""
    filters: tuple[str, ...] = ()
    """The filters, besides the period, that it takes part in."""


def _funnel(view: View) -> Shown:
    source = view.filters.source
    tables = view.ask("funnel", source=source)
    steps = next(table for table in tables if table.key == "steps")
    if not steps.dicts()[0]["sessions"]:
        return {"empty": "no_data"}
    named = sheet(named_steps(steps, view.formats.lang), view.formats, bars=("sessions",))
    return {"chart": view.chart("funnel", tables, source=source), "sheets": [("", named)]}


def _sources(view: View) -> Shown:
    tables = view.ask("sources", limit=_ROWS)
    if not tables[0].rows:
        return {"empty": "no_data"}
    keys = (
        "utm_source",
        "sessions",
        "unique_visitors",
        "conversions",
        "conversion_rate",
        "orders",
        "revenue",
    )
    shown = sheet(tables[0], view.formats, keys, bars=("sessions", "revenue"))
    return {"chart": view.chart("sources", tables), "sheets": [("", shown)]}


def _campaigns(view: View) -> Shown:
    (table,) = view.ask("campaigns", source=view.filters.source, limit=_ROWS)
    return _one(table, view, bars=("sessions", "revenue"))


def _content(view: View) -> Shown:
    (table,) = view.ask("content", campaign=view.filters.campaign, limit=_ROWS)
    return _one(table, view, bars=("sessions", "revenue"))


def _technology(view: View) -> Shown:
    names = ("devices", "browsers", "operating-systems")
    asked = {name: view.ask(name)[0] for name in names}
    if not asked["devices"].rows:
        return {"empty": "no_data"}
    return {
        "sheets": [
            (name, sheet(table, view.formats, bars=("sessions",))) for name, table in asked.items()
        ]
    }


def _geo(view: View) -> Shown:
    tables = view.ask("geo")
    if not any(table.rows for table in tables):
        return {"empty": "no_data"}
    shown: Mapping[str, Sequence[str]] = {
        "countries": ("country", "sessions", "conversions", "conversion_rate"),
        "cities": ("city", "country", "sessions", "conversions", "conversion_rate"),
    }
    return {
        "sheets": [
            (table.key, sheet(table, view.formats, shown[str(table.key)], bars=("sessions",)))
            for table in tables
        ]
    }


def _visits(view: View) -> Shown:
    (table,) = view.ask("returning-visitors")
    if not table.dicts()[0]["total_sessions"]:
        return {"empty": "no_data"}
    return {"sheets": [("", record(table, view.formats))]}


def _roi(view: View) -> Shown:
    tables = view.ask("roi", ad_spend=view.filters.ad_spend)
    totals = next(table for table in tables if table.key is None)
    rows = next(table for table in tables if table.key == "rows")
    spent = any(row["ad_spend"] for row in rows.dicts())
    keys = ("utm_source", "utm_campaign", "revenue", "ad_spend", "profit", "roi", "roas")
    limited = Table(rows.key, rows.many, rows.columns, rows.rows[:_ROWS])
    return {
        "totals": record(totals, view.formats),
        "sheets": [("", sheet(limited, view.formats, keys, bars=("ad_spend",)))] if spent else [],
        "chart": view.chart("roi", tables) if spent else None,
        "ad_spend": view.filters.ad_spend or "",
        "note": None if spent else "no_spend",
    }


def _ltv(view: View) -> Shown:
    tables = view.ask("ltv-comparison")
    if not tables[0].rows:
        return {"empty": "no_data"}
    keys = (
        "utm_source",
        "total_sessions",
        "ltv_per_session",
        "new_customers",
        "ltv_per_customer",
        "cpa",
        "ltv_cpa_ratio",
        "max_cpc",
        "max_cpa",
    )
    limited = Table(None, True, tables[0].columns, tables[0].rows[:_ROWS])
    shown = sheet(limited, view.formats, keys, bars=("ltv_per_session",))
    return {"chart": view.chart("ltv-comparison", tables), "sheets": [("", shown)]}


def _repeat(view: View) -> Shown:
    (table,) = view.ask("repeat-rate", utm_source=view.filters.source)
    found = table.dicts()[0]
    if not found["total_customers"]:
        return {"empty": "no_customers"}
    return {
        "rating": found["rating"],
        "rating_words": value_label(found["rating"], view.formats.lang),
        "sheets": [("", record(table, view.formats))],
    }


def _insights(view: View) -> Shown:
    (table,) = view.ask("insights")
    if not table.rows:
        return {"empty": "no_insights"}
    return {"sentences": sentences(table, view.formats)}


def _ab_test(view: View) -> Shown:
    """The test of the campaign that was chosen, else of the one with the most sessions."""
    filters = view.filters
    (listed,) = view.ask("ab-test", source=filters.source)
    campaigns = [row["utm_campaign"] for row in listed.dicts()]
    if not campaigns and filters.campaign is None:
        return {"empty": "no_ab"}
    chosen = filters.campaign or campaigns[0]
    tables = view.ask("ab-test", campaign=chosen, source=filters.source)
    parts = {table.key: table for table in tables}
    found = parts[None].dicts()[0]
    keys = ("utm_content", "sessions", "conversions", "conversion_rate", "revenue", "confidence")
    return {
        "campaign": chosen,
        "others": [(name, filters.address(campaign=name)) for name in campaigns[:_ROWS]],
        "status": found["status"],
        "status_words": value_label(found["status"], view.formats.lang),
        "why": verdict.explain(tables, view.formats),
        "sheets": [("", sheet(parts["variants"], view.formats, keys, bars=("conversion_rate",)))],
    }


def _kpis(view: View) -> Shown:
    (table,) = view.ask("kpis")
    # The age of the data is in the stamp, which the clock moves on.
    lasting = [row for row in table.rows if row[0] != "data_freshness_minutes"]
    return {"sheets": [("", sheet(Table(None, True, table.columns, lasting), view.formats))]}


def _sessions(view: View) -> Shown:
    (table,) = view.ask("sessions", limit=LATEST)
    if not table.rows:
        return {"empty": "no_data"}
    keys = (
        "id",
        "first_seen",
        "utm_source",
        "utm_campaign",
        "city",
        "device_type",
        "conversion_type",
        "revenue",
    )
    shown = sheet(table, view.formats, keys, link=lambda row: session_address(row, view.filters))
    return {"sheets": [("", shown)]}


def _one(table: Table, view: View, bars: Sequence[str]) -> Shown:
    if not table.rows:
        return {"empty": "no_data"}
    return {"sheets": [("", sheet(table, view.formats, bars=bars))]}


def session_address(row: Mapping[str, Any], filters: Filters) -> str:
    """The page of a session, within the view that it was found in."""
    return filters.address(f"/sessions/{row['id']}")


WIDGETS = (
    Widget("cards", cards.load, "cards", "full"),
    Widget("insights", _insights, "insights", "full"),
    Widget("funnel", _funnel, filters=("source",)),
    Widget("repeat", _repeat, "repeat", filters=("source",)),
    Widget("sources", _sources, width="full", export="sources"),
    Widget("campaigns", _campaigns, width="full", export="campaigns", filters=("source",)),
    Widget("content", _content, width="full", export="content", filters=("campaign",)),
    Widget("ab_test", _ab_test, "ab_test", "full", filters=("source", "campaign")),
    Widget("roi", _roi, "roi", "full"),
    Widget("ltv", _ltv, width="full"),
    Widget("cohorts", cohorts.load, "cohorts", "full"),
    Widget("visits", _visits),
    Widget("kpis", _kpis),
    Widget("technology", _technology),
    Widget("geo", _geo),
    Widget("sessions", _sessions, width="full", export="sessions"),
)
BY_KEY: Mapping[str, Widget] = {widget.key: widget for widget in WIDGETS}
