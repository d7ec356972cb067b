-- Additive: cells of several sources or cohorts add up. Cells without activity or orders have no row.
with people as (select * from {{ ref('int_cohort_people') }}),
activity as (select * from {{ ref('int_activity') }}),
orders as (select * from {{ ref('fct_orders') }} where is_paid),

active as (
    select distinct
        people.cohort_type,
        people.cohort_start,
        people.utm_source,
        people.first_session_id,
        {{ units_since('people.cohort_type', 'people.cohort_start', 'activity.activity_date') }} as period_index
    from people
    inner join activity on people.first_session_id = activity.first_session_id and people.cohort_start <= activity.activity_date
),

bought as (
    select
        people.cohort_type,
        people.cohort_start,
        people.utm_source,
        {{ units_since('people.cohort_type', 'people.cohort_start', 'orders.created_date') }} as period_index,
        orders.revenue
    from people
    inner join orders on people.person_id = orders.person_id and people.cohort_start <= orders.created_date
),

cells as (
    select
        cohort_type,
        cohort_start,
        utm_source,
        period_index,
        1 as active,
        0 as orders,
        cast(0 as decimal(18, 2)) as revenue
    from active
    union all
    select
        cohort_type,
        cohort_start,
        utm_source,
        period_index,
        0 as active,
        1 as orders,
        revenue
    from bought
)

select
    cohort_type,
    cohort_start,
    utm_source,
    period_index,
    cast(sum(active) as bigint) as active,
    cast(sum(orders) as bigint) as orders,
    cast(sum(revenue) as decimal(38, 2)) as revenue
from cells
where period_index < {{ var('cohort_periods') }}
group by cohort_type, cohort_start, utm_source, period_index
