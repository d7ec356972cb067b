with periods as (select * from {{ ref('int_periods') }}),
orders as (select * from {{ ref('fct_orders') }} where is_paid),

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

by_source as (
    select
        periods.period,
        'source' as scope,
        orders.utm_source,
        orders.person_id,
        count(*) as orders
    from orders
    inner join periods on {{ in_period('orders.created_at') }}
    group by periods.period, orders.utm_source, orders.person_id
),

customers as (
    select * from by_source
    union all
    select
        period,
        'shop' as scope,
        null as utm_source,
        person_id,
        sum(orders) as orders
    from by_source
    group by period, person_id
)

select
    customers.period,
    customers.scope,
    customers.utm_source,
    count(*) as total_customers,
    count(*) filter (where histories.orders_so_far > 1) as repeat_customers,
    cast(sum(customers.orders) as bigint) as total_orders
from customers
inner join histories on customers.period = histories.period and customers.person_id = histories.person_id
group by customers.period, customers.scope, customers.utm_source
