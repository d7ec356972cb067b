"""What widgets are made of: the answers of one snapshot, seen through the filters."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any, NamedTuple
from urllib.parse import urlencode

from utm_pipeline import queries as catalogue
from utm_pipeline.queries.model import Table
from utm_pipeline.report import cells
from utm_pipeline.report.cells import Formats, only
from utm_pipeline.report.charts import Chart
from utm_pipeline.report.charts.look import LIGHT, Look, about
from utm_pipeline.warehouse import Warehouse
from utm_pipeline.web.filters import Filters

Shown = Mapping[str, Any]
"""What a widget's template is given; ``empty`` names the text that stands for everything else."""


class Sheet(NamedTuple):
    """A table of the page: cells as the report has them, with bars behind the numbers and links."""

    grid: cells.Grid
    longest: Mapping[int, float] = {}
    """The largest value of each column, by its place, that has bars."""
    links: Sequence[str] = ()
    """Where the first cell of each row leads."""

    def share(self, place: int, value: Any) -> float | None:
        """How long a value's bar is, in per cent of the longest; None where it has none."""
        most = self.longest.get(place)
        if not most or not isinstance(value, int | float | Decimal) or value <= 0:
            return None
        return round(100 * float(value) / most, 1)


class View(NamedTuple):
    """One snapshot, seen through the filters."""

    warehouse: Warehouse
    filters: Filters
    formats: Formats

    def ask(self, name: str, **params: object) -> list[Table]:
        """The answer of a query; the period is the view's where nothing else is said."""
        query = catalogue.get_query(name)
        if any(param.name == "period" for param in query.params):
            params = {"period": self.filters.period, **params}
        given = {key: value for key, value in params.items() if value is not None}
        return catalogue.fetch(self.warehouse, name, given, self.filters.lang)

    def sheet(
        self,
        table: Table,
        columns: Sequence[str] = (),
        bars: Sequence[str] = (),
        *,
        to_sessions: bool = False,
    ) -> Sheet:
        """A table of these columns, or of all; an answer that is one object has a row a value."""
        shown = only(table, columns) if columns else table
        if not shown.many:
            return Sheet(cells.record(shown, self.formats))
        places = {column.key: place for place, column in enumerate(shown.columns)}
        longest = {
            places[key]: max((float(row[places[key]] or 0) for row in shown.rows), default=0.0)
            for key in bars
        }
        ids = [row[places["id"]] for row in shown.rows] if to_sessions else []
        links = [self.filters.address(f"/sessions/{number}") for number in ids]
        return Sheet(cells.grid(shown, self.formats), longest, links)

    def chart(self, name: str, tables: Sequence[Table], **params: str | None) -> Shown:
        """The picture of an answer that was asked with these parameters, besides the period.

        It has an address of its own, light and dark.
        """
        given = {"lang": self.filters.lang, "period": self.filters.period, **params}
        address = f"/charts/{name}.svg?" + urlencode({k: v for k, v in given.items() if v})
        dates = catalogue.period_dates(self.warehouse, self.filters.period)
        look = Look(self.formats, LIGHT, about(self.formats, self.filters.period, dates))
        alt = Chart(name, tables, look).alt()
        return {"light": f"{address}&theme=light", "dark": f"{address}&theme=dark", "alt": alt}
