-- Paid orders of a person on one business date are one occasion, at its first order: over all sources
-- (source null) and, since a filter asks so, among the orders of each source.
with orders as (

    select * from {{ ref('fct_orders') }}
    where is_paid

),

placed as (

    select
        person_id,
        cast(null as {{ dbt.type_string() }}) as utm_source,
        created_date,
        created_at
    from orders
    union all
    select
        person_id,
        utm_source,
        created_date,
        created_at
    from orders

),

occasions as (

    select
        person_id,
        utm_source,
        created_date as occasion_date,
        min(created_at) as occasion_at
    from placed
    group by person_id, utm_source, created_date

),

final as (

    select
        person_id,
        utm_source,
        occasion_date,
        occasion_at,
        lag(occasion_at) over (partition by person_id, utm_source order by occasion_date) as previous_occasion_at
    from occasions

)

select * from final
