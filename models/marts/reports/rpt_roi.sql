with periods as (

    select * from {{ ref('int_periods') }}

),

performance as (

    select
        period,
        utm_source,
        utm_campaign,
        conversions,
        orders,
        revenue,
        cast(0 as {{ money() }}) as ad_spend
    from {{ ref('rpt_campaigns') }}

),

spent as (

    select
        periods.period,
        ad_spend.utm_source,
        ad_spend.utm_campaign,
        0 as conversions,
        0 as orders,
        0 as revenue,
        ad_spend.spend as ad_spend
    from {{ ref('fct_ad_spend') }} as ad_spend
    inner join periods on ad_spend.spend_date between periods.first_date and periods.last_date

),

combined as (

    select * from performance
    union all
    select * from spent

),

summed as (

    select
        period,
        utm_source,
        utm_campaign,
        {{ total('conversions') }} as conversions,
        {{ total('orders') }} as orders,
        {{ money_total('revenue') }} as revenue,
        {{ money_total('ad_spend') }} as ad_spend
    from combined
    group by period, utm_source, utm_campaign

),

final as (

    select
        period,
        utm_source,
        utm_campaign,
        revenue,
        ad_spend,
        revenue - ad_spend as profit,
        {{ rate('(revenue - ad_spend)', 'ad_spend') }} as roi,
        {{ ratio('revenue', 'ad_spend') }} as roas,
        conversions,
        {{ ratio('ad_spend', 'conversions') }} as cost_per_conversion,
        orders,
        {{ ratio('revenue', 'orders') }} as avg_order_value
    from summed

)

select * from final
