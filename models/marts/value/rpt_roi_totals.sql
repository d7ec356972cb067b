with periods as (select * from {{ ref('int_periods') }}),
campaigns as (select * from {{ ref('rpt_roi') }}),

summed as (
    select
        periods.period,
        cast(coalesce(sum(campaigns.conversions), 0) as bigint) as conversions,
        cast(coalesce(sum(campaigns.orders), 0) as bigint) as orders,
        cast(coalesce(sum(campaigns.revenue), 0) as decimal(38, 2)) as revenue,
        cast(sum(campaigns.ad_spend) as decimal(38, 2)) as ad_spend,
        -- what ads brought, not the shop
        cast(sum(campaigns.revenue) filter (where campaigns.ad_spend > 0) as decimal(38, 2)) as ad_revenue,
        cast(sum(campaigns.conversions) filter (where campaigns.ad_spend > 0) as bigint) as ad_conversions
    from periods
    left join campaigns on periods.period = campaigns.period
    group by periods.period
)

select
    period,
    revenue,
    ad_spend,
    revenue - ad_spend as profit,
    {{ rate('(revenue - ad_spend)', 'ad_spend') }} as roi,
    {{ ratio('revenue', 'ad_spend') }} as roas,
    conversions,
    {{ ratio('ad_spend', 'conversions') }} as cost_per_conversion,
    orders,
    {{ ratio('revenue', 'orders') }} as avg_order_value,
    ad_revenue,
    ad_revenue - ad_spend as ad_profit,
    {{ rate('(ad_revenue - ad_spend)', 'ad_spend') }} as ad_roi,
    {{ ratio('ad_revenue', 'ad_spend') }} as ad_roas,
    ad_conversions,
    {{ ratio('ad_spend', 'ad_conversions') }} as ad_cost_per_conversion
from summed
