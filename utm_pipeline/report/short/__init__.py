"""The short report for a chat: what it says, before any service's markup."""

from __future__ import annotations

import re
from dataclasses import dataclass

from utm_pipeline.report.formats import Formats
from utm_pipeline.report.labels import column_label, text_label
from utm_pipeline.report.layout import safe
from utm_pipeline.report.sections import Report
from utm_pipeline.report.text import stamp, title
from utm_pipeline.report.views import View, views
from utm_pipeline.words import Words

MEASURES = (
    "total_sessions",
    "unique_visitors",
    "total_orders",
    "total_revenue",
    "conversion_rate",
)
"""Of the general statistics, in this order."""
_SOURCES, _INSIGHTS = 3, 2
_NAME_CELLS, _INSIGHT_CELLS = 40, 500
_TOP = Words("Топ-3 джерела", "Top 3 sources")
_OF_SOURCE = Words(
    "сеансів {sessions}, дохід {revenue}, конверсія {rate}",
    "sessions {sessions}, revenue {revenue}, conversion {rate}",
)

_MARK = "\u2060"
# What chats make links, mentions, tags, commands and telephone numbers of.
_STARTS = re.compile(r"((?<!\d)[.@:#/$+](?=\S)|(?<=\d)[.@:#/$+](?=[^\s\d]))")
_DOTTED = re.compile(r"\d+(?:\.\d+){2,}")


@dataclass(frozen=True)
class Measure:
    """A number of the period, and its change against the one before if that is told."""

    name: str
    value: str
    change: str


@dataclass(frozen=True)
class Source:
    """A source: its name from the outside, and its numbers."""

    name: str
    numbers: str


@dataclass(frozen=True)
class Note:
    """The short report. Names of sources and insights hold text that strangers chose."""

    title: str
    stamp: str
    measures: tuple[Measure, ...]
    sources_title: str
    sources: tuple[Source, ...]
    no_sources: str
    insights_title: str
    insights: tuple[str, ...]
    dashboard_label: str
    dashboard_url: str | None


def note(report: Report, lang: str) -> Note:
    """The short report of a period, of the same numbers as the report."""
    formats = Formats(lang, report.currency)
    shown = {view.key: view for view in views(report, formats)}
    (sources,) = report.answers["sources"]
    return Note(
        title=title(report, formats),
        stamp=stamp(report, formats),
        measures=_measures(shown["general_stats"], lang),
        sources_title=_TOP.in_language(lang),
        sources=tuple(
            Source(
                safe(row["utm_source"], _NAME_CELLS),
                _OF_SOURCE.in_language(lang).format(
                    sessions=formats.number(row["sessions"], 0),
                    revenue=formats.money(row["revenue"]),
                    rate=_rate(row["conversion_rate"], formats),
                ),
            )
            for row in sources.dicts()[:_SOURCES]
        ),
        no_sources=text_label("no_sources", lang),
        insights_title=shown["insights"].title if "insights" in shown else "",
        insights=_insights(shown.get("insights")),
        dashboard_label=text_label("dashboard", lang),
        dashboard_url=report.dashboard_url,
    )


def inert(text: str) -> str:
    """Text of the outside that no chat makes a link or a mention of: an unseen mark parts it.

    Numbers with one dot stay whole, so that they can be copied.
    """
    parted = _DOTTED.sub(lambda found: found[0].replace(".", f".{_MARK}"), text)
    return _STARTS.sub(rf"\1{_MARK}", parted)


def _measures(general: View, lang: str) -> tuple[Measure, ...]:
    (grid,) = general.grids
    rows = {row[0].text: row for row in grid.rows}
    names = [column_label(key, lang) for key in MEASURES]
    return tuple(Measure(name, rows[name][1].text, rows[name][2].text) for name in names)


def _insights(view: View | None) -> tuple[str, ...]:
    """The first of them; none where nothing stands out."""
    rows = [row for grid in view.grids for row in grid.rows] if view is not None else []
    return tuple(safe(row[-1].text, _INSIGHT_CELLS) for row in rows[:_INSIGHTS])


def _rate(value: float | None, formats: Formats) -> str:
    return "—" if value is None else formats.rate(value)
