"""The cohort analysis: whole cohorts, complete periods, every cell added up in SQL."""

from __future__ import annotations

from utm_pipeline.core.catalogue.model import Kind, Part, Query, Words
from utm_pipeline.core.catalogue.params import (
    COHORT_TYPE,
    END_DATE,
    METRIC,
    START_DATE,
    UTM_SOURCE,
)

_CHOSEN = """
with recursive bounds as (
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
numbers as (
    select 0 as number
    union all
    select number + 1
    from numbers
    where number + 1 < (select max(complete_periods) from chosen)
)"""

_MATRIX = f"""
{_CHOSEN},
cells as (
    select
        cells.cohort_start,
        cells.period_index,
        sum(cells.active) as active,
        sum(cells.orders) as orders,
        sum(cells.revenue) as revenue
    from rpt_cohort_cells as cells
    where
        cells.cohort_type = $cohort_type
        and (
            cast($utm_source as varchar) is null
            or cells.utm_source = cast($wanted_utm_source as varchar)
        )
    group by cells.cohort_start, cells.period_index
),
grid as (
    select
        chosen.cohort_start,
        chosen.size,
        numbers.number as period_index
    from chosen
    inner join numbers on numbers.number < chosen.complete_periods
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
    listed.retention,
    listed.ltv,
    listed.orders,
    listed.revenue
from chosen
left join listed on chosen.cohort_start = listed.cohort_start
order by chosen.cohort_start"""

_PERIODS = f"""
{_CHOSEN}
select
    case
        when $lang = 'uk' then
            case $cohort_type when 'day' then 'День' when 'week' then 'Тиждень' else 'Місяць' end
        else
            case $cohort_type when 'day' then 'Day' when 'week' then 'Week' else 'Month' end
    end || ' ' || number as periods
from numbers
where number < (select max(complete_periods) from chosen)
order by number"""

_TOTALS = f"""
{_CHOSEN}
select
    cohort_start as cohort,
    size,
    converted,
    orders,
    revenue
from chosen
order by cohort_start"""

COHORT_ANALYSIS = Query(
    "cohort-analysis",
    Words("Когортний аналіз", "Cohort analysis"),
    Words(
        "скільки людей повертається і що вони приносять з часом",
        "how many people come back, and what they bring in time",
    ),
    (
        Part(
            f"{_CHOSEN} select cohort_start as cohort from chosen order by cohort_start",
            key="cohorts",
            pick="cohort",
        ),
        Part(_PERIODS, key="periods", pick="periods"),
        # A cohort without a complete period has an empty row.
        Part(_MATRIX, key="matrix", pick="metric", kinds={"orders": Kind.COUNT}),
        Part(_TOTALS, key="totals"),
        Part(
            """
            select
                cast($metric as varchar) as metric,
                cast($cohort_type as varchar) as cohort_type
            """,
            many=False,
        ),
    ),
    (COHORT_TYPE, METRIC, UTM_SOURCE, START_DATE, END_DATE),
    "--cohort-type month --metric ltv",
)
