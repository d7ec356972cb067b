/*
order:   50
title:   Воронка | Funnel
about:   кроки від сеансу до покупки | the steps from a session to a purchase
params:  period source
example: --period month --source google
*/
-- part: answer one
select
    coalesce(funnel.total, 0) as total,
    coalesce(funnel.product_views, 0) as product_views,
    coalesce(funnel.add_to_cart, 0) as add_to_cart,
    coalesce(funnel.initiate_checkout, 0) as initiate_checkout,
    coalesce(funnel.leads, 0) as leads,
    coalesce(funnel.purchases, 0) as purchases,
    funnel.product_views_rate,
    funnel.add_to_cart_rate,
    funnel.checkout_rate,
    funnel.lead_rate,
    funnel.purchase_rate
from (select 1 as one) as single
left join rpt_funnel as funnel
    on
    funnel.period = $period
    and funnel.scope = case when $source is null then 'shop' else 'source' end
    and ($source is null or funnel.utm_source = $wanted_source);
-- part: steps many
select
    steps.name,
    coalesce(chosen.sessions, 0) as sessions,
    chosen.rate_of_total,
    chosen.rate_of_previous
from rpt_funnel_steps as steps
left join rpt_funnel_steps as chosen
    on
    steps.period = chosen.period
    and steps.position = chosen.position
    and chosen.scope = case when $source is null then 'shop' else 'source' end
    and ($source is null or chosen.utm_source = $wanted_source)
where steps.period = $period and steps.scope = 'shop'
order by steps.position;
