/*
order:   160
title:   Цінність клієнтів за джерелами | Customer value by source
about:   дохід на сеанс і на клієнта, вартість залучення, граничні ціни | revenue per session and customer, cost of acquisition, what a visit may cost
params:  period limit
example: --period month --limit 5
*/
select
    utm_source,
    total_sessions,
    converted_sessions,
    total_orders,
    total_revenue,
    ltv_per_session,
    avg_order_value,
    orders_per_session,
    ad_spend,
    new_customers,
    ltv_per_customer,
    cpa,
    ltv_cpa_ratio,
    max_cpc,
    max_cpa,
    thin
from rpt_ltv
where period = $period
order by thin, ltv_per_session desc nulls last, utm_source
limit $limit;
