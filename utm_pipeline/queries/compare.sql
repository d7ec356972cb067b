/*
order:   130
title:   Порівняння з попереднім періодом | Comparison with the previous period
about:   показники періоду, попереднього й зміна у відсотках (конверсія: у в. п.) | a period, the one before it, and the change in per cent (conversion: in points)
params:  period
example: --period last_month
*/
-- part: current one
select
    current_starts_at as "from",
    current_ends_at as "until",
    current_total_sessions as total_sessions,
    current_unique_visitors as unique_visitors,
    current_total_conversions as total_conversions,
    current_conversion_rate as conversion_rate,
    current_total_orders as total_orders,
    current_total_revenue as total_revenue,
    current_avg_order_value as avg_order_value,
    current_total_score as total_score
from rpt_compare
where period = $period;
-- part: previous one
select
    previous_starts_at as "from",
    previous_ends_at as "until",
    previous_total_sessions as total_sessions,
    previous_unique_visitors as unique_visitors,
    previous_total_conversions as total_conversions,
    previous_conversion_rate as conversion_rate,
    previous_total_orders as total_orders,
    previous_total_revenue as total_revenue,
    previous_avg_order_value as avg_order_value,
    previous_total_score as total_score
from rpt_compare
where period = $period;
-- part: change one conversion_rate=points total_sessions=rate unique_visitors=rate total_conversions=rate total_orders=rate total_revenue=rate avg_order_value=rate total_score=rate
select
    change_total_sessions as total_sessions,
    change_unique_visitors as unique_visitors,
    change_total_conversions as total_conversions,
    change_conversion_rate as conversion_rate,
    change_total_orders as total_orders,
    change_total_revenue as total_revenue,
    change_avg_order_value as avg_order_value,
    change_total_score as total_score
from rpt_compare
where period = $period;
