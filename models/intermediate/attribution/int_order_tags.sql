-- An order's tags are one unit, from one place (metrics.md 4).
with orders as (select * from {{ ref('stg_orders') }}),
order_people as (select * from {{ ref('int_order_people') }}),
sessions as (select * from {{ ref('int_sessions') }}),

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
        ) as nth
    from untagged
    inner join sessions on untagged.person_id = sessions.person_id
    where sessions.first_seen_at <= untagged.created_at
        and sessions.first_seen_at >= {{ shift('untagged.created_at', -24 * var('attribution_lookback_days'), 'hour') }}
),

origins as (
    select
        orders.*,
        coalesce(orders.session_id, earlier_sessions.session_id) as tagging_session_id,
        case
            when orders.session_id is not null then 'session'
            when orders.utm_source is not null then 'order'
            when earlier_sessions.session_id is not null then 'earlier session'
            when orders.order_source = 'manual' then 'manual'
            else 'none'
        end as touch_origin
    from orders
    left join earlier_sessions on orders.order_id = earlier_sessions.order_id and earlier_sessions.nth = 1
),

-- read by itself, so that no engine keeps all sessions for two readers
tagging_sessions as (
    select tagging.*
    from {{ ref('int_sessions') }} as tagging
    where tagging.session_id in (select origins.tagging_session_id from origins)
)

select
    origins.order_id,
    origins.touch_origin,
    case origins.touch_origin
        when 'order' then origins.utm_source
        when 'manual' then 'manual'
        when 'none' then 'direct'
        else tagging_sessions.utm_source
    end as utm_source,
    case origins.touch_origin
        when 'order' then origins.utm_medium
        when 'manual' then 'none'
        when 'none' then 'none'
        else tagging_sessions.utm_medium
    end as utm_medium,
    case origins.touch_origin when 'order' then origins.utm_campaign else tagging_sessions.utm_campaign end as utm_campaign,
    case origins.touch_origin when 'order' then origins.utm_content else tagging_sessions.utm_content end as utm_content,
    case origins.touch_origin when 'order' then origins.utm_term else tagging_sessions.utm_term end as utm_term
from origins
left join tagging_sessions on origins.tagging_session_id = tagging_sessions.session_id
