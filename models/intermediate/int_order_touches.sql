-- Where an order's tags come from: one unit, from one place (metrics.md 4).
with orders as (

    select * from {{ ref('stg_orders') }}

),

sessions as (

    select * from {{ ref('int_sessions') }}

),

order_people as (

    select * from {{ ref('int_order_people') }}

),

untagged as (

    select
        orders.order_id,
        orders.created_at,
        order_people.person_id
    from orders
    inner join order_people on orders.order_id = order_people.order_id
    where orders.session_id is null and orders.utm_source is null

),

earlier_sessions as (

    select
        untagged.order_id,
        sessions.session_id,
        row_number() over (
            partition by untagged.order_id
            order by sessions.first_seen_at desc, sessions.utm_session_id desc, sessions.session_id desc
        ) as place
    from untagged
    inner join sessions on untagged.person_id = sessions.person_id
    where sessions.first_seen_at <= untagged.created_at
        and sessions.first_seen_at >= {{ shift('untagged.created_at', -24 * var('attribution_lookback_days'), 'hour') }}

),

final as (

    select
        orders.order_id,
        case
            when orders.session_id is not null then 'session'
            when orders.utm_source is not null then 'order'
            when earlier_sessions.session_id is not null then 'earlier session'
            when orders.order_source = 'manual' then 'manual'
            else 'none'
        end as touch_origin,
        coalesce(orders.session_id, earlier_sessions.session_id) as touch_session_id
    from orders
    left join earlier_sessions on orders.order_id = earlier_sessions.order_id and earlier_sessions.place = 1

)

select * from final
