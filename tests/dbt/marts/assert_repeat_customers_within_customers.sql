-- Repeat customers are among the customers, and the orders of all sources are the shop's.
with rates as (

    select * from {{ ref('rpt_repeat_rate') }}

),

by_source as (

    select
        period,
        sum(total_orders) as total_orders
    from rates
    where scope = 'source'
    group by period

)

select
    rates.period,
    rates.utm_source
from rates
left join by_source on rates.period = by_source.period
left join {{ ref('rpt_general_stats') }} as general on rates.period = general.period
where rates.repeat_customers > rates.total_customers
    or rates.total_customers > rates.total_orders
    or (
        rates.scope = 'shop'
        and (rates.total_orders is distinct from by_source.total_orders or rates.total_orders is distinct from general.total_orders)
    )
