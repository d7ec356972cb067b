/*
order:   30
title:   Кампанії | Campaigns
about:   те саме за кампаніями | the same per campaign, source and medium
params:  period source limit=20
example: --source instagram
*/
select
    coalesce(utm_campaign, $no_value) as utm_campaign,
    utm_source,
    coalesce(utm_medium, $not_set) as utm_medium,
    sessions,
    unique_visitors,
    conversions,
    conversion_rate,
    orders,
    revenue,
    avg_order_value,
    total_score
from rpt_campaigns
where period = $period and ($source is null or utm_source is not distinct from $wanted_source)
order by
    sessions desc,
    revenue desc,
    coalesce(rpt_campaigns.utm_campaign, 'N/A'),
    utm_source,
    coalesce(rpt_campaigns.utm_medium, '(not set)')
limit $limit;
