/*
order:   40
title:   Креативи | Creatives
about:   те саме за креативами | the same per creative, campaign and source
params:  period campaign limit=20
example: --campaign spring_sale
*/
select
    coalesce(utm_content, $no_value) as utm_content,
    coalesce(utm_campaign, $no_value) as utm_campaign,
    utm_source,
    sessions,
    unique_visitors,
    conversions,
    conversion_rate,
    orders,
    revenue,
    avg_order_value,
    total_score
from rpt_content
where period = $period and ($campaign is null or utm_campaign is not distinct from $wanted_campaign)
order by
    sessions desc,
    revenue desc,
    coalesce(rpt_content.utm_content, 'N/A'),
    coalesce(rpt_content.utm_campaign, 'N/A'),
    utm_source
limit $limit;
