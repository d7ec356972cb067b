with periods as (select * from {{ ref('int_periods') }}),
sessions as (select * from {{ ref('fct_sessions') }}),

by_source as (
    select
        periods.period,
        'source' as scope,
        sessions.utm_source,
        count(*) as total,
        count(*) filter (where sessions.has_product_view) as product_views,
        count(*) filter (where sessions.has_add_to_cart) as add_to_cart,
        count(*) filter (where sessions.has_initiate_checkout) as initiate_checkout,
        count(*) filter (where sessions.has_lead) as leads,
        count(*) filter (where sessions.has_purchase) as purchases
    from sessions
    inner join periods on {{ in_period('sessions.first_seen_at') }}
    group by periods.period, sessions.utm_source
),

-- a period without sessions has its row too
of_the_shop as (
    select
        periods.period,
        'shop' as scope,
        null as utm_source,
        cast(coalesce(sum(by_source.total), 0) as bigint) as total,
        cast(coalesce(sum(by_source.product_views), 0) as bigint) as product_views,
        cast(coalesce(sum(by_source.add_to_cart), 0) as bigint) as add_to_cart,
        cast(coalesce(sum(by_source.initiate_checkout), 0) as bigint) as initiate_checkout,
        cast(coalesce(sum(by_source.leads), 0) as bigint) as leads,
        cast(coalesce(sum(by_source.purchases), 0) as bigint) as purchases
    from periods
    left join by_source on periods.period = by_source.period
    group by periods.period
),

combined as (
    select * from by_source
    union all
    select * from of_the_shop
)

select
    period,
    scope,
    utm_source,
    total,
    product_views,
    add_to_cart,
    initiate_checkout,
    leads,
    purchases,
    {{ rate('product_views', 'total') }} as product_views_rate,
    {{ rate('add_to_cart', 'total') }} as add_to_cart_rate,
    {{ rate('initiate_checkout', 'total') }} as checkout_rate,
    {{ rate('leads', 'total') }} as lead_rate,
    {{ rate('purchases', 'total') }} as purchase_rate,
    {{ rate('product_views', 'total') }} as product_views_of_previous,
    {{ rate('add_to_cart', 'product_views') }} as add_to_cart_of_previous,
    {{ rate('initiate_checkout', 'add_to_cart') }} as checkout_of_previous,
    {{ rate('leads', 'initiate_checkout') }} as lead_of_previous,
    {{ rate('purchases', 'initiate_checkout') }} as purchase_of_previous
from combined
