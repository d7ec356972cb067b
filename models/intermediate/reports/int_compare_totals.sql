-- Sessions and orders of each period and of what `compare` sets against it.
with windows as (

    select * from {{ ref('int_compare_windows') }}

),

sessions as (

    select * from {{ ref('fct_sessions') }}

),

orders as (

    select * from {{ ref('fct_orders') }}

),

session_totals as (

    select
        windows.period,
        windows.side,
        count(*) as total_sessions,
        -- only what converted within its own period, so that both had equal time
        sum(
            case when sessions.is_converted and coalesce(sessions.converted_at < windows.ends_at, true) then 1 else 0 end
        ) as total_conversions
    from sessions
    inner join windows on {{ in_period('sessions.first_seen_at', 'windows') }}
    group by windows.period, windows.side

),

order_totals as (

    select
        windows.period,
        windows.side,
        count(*) as total_orders,
        sum(orders.revenue) as total_revenue
    from orders
    inner join windows on {{ in_period('orders.created_at', 'windows') }}
    where orders.is_paid
    group by windows.period, windows.side

),

final as (

    select
        windows.period,
        windows.side,
        coalesce(session_totals.total_sessions, 0) as total_sessions,
        coalesce(session_totals.total_conversions, 0) as total_conversions,
        coalesce(order_totals.total_orders, 0) as total_orders,
        coalesce(order_totals.total_revenue, 0) as total_revenue
    from windows
    left join session_totals on windows.period = session_totals.period and windows.side = session_totals.side
    left join order_totals on windows.period = order_totals.period and windows.side = order_totals.side

)

select * from final
