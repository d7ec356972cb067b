"""The catalogue of queries: the one place where marts are asked.

Every face (command line, reports, API) asks by name and gets the same numbers under the same keys.
A query is a file of this folder, ``NAME.sql``; :mod:`utm_pipeline.queries.files` says how it reads.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any, Literal, get_args
from zoneinfo import ZoneInfo

from utm_pipeline import CONTRACT_VERSION, __version__
from utm_pipeline.errors import NotFoundError, WarehouseError, WrongUseError
from utm_pipeline.queries.files import read_all
from utm_pipeline.queries.model import Column, Part, Query, Table
from utm_pipeline.queries.numbers import round_number
from utm_pipeline.queries.params import NO_VALUE, PARAMS
from utm_pipeline.warehouse import Rows, Warehouse
from utm_pipeline.warehouse.health import stale_because
from utm_pipeline.words import PLACES, Kind, kind_of, text

QUERIES: Mapping[str, Query] = read_all()
Export = Literal["sessions", "sources", "campaigns", "content"]
EXPORTS: tuple[str, ...] = get_args(Export)

# Labels of absent tags, bound like parameters: an export leaves an absent tag empty.
_LABELS = {"no_value": NO_VALUE, "not_set": "(not set)"}
_CHUNK = 2000
# What inputs.md calls white space.
_WHITE_SPACE = "\t\n\v\f\r \u00a0"
# An instant, and not a join, lets an engine look at the latest rows alone.
_BOUNDS = """
select coalesce(starts_at, cast('0001-01-01' as timestamp)), ends_at
from rpt_periods
where period = $period"""
_COMPARED = """
select
    case when period <> 'all_time' then starts_at else previous_ends_at end,
    ends_at,
    previous_starts_at,
    previous_ends_at
from rpt_periods
where period = $period"""
_DATES = "select first_date, last_date from rpt_periods where period = $period"

Json = dict[str, Any] | list[dict[str, Any]]
Values = dict[str, Any]


def get_query(name: str) -> Query:
    """The query of that name; WrongUseError where there is none."""
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
    parts, values = _bound(warehouse, name, params, lang)
    tables = []
    for part in parts:
        columns = _columns(part, values)
        rows = list(_ask(warehouse, part, values))
        if part.named is not None:
            # A list of nothing comes as no list.
            rows = [(row[0] or [],) for row in rows]
        if not part.many and len(rows) != 1:
            raise _no_single_row(name, values, warehouse)
        tables.append(Table(part.key, part.many, columns, rows, part.flat, part.title))
    return tables


def run(warehouse: Warehouse, name: str, params: Mapping[str, object], lang: str = "uk") -> Json:
    """What :func:`fetch` gives as JSON holds it: an object, or an array of rows."""
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
        if table.key is not None:
            answer[table.key] = rows if table.many else rows[0]
        elif table.many:
            return rows
        else:
            answer |= rows[0]
    return answer


def stream(
    warehouse: Warehouse, name: str, params: Mapping[str, object], *, labelled: bool = False
) -> tuple[tuple[Column, ...], Iterator[tuple[Any, ...]]]:
    """The rows of a query of one table, read piecewise: more than memory should hold.

    It is an export, without a limit and with None for absent tags; or ``labelled`` rows as those of
    :func:`fetch`, which says what it raises.
    """
    (part, *_), values = _bound(warehouse, name, params if labelled else {**params, "limit": None})
    if not labelled:
        values |= dict.fromkeys(_LABELS)
    return _columns(part, values), _ask(warehouse, part, values, piecewise=True)


def rows(warehouse: Warehouse, name: str, params: Mapping[str, object]) -> Iterator[dict[str, Any]]:
    """The rows of a query of one table as JSON holds them, read piecewise; raises as fetch."""
    columns, found = stream(warehouse, name, params, labelled=True)
    keys = [column.key for column in columns]
    return (dict(zip(keys, map(_plain, row), strict=True)) for row in found)


def period_dates(warehouse: Warehouse, period: str) -> tuple[date | None, date | None]:
    """The first and last business date of a period, both inclusive; ParameterError if unknown."""
    values = {"period": PARAMS["period"].check(period, "")}
    row = warehouse.execute(_DATES, values).fetchone()
    return (row[0], row[1]) if row else (None, None)


def compared(warehouse: Warehouse, period: str) -> tuple[tuple[datetime, datetime], ...]:
    """From when until when ``compare`` looks, at the period and before it, in business time.

    Nothing where there is nothing to compare with; ParameterError if the period is unknown.
    """
    values = {"period": PARAMS["period"].check(period, "")}
    row = warehouse.execute(_COMPARED, values).fetchone()
    if row is None or None in row:
        return ()
    first, end, *before = (_served(each, Kind.INSTANT, warehouse.zone) for each in row)
    return (first, end), (before[0], before[1])


def _bound(
    warehouse: Warehouse, name: str, params: Mapping[str, object], lang: str = "uk"
) -> tuple[tuple[Part, ...], Values]:
    """The parts that answer, and what their statements bind.

    Besides parameters: labels of absent tags, the time of asking (UTC, without a zone, as marts
    keep instants), bounds of the period, filters as tags are cleaned (``$wanted_PARAM``), words
    (``$word_PARAM``).
    """
    query = get_query(name)
    values = query.bind(params)
    parts = query.parts_for(values)
    names = frozenset[str]().union(*(part.placeholders for part in parts))
    added: Values = {**_LABELS, "asked_at": datetime.now(UTC).replace(tzinfo=None)}
    if "starts_at" in names:
        row = warehouse.execute(_BOUNDS, {"period": values["period"]}).fetchone()
        added["starts_at"], added["ends_at"] = row or (None, None)
    if "stale_because" in names:
        added |= _state(warehouse, lang)
    for param in query.params:
        if param.cleaned_by is not None:
            cleaned = _cleaned(warehouse, param.cleaned_by, values[param.name])
            added[f"wanted_{param.name}"] = cleaned
        if f"word_{param.name}" in names:
            added[f"word_{param.name}"] = text(f"{param.name}.{values[param.name]}", lang)
    return parts, values | added


def _state(warehouse: Warehouse, lang: str) -> Values:
    """What the marts do not hold of their own state."""
    settings = replace(warehouse.settings, lang=lang)
    return {
        "stale_because": stale_because(warehouse, settings),
        "currency": settings.currency,
        "version": __version__,
        "contract_version": CONTRACT_VERSION,
    }


def _cleaned(warehouse: Warehouse, function: str, value: str | None) -> str | None:
    """A filter's value as tags are cleaned.

    What cleans to NULL, such as ``(not set)``, selects the absent; so does the label N/A.
    """
    if value is None or value.strip(_WHITE_SPACE) == NO_VALUE:
        return None
    # Once a query: to bind the cleaning costs more than most statements take.
    statement = f"select {function}(cast($value as varchar))"
    row = warehouse.execute(statement, {"value": value}).fetchone()
    return row[0] if row else None


def _columns(part: Part, values: Values) -> tuple[Column, ...]:
    if part.named is not None:
        return (Column(values[part.named], kind_of(values[part.named])),)
    return part.answered


def _ask(
    warehouse: Warehouse, part: Part, values: Values, *, piecewise: bool = False
) -> Iterator[tuple[Any, ...]]:
    """The rows of one statement, which is run at once and read as it is asked for."""
    bound = {name: values[name] for name in part.placeholders}
    kinds = [column.kind for column in _columns(part, values)]
    return _rows(warehouse.execute(part.sql, bound, piecewise=piecewise), kinds, warehouse.zone)


def _rows(cursor: Rows, kinds: list[Kind], zone: ZoneInfo) -> Iterator[tuple[Any, ...]]:
    try:
        while chunk := cursor.fetchmany(_CHUNK):
            for row in chunk:
                values = iter(row)
                # A mapping takes the next value too.
                yield tuple(
                    dict(zip(next(values) or (), next(values) or (), strict=True))
                    if kind is Kind.COUNTS
                    else _served(next(values), kind, zone)
                    for kind in kinds
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


def _plain(value: Any) -> Any:
    return value.isoformat() if isinstance(value, datetime | date) else value


def _no_single_row(name: str, values: Values, warehouse: Warehouse) -> Exception:
    if "id" in values:
        return NotFoundError(
            f"there is no session {values['id']}",
            f"query {name}",
            "take an id from `utm-pipeline query sessions`",
        )
    return WarehouseError(
        f"the warehouse has no answer for query {name}",
        warehouse.place,
        "run `utm-pipeline refresh --full-refresh`",
    )
