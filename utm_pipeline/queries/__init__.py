"""The catalogue of queries: the one place where marts are asked.

Every face (command line, reports, API) asks by name and gets the same numbers under the same keys.
To add a query, describe it as a :class:`Query` and put it into ``_QUERIES``.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, Any

from utm_pipeline.errors import NotFoundError, WarehouseError, WrongUseError
from utm_pipeline.numbers import round_number
from utm_pipeline.queries import (
    analyses,
    audience,
    cohorts,
    detail,
    experiments,
    insights,
    meta,
    overview,
    traffic,
)
from utm_pipeline.queries.kinds import KINDS
from utm_pipeline.queries.model import PLACES, Column, Kind, Part, Query, Table
from utm_pipeline.queries.params import NO_VALUE, NOT_SET, PERIOD

if TYPE_CHECKING:
    from zoneinfo import ZoneInfo

    from utm_pipeline.warehouse import Rows, Warehouse

_QUERIES = (
    traffic.GENERAL_STATS,
    traffic.SOURCES,
    traffic.CAMPAIGNS,
    traffic.CONTENT,
    traffic.FUNNEL,
    audience.GEO,
    audience.DEVICES,
    audience.BROWSERS,
    audience.OPERATING_SYSTEMS,
    audience.RETURNING_VISITORS,
    detail.SESSIONS,
    detail.SESSION_DETAIL,
    overview.COMPARE,
    analyses.ROI,
    cohorts.COHORT_ANALYSIS,
    analyses.LTV_COMPARISON,
    analyses.REPEAT_RATE,
    experiments.AB_TEST,
    analyses.KPIS,
    insights.INSIGHTS,
    overview.DAILY,
    overview.DATA_QUALITY,
)
QUERIES: Mapping[str, Query] = {query.name: query for query in _QUERIES}
EXPORTS = ("sessions", "sources", "campaigns", "content")

# Labels of absent tags, bound like parameters: an export leaves an absent tag empty.
_LABELS = {"no_value": NO_VALUE, "not_set": NOT_SET}
_NO_LABELS = dict.fromkeys(_LABELS)
_CHUNK = 2000
# What inputs.md calls white space.
_WHITE_SPACE = "\t\n\v\f\r \u00a0"

Json = dict[str, Any] | list[dict[str, Any]]


def get_query(name: str) -> Query:
    """The query of that name.

    Raises:
        WrongUseError: there is none.
    """
    if name not in QUERIES:
        raise WrongUseError(
            f"there is no query {name!r}", "", f"the queries are {', '.join(QUERIES)}"
        )
    return QUERIES[name]


def fetch(
    warehouse: Warehouse, name: str, params: Mapping[str, object], lang: str = "uk"
) -> list[Table]:
    """Asks one query and gives its parts as tables, in the answer's order.

    ``lang`` is that of the few words which an answer holds itself: names of cohort periods.

    Raises:
        ParameterError: a parameter is unknown, missing or not allowed.
        NotFoundError: the session does not exist.
        WarehouseError: the marts are incomplete.
    """
    query = get_query(name)
    values = query.bind(params) | _LABELS | {"lang": lang, "asked_at": _utc_now()}
    values |= _prepared(warehouse, query, values)
    tables = []
    for part in query.parts_for(values):
        columns, rows = _ask(warehouse, part, values)
        table = Table(part.key, part.many, columns, list(rows))
        if part.paired is not None:
            table = _paired(table, *part.paired)
        if not part.many and len(table.rows) != 1:
            raise _no_single_row(query, values, warehouse)
        tables.append(table)
    return tables if query.compose is None else query.compose(tables, values)


def run(warehouse: Warehouse, name: str, params: Mapping[str, object], lang: str = "uk") -> Json:
    """Asks one query and gives its answer as JSON holds it: an object, or an array of rows.

    Raises:
        ParameterError, NotFoundError, WarehouseError: as :func:`fetch`.
    """
    return to_json(fetch(warehouse, name, params, lang))


def to_json(tables: list[Table]) -> Json:
    """The answer that the tables of a query make."""
    answer: dict[str, Any] = {}
    for table in tables:
        rows: list[Any] = (
            [_plain(row[0]) for row in table.rows]
            if table.flat
            else [{key: _plain(value) for key, value in row.items()} for row in table.dicts()]
        )
        if table.key is None and table.many:
            return rows
        if table.key is None:
            answer |= rows[0]
        else:
            answer[table.key] = rows if table.many else rows[0]
    return answer


def stream(
    warehouse: Warehouse, name: str, params: Mapping[str, object]
) -> tuple[tuple[Column, ...], Iterator[tuple[Any, ...]]]:
    """All rows of a query of one table for an export: no limit, absent tags None, read piecewise.

    Raises:
        ParameterError, WarehouseError: as :func:`fetch`.
    """
    query = get_query(name)
    values = query.bind({**params, "limit": None}) | _NO_LABELS
    values |= _prepared(warehouse, query, values)
    return _ask(warehouse, query.parts[0], values, piecewise=True)


def rows(warehouse: Warehouse, name: str, params: Mapping[str, object]) -> Iterator[dict[str, Any]]:
    """The rows of a query of one table as JSON holds them, read piecewise.

    What :func:`run` gives at once, for more rows than memory should hold.

    Raises:
        ParameterError, WarehouseError: as :func:`fetch`.
    """
    query = get_query(name)
    values = query.bind(params) | _LABELS
    values |= _prepared(warehouse, query, values)
    columns, found = _ask(warehouse, query.parts[0], values, piecewise=True)
    keys = [column.key for column in columns]
    return (dict(zip(keys, map(_plain, row), strict=True)) for row in found)


def period_dates(warehouse: Warehouse, period: str) -> tuple[date | None, date | None]:
    """The first and last business date that a period covers, both inclusive.

    Raises:
        ParameterError: there is no such period.
    """
    values = {"period": PERIOD.check(period, "")}
    _, rows = _ask(warehouse, meta.PERIOD_DATES, values)
    first, last = next(rows, (None, None))
    return first, last


def _prepared(warehouse: Warehouse, query: Query, values: Mapping[str, Any]) -> dict[str, Any]:
    """Values that statements bind besides the parameters: filters cleaned, bounds of the period."""
    found: dict[str, Any] = dict(_cleaned(warehouse, query, values))
    if any("starts_at" in part.placeholders for part in query.parts):
        row = warehouse.execute(meta.PERIOD_BOUNDS, {"period": values["period"]}).fetchone()
        found["starts_at"], found["ends_at"] = row or (None, None)
    return found


def _cleaned(
    warehouse: Warehouse, query: Query, values: Mapping[str, Any]
) -> dict[str, str | None]:
    """Filter values as tags are cleaned.

    What cleans to NULL, such as ``(not set)``, selects the absent; so does the label N/A.
    """
    wanted: dict[str, str | None] = {}
    for param in query.cleaned_params:
        value, tag = values[param.name], None
        if value is not None and value.strip(_WHITE_SPACE) != NO_VALUE:
            # Once a query: to bind the cleaning costs more than most statements take.
            row = warehouse.execute(
                f"select {param.cleaned_by}(cast($value as varchar))", {"value": value}
            ).fetchone()
            tag = row[0] if row else None
        wanted[f"wanted_{param.name}"] = tag
    return wanted


def _ask(
    warehouse: Warehouse, part: Part, values: Mapping[str, Any], *, piecewise: bool = False
) -> tuple[tuple[Column, ...], Iterator[tuple[Any, ...]]]:
    bound = {name: values[name] for name in part.placeholders}
    cursor = warehouse.execute(part.sql, bound, piecewise=piecewise)
    kinds = {**KINDS, **(part.kinds or {})}
    columns = tuple(Column(name, kinds[name]) for name, *_ in cursor.description or ())
    return columns, _rows(cursor, columns, warehouse.zone)


def _rows(cursor: Rows, columns: tuple[Column, ...], zone: ZoneInfo) -> Iterator[tuple[Any, ...]]:
    try:
        while chunk := cursor.fetchmany(_CHUNK):
            for row in chunk:
                yield tuple(
                    _served(value, column.kind, zone)
                    for value, column in zip(row, columns, strict=True)
                )
    finally:
        cursor.close()


def _served(value: Any, kind: Kind, zone: ZoneInfo) -> Any:
    """A mart's value as it is served: rounded, in business time."""
    if value is None:
        return None
    if isinstance(value, list):
        return [_served(item, kind, zone) for item in value]
    if kind in PLACES:
        return round_number(value, PLACES[kind])
    if kind is Kind.INSTANT:
        return value.replace(tzinfo=UTC).astimezone(zone)
    if kind is Kind.COUNT:
        return int(value)
    return value


def _paired(table: Table, names: str, counts: str) -> Table:
    """The table with two columns of lists as one of mappings."""
    keys = [column.key for column in table.columns]
    first, second = keys.index(names), keys.index(counts)
    rows = [
        (*row[:first], dict(zip(row[first] or (), row[second] or (), strict=True)))
        for row in table.rows
    ]
    return Table(table.key, table.many, table.columns[: first + 1], rows)


def _utc_now() -> datetime:
    """The time of asking as the marts keep instants: UTC, without a zone."""
    return datetime.now(UTC).replace(tzinfo=None)


def _plain(value: Any) -> Any:
    return value.isoformat() if isinstance(value, datetime | date) else value


def _no_single_row(query: Query, values: Mapping[str, Any], warehouse: Warehouse) -> Exception:
    if "id" in values:
        return NotFoundError(
            f"there is no session {values['id']}",
            f"query {query.name}",
            "take an id from `utm-pipeline query sessions`",
        )
    return WarehouseError(
        f"the warehouse has no answer for query {query.name}",
        warehouse.place,
        "run `utm-pipeline refresh --full-refresh`",
    )
