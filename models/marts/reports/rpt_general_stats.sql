with periods as (

    select * from {{ ref('int_periods') }}

),

sessions as (

    select * from {{ ref('fct_sessions') }}

),

orders as (

    select * from {{ ref('fct_orders') }}

),

session_totals as (

    select
        periods.period,
        count(*) as total_sessions,
        count(distinct sessions.visitor_id) as unique_visitors,
        {{ total('case when sessions.is_converted then 1 else 0 end') }} as total_conversions,
        {{ total('sessions.score') }} as total_score
    from sessions
    inner join periods on {{ in_period('sessions.first_seen_at') }}
    group by periods.period

),

order_totals as (

    select
        periods.period,
        count(*) as total_orders,
        {{ money_total('orders.revenue') }} as total_revenue
    from orders
    inner join periods on {{ in_period('orders.created_at') }}
    where orders.is_paid
    group by periods.period

),

totals as (

    select
        periods.period,
        coalesce(session_totals.total_sessions, 0) as total_sessions,
        coalesce(session_totals.unique_visitors, 0) as unique_visitors,
        coalesce(session_totals.total_conversions, 0) as total_conversions,
        coalesce(session_totals.total_score, 0) as total_score,
        coalesce(order_totals.total_orders, 0) as total_orders,
        coalesce(order_totals.total_revenue, 0) as total_revenue
    from periods
    left join session_totals on periods.period = session_totals.period
    left join order_totals on periods.period = order_totals.period

),

final as (

    select
        period,
        total_sessions,
        unique_visitors,
        total_conversions,
        {{ rate('total_conversions', 'total_sessions') }} as conversion_rate,
        total_orders,
        total_revenue,
        {{ ratio('total_revenue', 'total_orders') }} as avg_order_value,
        total_score,
        {{ ratio('total_score', 'total_sessions') }} as avg_score_per_session
    from totals

)

select * from final
