with people as (select * from {{ ref('int_cohort_people') }}),
orders as (select * from {{ ref('fct_orders') }} where is_paid),
refresh as (select * from {{ ref('rpt_refresh') }}),

sizes as (
    select
        cohort_type,
        cohort_start,
        utm_source,
        count(*) as size,
        count(*) filter (where is_converted) as converted
    from people
    group by cohort_type, cohort_start, utm_source
),

bought as (
    select
        people.cohort_type,
        people.cohort_start,
        people.utm_source,
        count(*) as orders,
        cast(sum(orders.revenue) as decimal(38, 2)) as revenue
    from people
    inner join orders on people.person_id = orders.person_id and people.cohort_start <= orders.created_date
    group by people.cohort_type, people.cohort_start, people.utm_source
)

select
    sizes.cohort_type,
    sizes.cohort_start,
    sizes.utm_source,
    sizes.size,
    sizes.converted,
    coalesce(bought.orders, 0) as orders,
    cast(coalesce(bought.revenue, 0) as decimal(38, 2)) as revenue,
    -- a period is complete once the day after it has begun
    least(
        {{ units_since('sizes.cohort_type', 'sizes.cohort_start', 'refresh.as_of_date') }},
        {{ var('cohort_periods') }}
    ) as complete_periods
from sizes
cross join refresh
left join bought
    on sizes.cohort_type = bought.cohort_type
        and sizes.cohort_start = bought.cohort_start
        and sizes.utm_source = bought.utm_source
