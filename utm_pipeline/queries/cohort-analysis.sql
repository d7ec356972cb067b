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
        sum(cohorts.size) as size,
        sum(cohorts.converted) as converted,
        sum(cohorts.orders) as orders,
        sum(cohorts.revenue) as revenue
    from rpt_cohorts as cohorts
    cross join bounds
    where
        cohorts.cohort_type = $cohort_type
        and cohorts.cohort_start between bounds.first_start and bounds.last_start
        and ($utm_source is null or cohorts.utm_source = $wanted_utm_source)
    group by cohorts.cohort_start
),
cells as (
    select
        matrix.cohort_start,
        matrix.period_index,
        case $metric
            when 'retention' then matrix.retention
            when 'ltv' then matrix.ltv
            when 'orders' then cast(matrix.orders as double precision)
            else cast(matrix.revenue as double precision)
        end as cell
    from chosen
    inner join rpt_cohort_matrix as matrix on chosen.cohort_start = matrix.cohort_start
    where
        matrix.cohort_type = $cohort_type
        and matrix.scope = case when $utm_source is null then 'shop' else 'source' end
        and ($utm_source is null or matrix.utm_source = $wanted_utm_source)
),
listed as (
    select cohort_start, array_agg(cell order by period_index) as cells
    from cells
    group by cohort_start
)
-- part: cohorts many flat
select cohort_start as cohort
from chosen
order by cohort_start;
-- part: periods many flat
select $word_cohort_type || ' ' || cast(period_index as varchar) as periods
from cells
group by period_index
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
