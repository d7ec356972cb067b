with periods as (select * from {{ ref('int_periods') }}),
campaigns as (select * from {{ ref('rpt_campaigns') }}),
ad_spend as (select * from {{ ref('fct_ad_spend') }}),

combined as (
    select
        period,
        utm_source,
        utm_campaign,
        conversions,
        orders,
        revenue,
        cast(null as decimal(38, 2)) as ad_spend
    from campaigns
    union all
    select
        periods.period,
        ad_spend.utm_source,
        ad_spend.utm_campaign,
        0 as conversions,
        0 as orders,
        0 as revenue,
        ad_spend.spend as ad_spend
    from ad_spend
    inner join periods on ad_spend.spend_date between periods.first_date and periods.last_date
),

summed as (
    select
        period,
        utm_source,
        utm_campaign,
        cast(sum(conversions) as bigint) as conversions,
        cast(sum(orders) as bigint) as orders,
        cast(sum(revenue) as decimal(38, 2)) as revenue,
        cast(sum(ad_spend) as decimal(38, 2)) as ad_spend
    from combined
    group by period, utm_source, utm_campaign
)

select
    period,
    utm_source,
    utm_campaign,
    revenue,
    ad_spend,
    revenue - ad_spend as profit,
    {{ rate('(revenue - ad_spend)', 'ad_spend') }} as roi,
    {{ ratio('revenue', 'ad_spend') }} as roas,
    conversions,
    {{ ratio('ad_spend', 'conversions') }} as cost_per_conversion,
    orders,
    {{ ratio('revenue', 'orders') }} as avg_order_value
from summed
