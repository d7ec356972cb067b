-- Customers of each period, over all sources (source null) and per source, and how many bought before.
with periods as (

    select * from {{ ref('int_periods') }}

),

orders as (

    select * from {{ ref('fct_orders') }}
    where is_paid

),

-- paid orders of a person by the end of each period, whenever and from any source
histories as (

    select
        periods.period,
        orders.person_id,
        count(*) as orders_so_far
    from orders
    inner join periods on orders.created_at < periods.ends_at
    group by periods.period, orders.person_id

),

bought as (

    select
        periods.period,
        orders.utm_source,
        orders.person_id,
        count(*) as orders
    from orders
    inner join periods on {{ in_period('orders.created_at') }}
    group by periods.period, orders.utm_source, orders.person_id

),

by_person as (

    select
        period,
        utm_source,
        person_id,
        orders
    from bought
    union all
    select
        period,
        cast(null as {{ dbt.type_string() }}) as utm_source,
        person_id,
        sum(orders) as orders
    from bought
    group by period, person_id

),

final as (

    select
        by_person.period,
        by_person.utm_source,
        count(*) as total_customers,
        {{ total('case when histories.orders_so_far > 1 then 1 else 0 end') }} as repeat_customers,
        {{ total('by_person.orders') }} as total_orders
    from by_person
    inner join histories on by_person.period = histories.period and by_person.person_id = histories.person_id
    group by by_person.period, by_person.utm_source

)

select * from final
