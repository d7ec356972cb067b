with sessions as (select * from {{ ref('fct_sessions') }}),
orders as (select * from {{ ref('fct_orders') }}),

first_moments as (
    select
        person_id,
        min(first_seen_at) as first_session_at,
        max(last_seen_at) as last_seen_at,
        count(*) as sessions,
        bool_or(is_converted) as has_converted_session
    from sessions
    group by person_id
),

-- several sessions may begin at the same instant: the least id is the first
first_sessions as (
    select
        sessions.*,
        row_number() over (partition by sessions.person_id order by sessions.utm_session_id, sessions.session_id) as nth
    from sessions
    inner join first_moments
        on sessions.person_id = first_moments.person_id and sessions.first_seen_at = first_moments.first_session_at
),

order_totals as (
    select
        person_id,
        count(*) filter (where is_paid) as orders,
        sum(revenue) as revenue,
        min(created_at) filter (where is_paid) as first_order_at,
        max(created_at) filter (where is_paid) as last_order_at
    from orders
    group by person_id
),

everyone as (
    select person_id from first_moments
    union
    select person_id from order_totals
)

select
    everyone.person_id,
    sessions.session_id as first_session_id,
    sessions.first_seen_at as first_session_at,
    sessions.first_seen_date as first_session_date,
    sessions.utm_source as first_source,
    sessions.utm_medium as first_medium,
    sessions.utm_campaign as first_campaign,
    sessions.channel_group as first_channel_group,
    first_moments.last_seen_at,
    order_totals.first_order_at,
    order_totals.last_order_at,
    coalesce(first_moments.sessions, 0) as sessions,
    coalesce(order_totals.orders, 0) as orders,
    cast(coalesce(order_totals.revenue, 0) as decimal(38, 2)) as revenue,
    coalesce(first_moments.has_converted_session, false) or coalesce(order_totals.orders, 0) > 0 as is_converted,
    coalesce(order_totals.orders, 0) > 0 as is_customer
from everyone
left join first_moments on everyone.person_id = first_moments.person_id
left join first_sessions as sessions on everyone.person_id = sessions.person_id and sessions.nth = 1
left join order_totals on everyone.person_id = order_totals.person_id
