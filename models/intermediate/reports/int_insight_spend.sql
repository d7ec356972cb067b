{{ config(materialized='view') }}

-- Campaigns that were paid for and brought no revenue, where the money should have bought several
-- conversions at the shop's own price of one (metrics.md 8).
with returns as (

    select * from {{ ref('rpt_roi') }}

),

visits as (

    select
        period,
        utm_source,
        utm_campaign,
        {{ total('sessions') }} as sessions
    from {{ ref('rpt_campaigns') }}
    group by period, utm_source, utm_campaign

),

-- spend that names no campaign may have paid for any of its source's
sources as (

    select
        returns.period,
        returns.utm_source,
        {{ money_total('returns.revenue') }} as revenue,
        {{ total('returns.conversions') }} as conversions,
        {{ total('visits.sessions') }} as sessions
    from returns
    left join visits
        on returns.period = visits.period
            and returns.utm_source = visits.utm_source
            and coalesce(returns.utm_campaign, '') = coalesce(visits.utm_campaign, '')
    group by returns.period, returns.utm_source

),

shop as (

    select
        period,
        {{ money_total('ad_spend') }} as ad_spend,
        {{ total('conversions') }} as conversions
    from returns
    group by period

),

held as (

    select
        returns.period,
        returns.utm_source,
        returns.utm_campaign,
        returns.ad_spend,
        shop.ad_spend as shop_spend,
        shop.conversions as shop_conversions,
        case when returns.utm_campaign is null then sources.revenue else returns.revenue end as revenue,
        case when returns.utm_campaign is null then sources.conversions else returns.conversions end as conversions,
        case when returns.utm_campaign is null then sources.sessions else coalesce(visits.sessions, 0) end as sessions
    from returns
    inner join shop on returns.period = shop.period
    inner join sources on returns.period = sources.period and returns.utm_source = sources.utm_source
    left join visits
        on returns.period = visits.period
            and returns.utm_source = visits.utm_source
            and returns.utm_campaign = visits.utm_campaign

),

final as (

    select
        period,
        {{ insight("'spend_without_return'", {
            'utm_source': 'utm_source',
            'utm_campaign': 'utm_campaign',
            'sessions': 'sessions',
            'conversions': 'conversions',
            'ad_spend': 'ad_spend',
            'cost_per_conversion': ratio('shop_spend', 'shop_conversions'),
            'weight': 'ad_spend',
        }) }}
    from held
    where ad_spend > 0 and revenue = 0
        -- without a conversion in the shop there is no price, and no spend reaches it
        and {{ times('ad_spend', 'shop_conversions') }} >= {{ var('insight_spend_multiple') }} * cast(shop_spend as decimal(20, 2))

)

select * from final
