with orders as (select * from {{ ref('stg_orders') }}),
order_identifiers as (select * from {{ ref('stg_order_identifiers') }}),
identifiers as (select * from {{ ref('int_identifiers') }}),

people as (
    select
        order_identifiers.order_id,
        min(identifiers.person_id) as person_id
    from order_identifiers
    inner join identifiers on order_identifiers.identifier_hash = identifiers.identifier_hash
    group by order_identifiers.order_id
)

select
    orders.order_id,
    -- an order that names nobody is a person of its own
    coalesce(people.person_id, {{ keyed_hash("'order:' || orders.order_id") }}) as person_id
from orders
left join people on orders.order_id = people.order_id
