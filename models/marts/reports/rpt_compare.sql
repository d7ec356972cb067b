{%- set metrics = ['total_sessions', 'total_conversions', 'conversion_rate', 'total_orders', 'total_revenue', 'avg_order_value'] -%}

with periods as (

    select * from {{ ref('rpt_periods') }}

),

sessions as (

    select * from {{ ref('fct_sessions') }}

),

orders as (

    select * from {{ ref('fct_orders') }}

),

-- the period itself, of all_time its second half, and the one before it
windows as (

    select
        period,
        'current' as side,
        case when period = 'all_time' then previous_ends_at else starts_at end as starts_at,
        ends_at
    from periods
    union all
    select
        period,
        'previous' as side,
        previous_starts_at,
        previous_ends_at
    from periods

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

totals as (

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

),

measured as (

    select
        period,
        side,
        cast(total_sessions as bigint) as total_sessions,
        cast(total_conversions as bigint) as total_conversions,
        {{ rate('total_conversions', 'total_sessions') }} as conversion_rate,
        cast(total_orders as bigint) as total_orders,
        cast(total_revenue as decimal(38, 2)) as total_revenue,
        {{ ratio('total_revenue', 'total_orders') }} as avg_order_value
    from totals

),

final as (

    select
        current_side.period,
        {%- for metric in metrics %}
        current_side.{{ metric }} as current_{{ metric }},
        previous_side.{{ metric }} as previous_{{ metric }},
        {%- endfor %}
        {%- for metric in metrics if metric.startswith('total_') %}
        {{ rate('(current_side.' ~ metric ~ ' - previous_side.' ~ metric ~ ')', 'previous_side.' ~ metric) }} as change_{{ metric }},
        {%- endfor %}
        -- ratios are compared by cross-multiplication, so that one division makes the change;
        -- a rate changes by percentage points
        {{ rate(
            '(current_side.total_conversions * previous_side.total_sessions - previous_side.total_conversions * current_side.total_sessions)',
            'current_side.total_sessions * previous_side.total_sessions',
        ) }} as change_conversion_rate,
        {{ rate(
            '(' ~ times('current_side.total_revenue', 'previous_side.total_orders') ~ ' - ' ~ times('previous_side.total_revenue', 'current_side.total_orders') ~ ')',
            times('previous_side.total_revenue', 'current_side.total_orders'),
        ) }} as change_avg_order_value
    from measured as current_side
    inner join measured as previous_side on current_side.period = previous_side.period
    where current_side.side = 'current' and previous_side.side = 'previous'

)

select * from final
