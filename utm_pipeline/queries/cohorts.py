"""The cohort analysis: whole cohorts, complete periods, every cell added up in SQL."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from utm_pipeline.queries.model import Column, Kind, Part, Query, Table, Words
from utm_pipeline.queries.params import (
    COHORT_TYPE,
    END_DATE,
    METRIC,
    START_DATE,
    UTM_SOURCE,
)

# One row a cohort: its totals, and its row of the matrix for every metric. A statement for each
# part of the answer would choose the same cohorts four times.
_COHORTS = """
with bounds as (
    select
        cast(
            date_trunc($cohort_type, coalesce(cast($start_date as date), as_of_date - 90)) as date
        ) as first_start,
        coalesce(cast($end_date as date), as_of_date) as last_start
    from rpt_refresh
),
chosen as (
    select
        cohorts.cohort_start,
        cohorts.complete_periods,
        sum(cohorts.size) as size,
        sum(cohorts.converted) as converted,
        sum(cohorts.orders) as orders,
        sum(cohorts.revenue) as revenue
    from rpt_cohorts as cohorts
    cross join bounds
    where
        cohorts.cohort_type = $cohort_type
        and cohorts.cohort_start between bounds.first_start and bounds.last_start
        and (
            cast($utm_source as varchar) is null
            or cohorts.utm_source = cast($wanted_utm_source as varchar)
        )
    group by cohorts.cohort_start, cohorts.complete_periods
),
cells as (
    select
        cells.cohort_start,
        cells.period_index,
        sum(cells.active) as active,
        sum(cells.orders) as orders,
        sum(cells.revenue) as revenue
    from rpt_cohort_cells as cells
    cross join bounds
    where
        cells.cohort_type = $cohort_type
        and cells.cohort_start between bounds.first_start and bounds.last_start
        and (
            cast($utm_source as varchar) is null
            or cells.utm_source = cast($wanted_utm_source as varchar)
        )
    group by cells.cohort_start, cells.period_index
),
digits as (
    select digit
    from (values (0), (1), (2), (3), (4), (5), (6), (7), (8), (9)) as listed (digit)
),
grid as (
    select
        chosen.cohort_start,
        chosen.size,
        100 * hundreds.digit + 10 * tens.digit + ones.digit as period_index
    from chosen
    cross join digits as hundreds
    cross join digits as tens
    cross join digits as ones
    where 100 * hundreds.digit + 10 * tens.digit + ones.digit < chosen.complete_periods
),
summed as (
    select
        grid.cohort_start,
        grid.period_index,
        cast(100 * coalesce(cells.active, 0) as double precision)
        / cast(grid.size as double precision) as retention,
        sum(coalesce(cells.orders, 0)) over running as orders,
        sum(coalesce(cells.revenue, 0)) over running as revenue,
        grid.size
    from grid
    left join cells
        on grid.cohort_start = cells.cohort_start and grid.period_index = cells.period_index
    window running as (partition by grid.cohort_start order by grid.period_index)
),
listed as (
    select
        cohort_start,
        array_agg(retention order by period_index) as retention,
        array_agg(
            cast(revenue as double precision) / cast(size as double precision)
            order by period_index
        ) as ltv,
        array_agg(orders order by period_index) as orders,
        array_agg(revenue order by period_index) as revenue
    from summed
    group by cohort_start
)
select
    chosen.cohort_start as cohort,
    chosen.size,
    chosen.converted,
    chosen.orders,
    chosen.revenue,
    listed.retention as retention_row,
    listed.ltv as ltv_row,
    listed.orders as orders_row,
    listed.revenue as revenue_row
from chosen
left join listed on chosen.cohort_start = listed.cohort_start
order by chosen.cohort_start"""

_NAMES = {
    "day": Words("День", "Day"),
    "week": Words("Тиждень", "Week"),
    "month": Words("Місяць", "Month"),
}


def _compose(tables: list[Table], values: Mapping[str, Any]) -> list[Table]:
    """The parts of the answer: cohorts, periods, matrix, totals, and what was asked for."""
    (table,) = tables
    metric, kind = str(values["metric"]), str(values["cohort_type"])
    keys = [column.key for column in table.columns]
    place, totals = keys.index(f"{metric}_row"), keys.index("retention_row")
    # A cohort without a complete period has an empty row.
    matrix = [(row[place] or [],) for row in table.rows]
    longest = max((len(row) for (row,) in matrix), default=0)
    name = _NAMES[kind].in_language(str(values["lang"]))
    return [
        _list("cohorts", table.columns[0], [(row[0],) for row in table.rows]),
        _list(
            "periods",
            Column("periods", Kind.TEXT),
            [(f"{name} {number}",) for number in range(longest)],
        ),
        _list("matrix", Column(metric, table.columns[place].kind), matrix),
        Table("totals", True, table.columns[:totals], [row[:totals] for row in table.rows]),
        Table(
            None,
            False,
            (Column("metric", Kind.TEXT), Column("cohort_type", Kind.TEXT)),
            [(metric, kind)],
        ),
    ]


def _list(key: str, column: Column, rows: list[tuple[Any, ...]]) -> Table:
    return Table(key, True, (column,), rows, flat=True)


COHORT_ANALYSIS = Query(
    "cohort-analysis",
    Words("Когортний аналіз", "Cohort analysis"),
    Words(
        "скільки людей повертається і що вони приносять з часом",
        "how many people come back, and what they bring in time",
    ),
    (Part(_COHORTS),),
    (COHORT_TYPE, METRIC, UTM_SOURCE, START_DATE, END_DATE),
    "--cohort-type month --metric ltv",
    compose=_compose,
)
