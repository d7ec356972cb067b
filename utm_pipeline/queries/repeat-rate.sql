/*
order:   170
title:   Повторні покупки | Repeat purchases
about:   скільки клієнтів купують знову і як часто | how many customers buy again, and how often
params:  period utm_source
example: --period all_time --utm-source instagram
*/
-- part: answer one
select
    coalesce(rates.total_customers, 0) as total_customers,
    coalesce(rates.repeat_customers, 0) as repeat_customers,
    coalesce(rates.one_time_customers, 0) as one_time_customers,
    rates.repeat_rate,
    rates.avg_orders_per_customer,
    rates.avg_time_between_orders,
    coalesce(rates.total_orders, 0) as total_orders,
    rates.rating,
    rates.order_interval as interval
from (select 1 as one) as single
left join rpt_repeat_rate as rates
    on
    rates.period = $period
    and rates.scope = case when $utm_source is null then 'shop' else 'source' end
    and ($utm_source is null or rates.utm_source = $wanted_utm_source);
