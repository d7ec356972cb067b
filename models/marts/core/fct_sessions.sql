{{ config(post_hook="{{ lookup_indexes([['session_id'], ['person_id'], ['first_seen_at', 'utm_session_id', 'session_id']]) }}") }}

with sessions as (select * from {{ ref('int_sessions') }}),
returning_sessions as (select * from {{ ref('int_returning_sessions') }}),
actions as (select * from {{ ref('fct_actions') }}),
orders as (select * from {{ ref('fct_orders') }} where session_id is not null),

action_totals as (
    select
        session_id,
        bool_or(action_type = 'product_view') as has_product_view,
        bool_or(action_type = 'add_to_cart') as has_add_to_cart,
        bool_or(action_type = 'initiate_checkout') as has_initiate_checkout,
        bool_or(action_type = 'lead') as has_lead,
        bool_or(action_type = 'purchase') as has_purchase,
        sum(points) as score
    from actions
    group by session_id
),

order_totals as (
    select
        session_id,
        bool_or(is_paid) as has_paid_order,
        bool_or(is_lead) as has_lead_order,
        min(created_at) filter (where is_paid or is_lead) as ordered_at,
        count(*) filter (where is_paid) as orders,
        sum(revenue) as revenue
    from orders
    group by session_id
),

joined as (
    select
        sessions.*,
        sessions.is_marked_returning or returning_sessions.session_id is not null as is_returning,
        coalesce(action_totals.has_product_view, false) as has_product_view,
        coalesce(action_totals.has_add_to_cart, false) as has_add_to_cart,
        coalesce(action_totals.has_initiate_checkout, false) as has_initiate_checkout,
        coalesce(action_totals.has_lead, false) as has_lead_action,
        coalesce(action_totals.has_purchase, false) as has_purchase_action,
        coalesce(action_totals.score, 0) as score,
        coalesce(order_totals.has_paid_order, false) as has_paid_order,
        coalesce(order_totals.has_lead_order, false) as has_lead_order,
        coalesce(order_totals.orders, 0) as orders,
        coalesce(order_totals.revenue, 0) as revenue,
        order_totals.ordered_at,
        sessions.is_marked_converted or order_totals.ordered_at is not null as is_a_conversion
    from sessions
    left join returning_sessions on sessions.session_id = returning_sessions.session_id
    left join action_totals on sessions.session_id = action_totals.session_id
    left join order_totals on sessions.session_id = order_totals.session_id
)

select
    session_id,
    utm_session_id,
    session_key,
    visitor_id,
    person_id,
    {{ number_of_hash('person_id') }} as person_key,
    utm_source,
    utm_medium,
    utm_campaign,
    utm_content,
    utm_term,
    campaign_id,
    channel_group,
    country,
    country_name,
    city,
    device_type,
    os_name,
    browser_name,
    first_seen_at,
    last_seen_at,
    {{ business_date('first_seen_at') }} as first_seen_date,
    {{ business_date('last_seen_at') }} as last_seen_date,
    is_returning,
    is_a_conversion as is_converted,
    cast(score as bigint) as score,
    has_product_view,
    has_add_to_cart,
    has_initiate_checkout,
    has_lead_action or has_lead_order as has_lead,
    has_purchase_action or has_paid_order as has_purchase,
    cast(orders as bigint) as orders,
    cast(revenue as decimal(18, 2)) as revenue,
    case
        when has_paid_order or (is_marked_converted and conversion_type = 'purchase') then 'purchase'
        when has_lead_order or (is_marked_converted and conversion_type = 'lead') then 'lead'
        when is_marked_converted then conversion_type
    end as conversion_type,
    case when is_a_conversion then least(coalesce(converted_at, ordered_at), coalesce(ordered_at, converted_at)) end as converted_at
from joined
