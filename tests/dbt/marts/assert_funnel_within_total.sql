-- No step of the funnel holds more sessions than there are, and the sources' steps add up to the shop's.
with funnel as (

    select * from {{ ref('rpt_funnel') }}

),

summed as (

    select
        period,
        sum(total) as total,
        sum(leads) as leads,
        sum(purchases) as purchases
    from funnel
    where scope = 'source'
    group by period

)

select
    funnel.period,
    funnel.utm_source
from funnel
left join summed on funnel.period = summed.period
where greatest(funnel.product_views, funnel.add_to_cart, funnel.initiate_checkout, funnel.leads, funnel.purchases) > funnel.total
    or (
        funnel.scope = 'shop'
        and (
            funnel.total is distinct from coalesce(summed.total, 0)
            or funnel.leads is distinct from coalesce(summed.leads, 0)
            or funnel.purchases is distinct from coalesce(summed.purchases, 0)
        )
    )
