/*
order:   50
title:   Воронка | Funnel
about:   кроки від сеансу до покупки | the steps from a session to a purchase
params:  period source
example: --period month --source google
*/
with chosen as (
    select *
    from rpt_funnel
    where
        period = $period
        and case
            when cast($source as varchar) is null then utm_source is null
            else utm_source = cast($wanted_source as varchar)
        end
),
funnel as (
    select
        coalesce(total, 0) as total,
        coalesce(product_views, 0) as product_views,
        coalesce(add_to_cart, 0) as add_to_cart,
        coalesce(initiate_checkout, 0) as initiate_checkout,
        coalesce(leads, 0) as leads,
        coalesce(purchases, 0) as purchases,
        product_views_rate,
        add_to_cart_rate,
        checkout_rate,
        lead_rate,
        purchase_rate,
        product_views_of_previous,
        add_to_cart_of_previous,
        checkout_of_previous,
        lead_of_previous,
        purchase_of_previous
    from (select 1 as one) as single
    left join chosen on true
),
steps as (
    select
        0 as nth,
        'sessions' as name,
        total as sessions,
        case when total > 0 then cast(100 as double precision) end as rate_of_total,
        cast(null as double precision) as rate_of_previous
    from funnel
    union all
    select 1, 'product_views', product_views, product_views_rate, product_views_of_previous
    from funnel
    union all
    select 2, 'add_to_cart', add_to_cart, add_to_cart_rate, add_to_cart_of_previous
    from funnel
    union all
    select 3, 'initiate_checkout', initiate_checkout, checkout_rate, checkout_of_previous
    from funnel
    union all
    select 4, 'leads', leads, lead_rate, lead_of_previous
    from funnel
    union all
    select 5, 'purchases', purchases, purchase_rate, purchase_of_previous
    from funnel
)
-- part: answer one
select
    total,
    product_views,
    add_to_cart,
    initiate_checkout,
    leads,
    purchases,
    product_views_rate,
    add_to_cart_rate,
    checkout_rate,
    lead_rate,
    purchase_rate
from funnel;
-- part: steps many
select name, sessions, rate_of_total, rate_of_previous
from steps
order by nth;
