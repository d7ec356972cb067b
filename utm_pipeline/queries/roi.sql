/*
order:   140
title:   Окупність реклами | Return on ad spend
about:   що принесла реклама, що вся крамниця, і кожна кампанія окремо | what ads brought, what the whole shop did, and each campaign
params:  period ad_spend limit
example: --period month --ad-spend 12000
*/
-- part: answer one title=ads
select
    ad_revenue,
    ad_profit,
    ad_roi,
    ad_roas,
    ad_conversions,
    ad_cost_per_conversion
from rpt_roi_totals
where period = $period;
-- part: answer one title=whole_shop
with totals as (
    select
        revenue,
        coalesce(cast($ad_spend as decimal(38, 2)), ad_spend) as ad_spend,
        conversions,
        avg_order_value
    from rpt_roi_totals
    where period = $period
)
select
    revenue,
    ad_spend,
    revenue - ad_spend as profit,
    cast(100 * (revenue - ad_spend) as double precision)
    / nullif(cast(ad_spend as double precision), 0) as roi,
    cast(revenue as double precision) / nullif(cast(ad_spend as double precision), 0) as roas,
    conversions,
    cast(ad_spend as double precision)
    / nullif(cast(conversions as double precision), 0) as cost_per_conversion,
    avg_order_value
from totals;
-- part: rows many
select
    utm_source,
    coalesce(utm_campaign, $no_value) as utm_campaign,
    revenue,
    ad_spend,
    profit,
    roi,
    roas,
    conversions,
    cost_per_conversion,
    avg_order_value
from rpt_roi
where period = $period
order by ad_spend desc nulls last, revenue desc, utm_source, coalesce(rpt_roi.utm_campaign, 'N/A')
limit $limit;
