/*
order:   20
title:   Джерела | Sources
about:   те саме за джерелами | the same per source
params:  period limit=20
example: --period month --limit 5
*/
select
    utm_source,
    sessions,
    unique_visitors,
    conversions,
    conversion_rate,
    orders,
    revenue,
    avg_order_value,
    total_score
from rpt_sources
where period = $period
order by sessions desc, revenue desc, utm_source
limit $limit;
