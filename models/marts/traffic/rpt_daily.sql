with known_dates as (select * from {{ ref('dim_dates') }}),
refresh as (select * from {{ ref('rpt_refresh') }}),
sessions as (select * from {{ ref('fct_sessions') }}),
orders as (select * from {{ ref('fct_orders') }} where is_paid),

numbers as ({{ dbt.generate_series(64) }}),

-- no period with an end reaches back further, and none of its dates is left out
dates as (
    select calendar_date from known_dates
    union
    select cast({{ dbt.dateadd('day', '1 - numbers.generated_number', 'refresh.as_of_date') }} as date)
    from refresh
    cross join numbers
),

session_totals as (
    select
        first_seen_date,
        count(*) as sessions,
        count(distinct visitor_id) as unique_visitors,
        count(*) filter (where is_converted) as conversions
    from sessions
    group by first_seen_date
),

order_totals as (
    select
        created_date,
        count(*) as orders,
        cast(sum(revenue) as decimal(38, 2)) as revenue
    from orders
    group by created_date
)

select
    dates.calendar_date,
    coalesce(session_totals.sessions, 0) as sessions,
    coalesce(session_totals.unique_visitors, 0) as unique_visitors,
    coalesce(session_totals.conversions, 0) as conversions,
    {{ rate('session_totals.conversions', 'session_totals.sessions') }} as conversion_rate,
    coalesce(order_totals.orders, 0) as orders,
    coalesce(order_totals.revenue, 0) as revenue,
    {{ ratio('order_totals.revenue', 'order_totals.orders') }} as avg_order_value
from dates
left join session_totals on dates.calendar_date = session_totals.first_seen_date
left join order_totals on dates.calendar_date = order_totals.created_date
