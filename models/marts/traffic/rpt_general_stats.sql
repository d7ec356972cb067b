with periods as (select * from {{ ref('int_periods') }}),
sessions as (select * from {{ ref('fct_sessions') }}),
orders as (select * from {{ ref('fct_orders') }}),

{{ totals_by([]) }}

select
    periods.period,
    coalesce(totals.sessions, 0) as total_sessions,
    coalesce(totals.unique_visitors, 0) as unique_visitors,
    coalesce(totals.conversions, 0) as total_conversions,
    {{ rate('totals.conversions', 'totals.sessions') }} as conversion_rate,
    coalesce(totals.orders, 0) as total_orders,
    coalesce(totals.revenue, 0) as total_revenue,
    {{ ratio('totals.revenue', 'totals.orders') }} as avg_order_value,
    coalesce(totals.total_score, 0) as total_score,
    {{ ratio('totals.total_score', 'totals.sessions') }} as avg_score_per_session
from periods
left join totals on periods.period = totals.period
