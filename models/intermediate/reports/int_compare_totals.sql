-- Sessions and orders of each period and of what `compare` sets against it.
with windows as (

    select * from {{ ref('int_compare_windows') }}

),

sources as (

    select * from {{ ref('int_compare_sources') }}

),

orders as (

    select * from {{ ref('fct_orders') }}

),

session_totals as (

    select
        period,
        side,
        {{ total('sessions') }} as total_sessions,
        {{ total('conversions') }} as total_conversions
    from sources
    group by period, side

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
