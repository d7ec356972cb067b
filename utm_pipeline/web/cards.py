"""The cards: the period's figures, their change, and their course by day as a small line."""

from __future__ import annotations

from collections.abc import Sequence

from utm_pipeline.queries.model import Table
from utm_pipeline.report import cells
from utm_pipeline.web.view import Shown, View
from utm_pipeline.words import column_label, text

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


def load(view: View) -> Shown:
    """The cards of the period."""
    (stats,) = view.ask("general-stats")
    (days,) = view.ask("daily")
    change = next(table for table in view.ask("compare") if table.key == "change")
    formats = view.formats
    figures = stats.dicts()[0]
    if not figures["total_sessions"] and not figures["total_orders"]:
        return {"empty": "no_data"}
    written = {column.key: formats.cell(figures[column.key], column) for column in stats.columns}
    changes = {
        # None where the period before has nothing to compare with.
        column.key: None if value is None else cells.change(value, column.kind, formats)
        for column, value in zip(change.columns, change.rows[0], strict=True)
    }
    return {
        "cards": [
            {
                "name": column_label(key, formats.lang),
                "value": written[key],
                "change": changes.get(key),
                "is_compared": key in changes,
                "points": _line([row[column] for row in days.dicts()]),
                "trend": _in_words(days, column, view),
            }
            for key, column in _CARDS.items()
        ]
    }


def _line(values: Sequence[float | None]) -> str:
    """The course of the values as SVG's ``points``, from 0 at the bottom of a box of 120 by 32.

    A day without a value is left out; of fewer than two there is no line.
    """
    known = [(place, float(value)) for place, value in enumerate(values) if value is not None]
    if len(known) < 2:
        return ""
    most = max(value for _, value in known) or 1.0
    across = (_WIDTH - 2 * _EDGE) / (len(values) - 1)
    return " ".join(
        f"{_EDGE + place * across:.1f},{_HEIGHT - _EDGE - (_HEIGHT - 2 * _EDGE) * value / most:.1f}"
        for place, value in known
    )


def _in_words(days: Table, key: str, view: View) -> str:
    """``By day, 2026-06-07 – 2026-07-06: from 3 to 41``, for who sees no lines."""
    formats, rows = view.formats, days.dicts()
    values = [row[key] for row in rows if row[key] is not None]
    if not values:
        return ""
    first, last = formats.day(rows[0]["date"]), formats.day(rows[-1]["date"])
    column = next(each for each in days.columns if each.key == key)
    least, most = (formats.cell(value, column) for value in (min(values), max(values)))
    return f"{text('trend_of', formats.lang, first=first, last=last)}: {least} – {most}"
