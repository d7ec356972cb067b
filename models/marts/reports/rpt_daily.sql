with dates as (

    select * from {{ ref('dim_dates') }}

),

sessions as (

    select * from {{ ref('fct_sessions') }}

),

orders as (

    select * from {{ ref('fct_orders') }}

),

session_totals as (

    select
        first_seen_date as calendar_date,
        count(*) as sessions,
        count(distinct visitor_id) as unique_visitors,
        {{ total('case when is_converted then 1 else 0 end') }} as conversions
    from sessions
    group by first_seen_date

),

order_totals as (

    select
        created_date as calendar_date,
        count(*) as orders,
        {{ money_total('revenue') }} as revenue
    from orders
    where is_paid
    group by created_date

),

totals as (

    select
        dates.calendar_date,
        coalesce(session_totals.sessions, 0) as sessions,
        coalesce(session_totals.unique_visitors, 0) as unique_visitors,
        coalesce(session_totals.conversions, 0) as conversions,
        coalesce(order_totals.orders, 0) as orders,
        coalesce(order_totals.revenue, 0) as revenue
    from dates
    left join session_totals on dates.calendar_date = session_totals.calendar_date
    left join order_totals on dates.calendar_date = order_totals.calendar_date

),

final as (

    select
        calendar_date,
        sessions,
        unique_visitors,
        conversions,
        {{ rate('conversions', 'sessions') }} as conversion_rate,
        orders,
        revenue,
        {{ ratio('revenue', 'orders') }} as avg_order_value
    from totals

)

select * from final
