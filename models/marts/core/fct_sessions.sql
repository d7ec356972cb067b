{{ config(post_hook="{{ lookup_indexes([['session_id'], ['person_id'], ['first_seen_at', 'utm_session_id', 'session_id']]) }}") }}
{%- set steps = ['product_view', 'add_to_cart', 'initiate_checkout', 'lead', 'purchase'] -%}

with sessions as (

    select * from {{ ref('int_sessions') }}

),

action_totals as (

    select
        session_id,
        {%- for step in steps %}
        max(case when action_type = '{{ step }}' then 1 else 0 end) = 1 as has_{{ step }},
        {%- endfor %}
        sum(points) as score
    from {{ ref('fct_actions') }}
    group by session_id

),

order_totals as (

    select
        session_id,
        max(case when is_paid then 1 else 0 end) = 1 as has_paid_order,
        max(case when is_lead then 1 else 0 end) = 1 as has_lead_order,
        min(case when is_paid or is_lead then created_at end) as ordered_at,
        sum(case when is_paid then 1 else 0 end) as orders,
        sum(revenue) as revenue
    from {{ ref('fct_orders') }}
    where session_id is not null
    group by session_id

),

joined as (

    select
        sessions.*,
        order_totals.ordered_at,
        sessions.is_marked_converted or order_totals.ordered_at is not null as is_a_conversion,
        sessions.is_marked_returning or returning_sessions.session_id is not null as is_returning,
        coalesce(order_totals.has_paid_order, false) as has_paid_order,
        coalesce(order_totals.has_lead_order, false) as has_lead_order,
        coalesce(order_totals.orders, 0) as orders,
        coalesce(order_totals.revenue, 0) as revenue,
        {%- for step in steps %}
        coalesce(action_totals.has_{{ step }}, false) as has_{{ step }},
        {%- endfor %}
        coalesce(action_totals.score, 0) as score
    from sessions
    left join {{ ref('int_returning_sessions') }} as returning_sessions on sessions.session_id = returning_sessions.session_id
    left join action_totals on sessions.session_id = action_totals.session_id
    left join order_totals on sessions.session_id = order_totals.session_id

),

final as (

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
        cast(orders as bigint) as orders,
        cast(revenue as decimal(18, 2)) as revenue,
        case
            when has_paid_order or (is_marked_converted and conversion_type = 'purchase') then 'purchase'
            when has_lead_order or (is_marked_converted and conversion_type = 'lead') then 'lead'
            when is_marked_converted then conversion_type
        end as conversion_type,
        case when is_a_conversion then least(coalesce(converted_at, ordered_at), coalesce(ordered_at, converted_at)) end as converted_at,
        has_lead or has_lead_order as has_lead,
        has_purchase or has_paid_order as has_purchase
    from joined

)

select * from final
