"""What widgets are made of: the answers of one edition, seen through the filters."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from utm_pipeline import queries as catalogue
from utm_pipeline.queries.model import Table
from utm_pipeline.report import charts
from utm_pipeline.report.charts.look import LIGHT, Look, about
from utm_pipeline.report.formats import Formats
from utm_pipeline.warehouse import Warehouse
from utm_pipeline.web.dashboard.filters import Filters

Shown = Mapping[str, Any]
"""What a widget's template is given; ``empty`` names the words that stand for everything else."""


@dataclass(frozen=True)
class Chart:
    """A chart as a picture of its own address, light and dark."""

    light: str
    dark: str
    alt: str


@dataclass(frozen=True)
class View:
    """What widgets are made of: one edition, seen through the filters."""

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

    def chart(self, name: str, tables: Sequence[Table], **params: str | None) -> Chart:
        """The picture of an answer that was asked with these parameters, besides the period."""
        given = {"lang": self.filters.lang, "period": self.filters.period, **params}
        address = f"/charts/{name}.svg?" + urlencode({k: v for k, v in given.items() if v})
        dates = catalogue.period_dates(self.warehouse, self.filters.period)
        look = Look(self.formats, LIGHT, about(self.formats, self.filters.period, dates))
        alt = charts.alt_text(name, tables, look)
        return Chart(f"{address}&theme=light", f"{address}&theme=dark", alt)
