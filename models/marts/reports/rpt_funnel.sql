with periods as (

    select * from {{ ref('int_periods') }}

),

sessions as (

    select * from {{ ref('fct_sessions') }}

),

by_source as (

    select
        periods.period,
        sessions.utm_source,
        count(*) as total,
        {{ total('case when sessions.has_product_view then 1 else 0 end') }} as product_views,
        {{ total('case when sessions.has_add_to_cart then 1 else 0 end') }} as add_to_cart,
        {{ total('case when sessions.has_initiate_checkout then 1 else 0 end') }} as initiate_checkout,
        {{ total('case when sessions.has_lead then 1 else 0 end') }} as leads,
        {{ total('case when sessions.has_purchase then 1 else 0 end') }} as purchases
    from sessions
    inner join periods on {{ in_period('sessions.first_seen_at') }}
    group by periods.period, sessions.utm_source

),

overall as (

    select
        periods.period,
        cast(null as {{ dbt.type_string() }}) as utm_source,
        {{ total('by_source.total') }} as total,
        {{ total('by_source.product_views') }} as product_views,
        {{ total('by_source.add_to_cart') }} as add_to_cart,
        {{ total('by_source.initiate_checkout') }} as initiate_checkout,
        {{ total('by_source.leads') }} as leads,
        {{ total('by_source.purchases') }} as purchases
    from periods
    left join by_source on periods.period = by_source.period
    group by periods.period

),

combined as (

    select * from by_source
    union all
    select * from overall

),

final as (

    select
        period,
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

)

select * from final
