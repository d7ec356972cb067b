"""The cards: the period's figures, their change, and their course by day as a small line."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from utm_pipeline.queries.model import Table
from utm_pipeline.report import views
from utm_pipeline.report.formats import Formats
from utm_pipeline.report.labels import column_label
from utm_pipeline.web.dashboard.view import Shown, View
from utm_pipeline.web.words import words

_CARDS = {
    "total_revenue": "revenue",
    "total_orders": "orders",
    "total_sessions": "sessions",
    "unique_visitors": "unique_visitors",
    "conversion_rate": "conversion_rate",
    "avg_order_value": "avg_order_value",
}
"""Figures of the period, and the column of their days."""

_WIDTH, _HEIGHT, _EDGE = 120, 32, 2


@dataclass(frozen=True)
class Card:
    """One figure."""

    name: str
    value: str
    change: views.Cell | None
    """None where the period before has nothing to compare with."""
    is_compared: bool
    points: str
    """The line in a box of 120 by 32, as SVG's ``points``; empty for fewer than two days."""
    trend: str
    """What the line shows, in words."""


def load(view: View) -> Shown:
    """The cards of the period."""
    (stats,) = view.ask("general-stats")
    (days,) = view.ask("daily")
    change = next(table for table in view.ask("compare") if table.key == "change")
    figures = dict(zip((c.key for c in stats.columns), stats.rows[0], strict=True))
    if not figures["total_sessions"] and not figures["total_orders"]:
        return {"empty": "no_data"}
    kinds = {column.key: column for column in stats.columns}
    moved = {
        column.key: views.change(value, column.kind, view.formats) if value is not None else None
        for column, value in zip(change.columns, change.rows[0], strict=True)
    }
    dates = [row["date"] for row in days.dicts()]
    return {
        "cards": [
            Card(
                column_label(key, view.formats.lang),
                view.formats.cell(figures[key], kinds[key]),
                moved.get(key),
                key in moved,
                _line([row[column] for row in days.dicts()]),
                _in_words(days, column, dates, view.formats),
            )
            for key, column in _CARDS.items()
        ]
    }


def _line(values: Sequence[float | None]) -> str:
    """The course of the values from 0 at the bottom; a day without one is left out."""
    known = [(place, float(value)) for place, value in enumerate(values) if value is not None]
    if len(known) < 2:
        return ""
    most = max(value for _, value in known) or 1.0
    across = (_WIDTH - 2 * _EDGE) / (len(values) - 1)
    return " ".join(
        f"{_EDGE + place * across:.1f},{_HEIGHT - _EDGE - (_HEIGHT - 2 * _EDGE) * value / most:.1f}"
        for place, value in known
    )


def _in_words(days: Table, column: str, dates: Sequence[date], formats: Formats) -> str:
    """``By day, 2026-06-07 – 2026-07-06: from 3 to 41``, for who sees no lines."""
    shown = next(each for each in days.columns if each.key == column)
    values = [row[column] for row in days.dicts() if row[column] is not None]
    if not values:
        return ""
    named = words(formats.lang)["trend_of"].format(
        first=formats.day(dates[0]), last=formats.day(dates[-1])
    )
    return f"{named}: {formats.cell(min(values), shown)} – {formats.cell(max(values), shown)}"
