"""The widgets of the page: what each asks the catalogue, and which template shows it.

A widget is a line of ``WIDGETS``: the tables that it shows, or a function where it shows more. Its
title is a text of ``words/texts.csv``, its form a template of ``templates/widgets``: its own where
it has a function, else ``sheets``.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import NamedTuple

from utm_pipeline.queries.model import Table
from utm_pipeline.report import sentences
from utm_pipeline.web import cards, cohorts
from utm_pipeline.web.view import Sheet, Shown, View

_MOST = 20
"""Rows of a table that a query gives without an end, and campaigns that are offered."""


class Shows(NamedTuple):
    """A table of a widget: the answer of a query, or one part of it."""

    query: str
    part: str | None = None
    columns: str = ""
    """In this order, parted by blanks; none is all of them but those that are ``hidden``."""
    bars: str = ""
    """The columns that have bars behind their numbers."""
    heading: str = ""
    """The text above it."""
    most: int | None = None
    """Rows that are shown, of those that the query gives."""
    hidden: str = ""
    to_sessions: bool = False
    """Whether the first cell of a row leads to a session."""

    def table(self, tables: Sequence[Table]) -> Table:
        """The rows to be shown, of a query's answer."""
        table = next(table for table in tables if table.key == self.part)
        # The age of the data is in the stamp, which the clock moves on.
        lasting = [row for row in table.rows if row[0] != "data_freshness_minutes"]
        return replace(table, rows=lasting[: self.most])

    def sheet(self, table: Table, view: View) -> tuple[str, Sheet]:
        """The table under its heading."""
        keys = [column.key for column in table.columns]
        columns = self.columns.split() or [key for key in keys if key not in self.hidden.split()]
        bars = self.bars.split()
        return self.heading, view.sheet(table, columns, bars, to_sessions=self.to_sessions)


@dataclass(frozen=True)
class Widget:
    """One question of the page and the form of its answer."""

    key: str
    shows: Sequence[Shows] = ()
    width: str = "full"
    """``full`` or ``half``, where there is room."""
    filters: Mapping[str, str] = field(default_factory=dict)
    """The filters, besides the period, that it takes part in, and the parameters they become."""
    load: Callable[[View], Shown] | None = None
    """What gives the template its values, where tables are not all."""
    template: str = "sheets"
    title: str = ""
    """The text, where it has not the widget's name."""
    has_chart: bool = False
    """Whether the answer of its first query is drawn too."""
    has_csv: bool = False
    """Whether there is an export of its name."""
    empty: str = "no_data"
    """The text where there is nothing to show: no rows, or 0 in the first one's ``counted``; none
    where a table without rows says it."""
    counted: str = ""

    def shown(self, view: View) -> Shown:
        """What the widget's template is given."""
        if self.load is not None:
            return self.load(view)
        given = {param: getattr(view.filters, name) for name, param in self.filters.items()}
        answers = {each.query: view.ask(each.query, **given) for each in self.shows}
        tables = [each.table(answers[each.query]) for each in self.shows]
        first = next((row for table in tables for row in table.dicts()), None)
        if self.empty and (first is None or not first.get(self.counted, True)):
            return {"empty": self.empty}
        query = self.shows[0].query
        return {
            "first": first,
            "chart": view.chart(query, answers[query], **given) if self.has_chart else None,
            "sheets": [
                each.sheet(table, view) for each, table in zip(self.shows, tables, strict=True)
            ],
        }


def _insights(view: View) -> Shown:
    (table,) = view.ask("insights")
    if not table.rows:
        return {"empty": "nothing_beyond_chance"}
    return {"sentences": sentences.insights(table, view.formats)}


_VARIANTS = Shows(
    "ab-test",
    "variants",
    "utm_content sessions conversions conversion_rate revenue confidence",
    bars="conversion_rate",
)


def _ab_test(view: View) -> Shown:
    """The test of the campaign that was chosen, else of the one with the most sessions."""
    filters = view.filters
    (listed,) = view.ask("ab-test", source=filters.source)
    campaigns = [row["utm_campaign"] for row in listed.dicts()]
    if not campaigns and filters.campaign is None:
        return {"empty": "no_ab"}
    chosen = filters.campaign or campaigns[0]
    tables = view.ask("ab-test", campaign=chosen, source=filters.source)
    found = next(table for table in tables if table.key is None)
    return {
        "campaign": chosen,
        "others": [(name, filters.address(campaign=name)) for name in campaigns[:_MOST]],
        "status": found.dicts()[0]["status"],
        "why": sentences.verdict(tables, view.formats),
        "sheets": [_VARIANTS.sheet(_VARIANTS.table(tables), view)],
    }


_SPENT = Shows(
    "roi",
    "rows",
    "utm_source utm_campaign revenue ad_spend profit roi roas",
    bars="ad_spend",
    most=_MOST,
)


def _roi(view: View) -> Shown:
    tables = view.ask("roi", ad_spend=view.filters.ad_spend)
    totals = next(table for table in tables if table.key is None)
    rows = next(table for table in tables if table.key == "rows")
    has_spend = any(row["ad_spend"] for row in rows.dicts())
    campaigns = _SPENT.sheet(_SPENT.table(tables), view)
    return {
        "totals": view.sheet(totals),
        "ad_spend": view.filters.ad_spend or "",
        "chart": view.chart("roi", tables) if has_spend else None,
        "sheets": [campaigns] if has_spend else [],
    }


_SOURCE = {"source": "source"}
_CAMPAIGN = {"campaign": "campaign"}
_BARS = "sessions revenue"
_VALUE_COLUMNS = (
    "utm_source total_sessions ltv_per_session new_customers ltv_per_customer cpa ltv_cpa_ratio "
    "max_cpc max_cpa"
)
_PLACE_COLUMNS = "country sessions conversions conversion_rate"
_SESSION_COLUMNS = "id first_seen utm_source utm_campaign city device_type conversion_type revenue"
_TECHNOLOGY = ("devices", "browsers", "operating-systems")

_STEPS = Shows("funnel", "steps", bars="sessions")
_TRAFFIC = Shows("sources", bars=_BARS, hidden="avg_order_value total_score")
_VALUES = Shows("ltv-comparison", None, _VALUE_COLUMNS, "ltv_per_session", most=_MOST)
_COUNTRIES = Shows("geo", "countries", _PLACE_COLUMNS, "sessions", "countries")
_CITIES = Shows("geo", "cities", f"city {_PLACE_COLUMNS}", "sessions", "cities")
_SYSTEMS = [Shows(name, bars="sessions", heading=name) for name in _TECHNOLOGY]
# The latest; the CSV has every one.
_LATEST = Shows("sessions", None, _SESSION_COLUMNS, most=25, to_sessions=True)

WIDGETS = (
    Widget("cards", load=cards.load, template="cards"),
    Widget("insights", load=_insights, template="insights"),
    Widget("funnel", [_STEPS], "half", _SOURCE, has_chart=True, counted="sessions"),
    Widget(
        "repeat",
        [Shows("repeat-rate")],
        "half",
        {"source": "utm_source"},
        template="repeat",
        empty="nobody_bought",
        counted="total_customers",
    ),
    Widget("sources", [_TRAFFIC], has_chart=True, has_csv=True),
    Widget("campaigns", [Shows("campaigns", bars=_BARS)], filters=_SOURCE, has_csv=True),
    Widget("content", [Shows("content", bars=_BARS)], filters=_CAMPAIGN, has_csv=True),
    Widget("ab_test", load=_ab_test, template="ab_test", filters=_SOURCE | _CAMPAIGN),
    Widget("roi", load=_roi, template="roi"),
    Widget("ltv", [_VALUES], has_chart=True),
    Widget("cohorts", load=cohorts.load, template="cohorts", title="cohort_analysis"),
    Widget("visits", [Shows("returning-visitors")], "half", counted="total_sessions"),
    Widget("kpis", [Shows("kpis")], "half", empty=""),
    Widget("technology", _SYSTEMS, "half"),
    Widget("geo", [_COUNTRIES, _CITIES], "half"),
    Widget("sessions", [_LATEST], has_csv=True),
)
BY_KEY: Mapping[str, Widget] = {widget.key: widget for widget in WIDGETS}
