"""Tables of the page: the words of a report's tables, with bars behind the numbers and links."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from utm_pipeline.queries.model import Table
from utm_pipeline.report import views
from utm_pipeline.report.formats import Formats
from utm_pipeline.report.text import only


@dataclass(frozen=True)
class Sheet:
    """A table to be shown."""

    grid: views.Grid
    bars: dict[int, float] = field(default_factory=dict)
    """The largest value of each column, by its place, that has bars."""
    links: tuple[str, ...] = ()
    """Where the first cell of each row leads."""

    def share(self, place: int, value: Any) -> float | None:
        """How long a value's bar is, in per cent of the longest; None where it has none."""
        most = self.bars.get(place)
        if not most or not isinstance(value, int | float | Decimal) or value <= 0:
            return None
        return round(100 * float(value) / most, 1)


def sheet(
    table: Table,
    formats: Formats,
    keys: Sequence[str] = (),
    *,
    bars: Sequence[str] = (),
    link: Callable[[dict[str, Any]], str] | None = None,
) -> Sheet:
    """A sheet of an answer's rows: of these columns, or of all."""
    shown = only(table, keys) if keys else table
    places = {column.key: place for place, column in enumerate(shown.columns)}
    longest = {
        places[key]: max((float(row[places[key]] or 0) for row in shown.rows), default=0.0)
        for key in bars
    }
    links = tuple(link(row) for row in table.dicts()) if link else ()
    return Sheet(views.grid(shown, formats), longest, links)


def record(table: Table, formats: Formats, keys: Sequence[str] = ()) -> Sheet:
    """A sheet of an answer that is one object: a row a value."""
    return Sheet(views.record(only(table, keys) if keys else table, formats))
