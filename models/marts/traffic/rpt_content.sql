with periods as (select * from {{ ref('int_periods') }}),
sessions as (select * from {{ ref('fct_sessions') }}),
orders as (select * from {{ ref('fct_orders') }}),

{{ totals_by(['utm_content', 'utm_campaign', 'utm_source']) }}

select
    period,
    utm_content,
    utm_campaign,
    utm_source,
    sessions,
    unique_visitors,
    conversions,
    {{ rate('conversions', 'sessions') }} as conversion_rate,
    orders,
    revenue,
    {{ ratio('revenue', 'orders') }} as avg_order_value,
    total_score
from totals
