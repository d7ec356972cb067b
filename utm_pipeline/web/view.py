"""What widgets are made of: the answers of one snapshot, seen through the filters."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple
from urllib.parse import urlencode

from utm_pipeline import queries as catalogue
from utm_pipeline.queries.model import Table
from utm_pipeline.queries.params import PARAMS, choice
from utm_pipeline.report import cells
from utm_pipeline.report.cells import Formats, only
from utm_pipeline.report.charts import Chart
from utm_pipeline.report.charts.look import LIGHT, Look, about
from utm_pipeline.settings import LANGUAGES
from utm_pipeline.warehouse import Warehouse

Shown = Mapping[str, Any]
"""What a widget's template is given; ``empty`` names the text that stands for everything else."""
Tables = Mapping[str | None, Table]
"""The parts of an answer by their names; None is the answer itself."""


class Filters(NamedTuple):
    """What a page is filtered by: all of it in the address, so that it can be shared.

    Names and meanings are those of the queries' parameters; None is no filter.
    """

    lang: str
    period: str = PARAMS["period"].default
    source: str | None = None
    campaign: str | None = None
    utm_source: str | None = None  # of the cohorts
    cohort_type: str = PARAMS["cohort_type"].default
    metric: str = PARAMS["metric"].default
    ad_spend: str | None = None  # as it was typed

    def named(self) -> dict[str, str]:
        """What the view's address names: everything that is not as usual."""
        usual = self._field_defaults
        return {name: value for name, value in self._asdict().items() if value != usual.get(name)}

    def address(self, path: str = "/", **changes: str | None) -> str:
        """The address of this view, or of one that differs in something."""
        named = {k: v for k, v in {**self.named(), **changes}.items() if v is not None}
        return f"{path}?{urlencode(named)}" if named else path


_PARAMS = (choice("lang", *LANGUAGES), *(PARAMS[name] for name in Filters._fields[1:]))
TAKEN = (*_PARAMS, PARAMS["id"])
"""What the pages' addresses take, for the words of an error."""


def read_filters(given: Mapping[str, str], lang: str) -> Filters:
    """The filters of an address; ``lang`` is the language if it names none.

    A form sends every field, so one without a value is one that is not set. What an address holds
    besides, such as the tags of the letter that led here, is left alone.

    Raises:
        ParameterError: a value is not allowed.
    """
    values: dict[str, Any] = {"lang": lang}
    for param in _PARAMS:
        text = given.get(param.name, "")
        if param.name == "ad_spend":
            # As people write sums: 12 000,50.
            text = "".join(text.split()).replace(",", ".")
        if text.strip():
            value = param.check(text.strip() if param.name == "lang" else text, "")
            values[param.name] = value if isinstance(value, str) else text
    return Filters(**values)


class Sheet(NamedTuple):
    """A table of the page: cells as the report has them, with bars behind the numbers and links."""

    grid: cells.Grid
    longest: Mapping[int, float] = {}  # of each column that has bars, by its place
    links: Sequence[str] = ()  # where the first cell of each row leads

    def share(self, place: int, value: Any) -> float | None:
        """How long a value's bar is, in per cent of the longest; None where it has none."""
        most = self.longest.get(place)
        return round(100 * float(value) / most, 1) if most and value and value > 0 else None


class View(NamedTuple):
    """One snapshot, seen through the filters."""

    warehouse: Warehouse
    filters: Filters
    formats: Formats

    def ask(self, name: str, **params: object) -> Tables:
        """The answer of a query; the period is the view's where nothing else is said."""
        if "period" in {param.name for param in catalogue.get_query(name).params}:
            params = {"period": self.filters.period, **params}
        given = {key: value for key, value in params.items() if value is not None}
        tables = catalogue.fetch(self.warehouse, name, given, self.filters.lang)
        return {table.name: table for table in tables}

    def sheet(
        self,
        table: Table,
        columns: Sequence[str] = (),
        bars: Mapping[str, float] | None = None,
        *,
        whole: Shown | None = None,
        to_sessions: bool = False,
    ) -> Sheet:
        """A table of these columns, or of all; an answer that is one object has a row a value.

        ``bars`` are columns and what the longest bar of each stands for, ``whole`` is what the rows
        are parts of.
        """
        shown = only(table, columns) if columns else table
        if not shown.many:
            return Sheet(cells.record(shown, self.formats))
        rows, places = shown.dicts(), [column.key for column in shown.columns]
        reach = {places.index(key): most for key, most in (bars or {}).items()}
        links = [self.filters.address(f"/sessions/{row['id']}") for row in rows if to_sessions]
        return Sheet(cells.grid(shown, self.formats, whole=whole), reach, links)

    def chart(self, name: str, tables: Tables, **params: str | None) -> Shown:
        """The picture of an answer that was asked with these parameters, besides the period.

        It has an address of its own, light and dark.
        """
        given = {"lang": self.filters.lang, "period": self.filters.period, **params}
        address = f"/charts/{name}.svg?" + urlencode({k: v for k, v in given.items() if v})
        dates = catalogue.period_dates(self.warehouse, self.filters.period)
        look = Look(self.formats, LIGHT, about(self.formats, self.filters.period, dates))
        alt = Chart(name, [*tables.values()], look).alt()
        return {"light": f"{address}&theme=light", "dark": f"{address}&theme=dark", "alt": alt}
