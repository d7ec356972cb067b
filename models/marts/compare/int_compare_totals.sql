with windows as (select * from {{ ref('int_compare_windows') }}),
sessions as (select * from {{ ref('fct_sessions') }}),
sources as (select * from {{ ref('int_compare_sources') }}),
orders as (select * from {{ ref('fct_orders') }} where is_paid),

visitor_totals as (
    select
        windows.period,
        windows.side,
        count(distinct sessions.visitor_id) as unique_visitors,
        cast(sum(sessions.score) as bigint) as total_score
    from sessions
    inner join windows on {{ in_period('sessions.first_seen_at', 'windows') }}
    group by windows.period, windows.side
),

session_totals as (
    select
        period,
        side,
        cast(sum(sessions) as bigint) as total_sessions,
        cast(sum(conversions) as bigint) as total_conversions
    from sources
    group by period, side
),

order_totals as (
    select
        windows.period,
        windows.side,
        count(*) as total_orders,
        cast(sum(orders.revenue) as decimal(38, 2)) as total_revenue
    from orders
    inner join windows on {{ in_period('orders.created_at', 'windows') }}
    group by windows.period, windows.side
)

select
    windows.period,
    windows.side,
    windows.starts_at,
    windows.ends_at,
    coalesce(session_totals.total_sessions, 0) as total_sessions,
    coalesce(visitor_totals.unique_visitors, 0) as unique_visitors,
    coalesce(session_totals.total_conversions, 0) as total_conversions,
    {{ rate('session_totals.total_conversions', 'session_totals.total_sessions') }} as conversion_rate,
    coalesce(order_totals.total_orders, 0) as total_orders,
    cast(coalesce(order_totals.total_revenue, 0) as decimal(38, 2)) as total_revenue,
    {{ ratio('order_totals.total_revenue', 'order_totals.total_orders') }} as avg_order_value,
    coalesce(visitor_totals.total_score, 0) as total_score
from windows
left join session_totals on windows.period = session_totals.period and windows.side = session_totals.side
left join visitor_totals on windows.period = visitor_totals.period and windows.side = visitor_totals.side
left join order_totals on windows.period = order_totals.period and windows.side = order_totals.side
