with periods as (select * from {{ ref('int_periods') }}),
people as (select * from {{ ref('dim_people') }}),
sources as (select * from {{ ref('rpt_sources') }}),
campaigns as (select * from {{ ref('rpt_roi') }}),

-- customers whom a source brought: their first session of all began in the period, from it, and no paid
-- order came before it
brought as (
    select
        periods.period,
        people.first_source as utm_source,
        count(*) as new_customers,
        sum(people.revenue) as new_customer_revenue
    from people
    inner join periods on {{ in_period('people.first_session_at') }}
    where people.is_customer and people.first_order_at >= people.first_session_at
    group by periods.period, people.first_source
),

-- every source with sessions, orders or spend is in rpt_roi
spent as (
    select
        period,
        utm_source,
        cast(sum(ad_spend) as decimal(38, 2)) as ad_spend
    from campaigns
    group by period, utm_source
),

measured as (
    select
        spent.period,
        spent.utm_source,
        spent.ad_spend,
        coalesce(sources.sessions, 0) as total_sessions,
        coalesce(sources.conversions, 0) as converted_sessions,
        coalesce(sources.orders, 0) as total_orders,
        coalesce(sources.revenue, 0) as total_revenue,
        coalesce(brought.new_customers, 0) as new_customers,
        cast(coalesce(brought.new_customer_revenue, 0) as decimal(38, 2)) as new_customer_revenue
    from spent
    left join sources on spent.period = sources.period and spent.utm_source = sources.utm_source
    left join brought on spent.period = brought.period and spent.utm_source = brought.utm_source
)

select
    period,
    utm_source,
    total_sessions,
    converted_sessions,
    total_orders,
    total_revenue,
    {{ ratio('total_revenue', 'total_sessions') }} as ltv_per_session,
    {{ ratio('total_revenue', 'total_orders') }} as avg_order_value,
    {{ ratio('total_orders', 'total_sessions') }} as orders_per_session,
    ad_spend,
    new_customers,
    new_customer_revenue,
    {{ ratio('new_customer_revenue', 'new_customers') }} as ltv_per_customer,
    {{ ratio('ad_spend', 'new_customers') }} as cpa,
    -- revenue per head over spend per head, as one division
    case when new_customers > 0 then {{ ratio('new_customer_revenue', 'ad_spend') }} end as ltv_cpa_ratio,
    {{ ratio('0.7 * cast(total_revenue as decimal(30, 2))', 'total_sessions') }} as max_cpc,
    {{ ratio(var('max_cpa_share') ~ ' * cast(new_customer_revenue as decimal(30, 2))', 'new_customers') }} as max_cpa,
    total_sessions < {{ var('thin_sessions') }} as thin
from measured
