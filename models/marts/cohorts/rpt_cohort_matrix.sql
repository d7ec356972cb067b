{{ config(post_hook="{{ lookup_indexes([['cohort_type', 'scope', 'utm_source']]) }}") }}

with cohorts as (select * from {{ ref('rpt_cohorts') }}),
cells as (select * from {{ ref('rpt_cohort_cells') }}),

offsets as (
    select cast(numbers.generated_number as bigint) - 1 as period_index
    from ({{ dbt.generate_series(var('cohort_periods')) }}) as numbers
),

-- every complete period, with or without activity
of_sources as (
    select
        'source' as scope,
        cohorts.cohort_type,
        cohorts.cohort_start,
        cohorts.utm_source,
        offsets.period_index,
        cohorts.size,
        coalesce(cells.active, 0) as active,
        coalesce(cells.orders, 0) as orders,
        coalesce(cells.revenue, 0) as revenue
    from cohorts
    inner join offsets on cohorts.complete_periods > offsets.period_index
    left join cells
        on cohorts.cohort_type = cells.cohort_type
            and cohorts.cohort_start = cells.cohort_start
            and cohorts.utm_source = cells.utm_source
            and offsets.period_index = cells.period_index
),

combined as (
    select * from of_sources
    union all
    select
        'shop' as scope,
        cohort_type,
        cohort_start,
        null as utm_source,
        period_index,
        cast(sum(size) as bigint) as size,
        cast(sum(active) as bigint) as active,
        sum(orders) as orders,
        sum(revenue) as revenue
    from of_sources
    group by cohort_type, cohort_start, period_index
),

cumulated as (
    select
        scope,
        cohort_type,
        cohort_start,
        utm_source,
        period_index,
        size,
        active,
        cast(sum(orders) over (partition by cohort_type, cohort_start, scope, utm_source order by period_index) as bigint) as orders,
        cast(
            sum(revenue) over (partition by cohort_type, cohort_start, scope, utm_source order by period_index) as decimal(38, 2)
        ) as revenue
    from combined
)

select
    scope,
    cohort_type,
    cohort_start,
    utm_source,
    period_index,
    size,
    active,
    {{ rate('active', 'size') }} as retention,
    orders,
    revenue,
    {{ ratio('revenue', 'size') }} as ltv
from cumulated
