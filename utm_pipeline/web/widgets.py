"""The widgets of the page: what each asks the catalogue, and which template shows it.

A widget is a line of ``WIDGETS``: the tables that it shows, or a function where it shows more. Its
title is a text of ``words/texts.csv``, its form a template of ``templates/widgets``: its own where
it has a function, else ``sheets``.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import NamedTuple

from utm_pipeline import queries as catalogue
from utm_pipeline.queries.model import Column, Table
from utm_pipeline.queries.params import PARAMS
from utm_pipeline.report import cells, sentences
from utm_pipeline.report.cells import Cell, Formats, Grid
from utm_pipeline.report.cohorts import Cohorts, read_cohorts
from utm_pipeline.web.view import Filters, Sheet, Shown, Tables, View
from utm_pipeline.words import Kind, column_label, explanations, text

SHADES = 20
"""Steps of the shading of cohorts; more could not be told apart."""
_ALL = 2**31 - 1
_MOST = 20
"""Rows of a table that a query gives without an end, and campaigns that are offered."""
_CARDS = (
    *("total_revenue", "total_orders", "total_sessions"),
    *("unique_visitors", "conversion_rate", "avg_order_value"),
)
"""Figures of the period; those of a day are not called total."""
_WIDTH, _HEIGHT, _EDGE = 120, 32, 2
"""Of a card's line."""


class Shows(NamedTuple):
    """A table of a widget: the answer of a query, or one part of it.

    ``columns`` are parted by blanks and shown in this order; without them it is all but those that
    are ``hidden``. ``bars`` are the columns with bars behind their numbers.
    """

    query: str
    part: str | None = None
    columns: str = ""
    bars: str = ""
    heading: str = ""  # the text above it
    most: int | None = None  # rows that are shown, of those that the query gives
    hidden: str = ""
    to_sessions: bool = False  # whether the first cell of a row leads to a session

    def table(self, answer: Tables) -> Table:
        """The rows to be shown, of a query's answer."""
        table = answer[self.part]
        # The age of the data is in the stamp, which the clock moves on.
        lasting = [row for row in table.rows if row[0] != "data_freshness_minutes"]
        return replace(table, rows=lasting[: self.most])

    def whole(self, table: Table, view: View, given: Mapping[str, object]) -> Shown | None:
        """What the rows are parts of, as a query has it: all of the period, or one source of it."""
        filtered = {name for name, value in given.items() if value is not None}
        if self.query not in cells.PARTS or filtered - {"source"}:
            return None
        if not filtered:
            return view.ask("general-stats")[None].dicts()[0]
        named = {row["utm_source"] for row in table.dicts()}
        sources = view.ask("sources", limit=_ALL)[None].dicts()
        return next((row for row in sources if row["utm_source"] in named), None)

    def sheet(
        self,
        answer: Tables,
        view: View,
        most: Mapping[Kind, float] | None = None,
        whole: Shown | None = None,
    ) -> tuple[str, Sheet]:
        """The table under its heading."""
        table = self.table(answer)
        keys = [column.key for column in table.columns]
        columns = self.columns.split() or [key for key in keys if key not in self.hidden.split()]
        most = most or _longest([(table, self)])
        bars = {key: most[kind] for key, kind in table.columns if key in self.bars.split()}
        made = view.sheet(table, columns, bars, whole=whole, to_sessions=self.to_sessions)
        limits = (param.default for param in catalogue.get_query(self.query).params)
        if made.grid.total and len(table.rows) in limits:
            said = text("first_rows", view.formats.lang, count=len(table.rows))
            made = made._replace(grid=replace(made.grid, notes=[said]))
        return self.heading, made


def _longest(pairs: Iterable[tuple[Table, Shows]]) -> Mapping[Kind, float]:
    """The largest number of each unit in a widget's columns with bars: one unit, one scale."""
    most: dict[Kind, float] = {}
    for table, shows in pairs:
        for place, (key, kind) in enumerate(table.columns):
            if key in shows.bars.split():
                values = (float(row[place] or 0) for row in table.rows)
                most[kind] = max(most.get(kind, 0.0), *values, 0.0)
    return most


@dataclass(frozen=True)
class Widget:
    """One question of the page and the form of its answer.

    ``filters`` are those, besides the period, that it takes part in, with the parameters that they
    become. ``load`` gives the template its values where tables are not all. ``empty`` is the text
    where there is nothing to show: no rows, or 0 in the first one's ``counted``; without a text the
    table says it.
    """

    key: str
    shows: Sequence[Shows] = ()
    width: str = "full"  # or ``half``, where there is room
    filters: Mapping[str, str] = field(default_factory=dict)
    load: Callable[[View], Shown] | None = None
    template: str = "sheets"
    title: str = ""  # the text, where it has not the widget's name
    has_chart: bool = False  # whether the answer of its first query is drawn too
    has_csv: bool = False  # whether there is an export of its name
    empty: str = "no_data"
    counted: str = ""

    def ignored(self, filters: Filters) -> list[str]:
        """The filters that are set and that it takes no part in."""
        set_ones = filters.named().keys() & {"source", "campaign"}
        return sorted(set_ones - self.filters.keys())

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
        pairs = list(zip(tables, self.shows, strict=True))
        most = _longest(pairs)
        return {
            "first": first,
            "chart": view.chart(query, answers[query], **given) if self.has_chart else None,
            "sheets": [
                each.sheet(answers[each.query], view, most, each.whole(table, view, given))
                for table, each in pairs
            ],
        }


def _cards(view: View) -> Shown:
    """The period's figures, what they were before, and their course by day as a small line."""
    formats = view.formats.brief
    stats, days = view.ask("general-stats")[None], view.ask("daily")[None]
    figures = stats.dicts()[0]
    if not figures["total_sessions"] and not figures["total_orders"]:
        return {"empty": "no_data"}
    rows = cells.record(cells.only(stats, _CARDS), formats, view.ask("compare")).rows
    courses = (_course(days, key.removeprefix("total_"), formats) for key in _CARDS)
    dates = [formats.day(row["date"]) for row in days.dicts()]
    compared = catalogue.compared(view.warehouse, view.filters.period)
    return {
        "cards": [*zip(rows, courses, strict=True)],
        "about": [
            *cells.about_change(rows, compared, formats),
            *([text("trends", formats.lang, first=dates[0], last=dates[-1])] if dates else ()),
        ],
    }


def _course(days: Table, key: str, formats: Formats) -> Shown:
    """A figure by day: SVG's ``points``, from 0 at the bottom of a box, and the same in words.

    A day without a value is left out; of fewer than two there is no line.
    """
    rows = days.dicts()
    known = [(place, row[key]) for place, row in enumerate(rows) if row[key] is not None]
    if len(known) < 2:
        return {"points": ""}
    least, most = min(value for _, value in known), max(value for _, value in known)
    across, up = (_WIDTH - 2 * _EDGE) / (len(rows) - 1), _HEIGHT - 2 * _EDGE
    first, last = formats.day(rows[0]["date"]), formats.day(rows[-1]["date"])
    column = next(each for each in days.columns if each.key == key)
    # ``By day, 2026-06-07 – 2026-07-06: 3 – 41``, for who sees no lines.
    words = text("trend_of", formats.lang, first=first, last=last)
    return {
        "points": " ".join(
            f"{_EDGE + place * across:.1f},{_HEIGHT - _EDGE - up * value / (most or 1):.1f}"
            for place, value in known
        ),
        "words": f"{words}: {formats.cell(least, column)} – {formats.cell(most, column)}",
    }


def _insights(view: View) -> Shown:
    table = view.ask("insights")[None]
    if not table.rows:
        return {"empty": "no_insights"}
    return {"sentences": sentences.insights(table, view.formats.brief)}


def _ab_test(view: View) -> Shown:
    """The test of the campaign that was chosen, else of the one with the most sessions."""
    filters = view.filters
    listed = view.ask("ab-test", source=filters.source)[None]
    campaigns = [row["utm_campaign"] for row in listed.dicts()]
    if not campaigns and filters.campaign is None:
        return {"empty": "no_ab"}
    chosen = filters.campaign or campaigns[0]
    found = view.ask("ab-test", campaign=chosen, source=filters.source)
    return {
        "campaign": chosen,
        "others": [(name, filters.address(campaign=name)) for name in campaigns[:_MOST]],
        "status": found[None].dicts()[0]["status"],
        "why": sentences.verdict([*found.values()], view.formats.brief),
        "sheets": [_VARIANTS.sheet(found, view)],
    }


def _roi(view: View) -> Shown:
    found = view.ask("roi", ad_spend=view.filters.ad_spend)
    has_spend = any(row["ad_spend"] for row in found["rows"].dicts())
    return {
        "totals": [(name, view.sheet(found[name])) for name in ("ads", "whole_shop")],
        "ad_spend": view.filters.ad_spend or "",
        "chart": view.chart("roi", found) if has_spend else None,
        "sheets": [_SPENT.sheet(found, view, whole=_loaded(view))] if has_spend else [],
    }


def _loaded(view: View) -> Shown:
    """What the campaigns are parts of: the whole shop, with the spend that was loaded."""
    parts = (table.dicts()[0] for table in view.ask("roi").values() if not table.many)
    return next(row for row in parts if "revenue" in row)


def _cohorts(view: View) -> Shown:
    """The matrix of the metric, type and source that were chosen; its cells are shaded."""
    formats, lang = view.formats, view.formats.lang
    asked = {name: getattr(view.filters, name) for name in ("cohort_type", "metric", "utm_source")}
    answer = read_cohorts([*view.ask("cohort-analysis", **asked).values()])
    return {
        "metrics": [(name, column_label(name, lang)) for name in PARAMS["metric"].choices],
        "types": [(name, text(name, lang)) for name in PARAMS["cohort_type"].choices],
        "title": answer.title(lang),
        "about": answer.about(formats),
        "below": text("chart.not_yet", lang),
        "periods": answer.periods,
        "rows": _shaded(answer, formats),
        "labels": (column_label("cohort", lang), column_label("size", lang)),
    }


def _shaded(answer: Cohorts, formats: Formats) -> list[Shown]:
    """A row a cohort; a cell has its text, what it says exactly, and its shade if it has one."""
    column = Column(answer.metric, answer.kind)
    unit = " %" if answer.metric == "retention" else ""
    rows: list[Shown] = []
    found = zip(answer.cohorts, answer.sizes, answer.matrix, answer.shares(), strict=True)
    for cohort, size, values, shares in found:
        row = {"day": formats.day(cohort), "size": formats.amount(size)}
        shaded = []
        for value, share, period in zip(values, shares, answer.periods, strict=False):
            written = formats.cell(value, column)
            about = text("cohort_of", formats.lang, **row, period=period)
            step = None if share is None else round(share * SHADES)
            shaded.append({"text": written, "about": f"{about}: {written}{unit}", "shade": step})
        rows.append({**row, "cells": shaded})
    return rows


def _explained(view: View) -> Shown:
    lang = view.formats.lang
    headings = [Cell(text("metric", lang)), Cell(text("explained.heading", lang))]
    rows = [list(map(Cell, row)) for row in explanations(lang)]
    return {"chart": None, "sheets": [("", Sheet(Grid(headings, rows)))]}


_SOURCE = {"source": "source"}
_CAMPAIGN = {"campaign": "campaign"}
_BARS = "sessions revenue"
# On a phone the first two numbers are seen, so they are those that matter most.
_FIGURES = f"{_BARS} orders conversions conversion_rate unique_visitors"
_LESS = "avg_order_value total_score"
_VALUE_COLUMNS = (
    "utm_source total_sessions ltv_per_session new_customers ltv_per_customer cpa ltv_cpa_ratio "
    "max_cpc max_cpa"
)
_TESTED_COLUMNS = "utm_content sessions conversions conversion_rate revenue confidence"
_SPENT_COLUMNS = "utm_source utm_campaign revenue ad_spend profit roi roas"
_PLACE_COLUMNS = "country sessions conversions conversion_rate"
_SESSION_COLUMNS = "id first_seen utm_source utm_campaign city device_type conversion_type revenue"
_TECHNOLOGY = ("devices", "browsers", "operating-systems")

_STEPS = Shows("funnel", "steps", bars="sessions")
_TRAFFIC = Shows("sources", None, f"utm_source {_FIGURES}", _BARS)
_CAMPAIGNS = Shows(
    "campaigns", None, f"utm_campaign utm_source utm_medium {_FIGURES} {_LESS}", _BARS
)
_CONTENT = Shows("content", None, f"utm_content utm_campaign utm_source {_FIGURES} {_LESS}", _BARS)
_VALUES = Shows("ltv-comparison", None, _VALUE_COLUMNS, "ltv_per_session", most=_MOST)
_VARIANTS = Shows("ab-test", "variants", _TESTED_COLUMNS, "conversion_rate")
_SPENT = Shows("roi", "rows", _SPENT_COLUMNS, "ad_spend", most=_MOST)
_COUNTRIES = Shows("geo", "countries", _PLACE_COLUMNS, "sessions", "countries")
_CITIES = Shows("geo", "cities", f"city {_PLACE_COLUMNS}", "sessions", "cities")
_SYSTEMS = [Shows(name, bars="sessions", heading=name) for name in _TECHNOLOGY]
# The latest; the CSV has every one.
_LATEST = Shows("sessions", None, _SESSION_COLUMNS, most=25, to_sessions=True)

WIDGETS = (
    Widget("cards", load=_cards, template="cards"),
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
    Widget("campaigns", [_CAMPAIGNS], filters=_SOURCE, has_csv=True),
    Widget("content", [_CONTENT], filters=_CAMPAIGN, has_csv=True),
    Widget("ab_test", load=_ab_test, template="ab_test", filters=_SOURCE | _CAMPAIGN),
    Widget("roi", load=_roi, template="roi"),
    Widget("ltv", [_VALUES], has_chart=True),
    Widget("cohorts", load=_cohorts, template="cohorts", title="cohort_analysis"),
    Widget("visits", [Shows("returning-visitors")], "half", counted="total_sessions"),
    Widget("kpis", [Shows("kpis")], "half", empty=""),
    Widget("technology", _SYSTEMS, "half"),
    Widget("geo", [_COUNTRIES, _CITIES], "half"),
    Widget("sessions", [_LATEST], has_csv=True),
    Widget("explained", load=_explained),
)
BY_KEY: Mapping[str, Widget] = {widget.key: widget for widget in WIDGETS}
