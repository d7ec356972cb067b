-- Paid orders of a person on one business date are one occasion, at its first order: over the whole shop
-- and, since a filter asks so, among the orders of each source.
with orders as (select * from {{ ref('fct_orders') }} where is_paid),

placed as (
    select
        'shop' as scope,
        null as utm_source,
        person_id,
        created_date,
        created_at
    from orders
    union all
    select
        'source' as scope,
        utm_source,
        person_id,
        created_date,
        created_at
    from orders
),

occasions as (
    select
        scope,
        utm_source,
        person_id,
        created_date as occasion_date,
        min(created_at) as occasion_at
    from placed
    group by scope, utm_source, person_id, created_date
)

select
    scope,
    utm_source,
    person_id,
    occasion_date,
    occasion_at,
    lag(occasion_at) over (partition by person_id, scope, utm_source order by occasion_date) as previous_occasion_at
from occasions
