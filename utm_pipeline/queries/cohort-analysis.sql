/*
order:   150
title:   Когортний аналіз | Cohort analysis
about:   скільки людей повертається і що вони приносять з часом | how many people come back, and what they bring in time
params:  cohort_type metric utm_source start_date end_date
example: --cohort-type month --metric ltv
*/
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
digits as (
    select digit
    from (values (0), (1), (2), (3), (4), (5), (6), (7), (8), (9)) as listed (digit)
),
numbers as (
    select 100 * hundreds.digit + 10 * tens.digit + ones.digit as period_index
    from digits as hundreds
    cross join digits as tens
    cross join digits as ones
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
summed as (
    select
        chosen.cohort_start,
        numbers.period_index,
        cast(100 * coalesce(cells.active, 0) as double precision)
        / cast(chosen.size as double precision) as retention,
        cast(sum(coalesce(cells.orders, 0)) over running as double precision) as orders,
        cast(sum(coalesce(cells.revenue, 0)) over running as double precision) as revenue,
        cast(chosen.size as double precision) as size
    from chosen
    inner join numbers on chosen.complete_periods > numbers.period_index
    left join cells
        on chosen.cohort_start = cells.cohort_start and numbers.period_index = cells.period_index
    window running as (partition by chosen.cohort_start order by numbers.period_index)
),
listed as (
    select
        cohort_start,
        array_agg(
            case $metric
                when 'retention' then retention
                when 'ltv' then revenue / size
                when 'orders' then orders
                else revenue
            end
            order by period_index
        ) as cells
    from summed
    group by cohort_start
)
-- part: cohorts many flat
select cohort_start as cohort
from chosen
order by cohort_start;
-- part: periods many flat
select $word_cohort_type || ' ' || cast(period_index as varchar) as periods
from numbers
where period_index < (select max(complete_periods) from chosen)
order by period_index;
-- part: matrix many flat named=metric
select listed.cells as matrix
from chosen
left join listed on chosen.cohort_start = listed.cohort_start
order by chosen.cohort_start;
-- part: totals many
select cohort_start as cohort, size, converted, orders, revenue
from chosen
order by cohort_start;
-- part: answer one
select $metric as metric, $cohort_type as cohort_type;
