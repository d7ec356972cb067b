-- Campaigns that were paid for and brought no revenue, where the money should have bought several
-- conversions at the price that ads pay for one (metrics.md 8).
with returns as (select * from {{ ref('rpt_roi') }}),
shop as (select * from {{ ref('rpt_roi_totals') }}),

visits as (
    select
        period,
        utm_source,
        utm_campaign,
        sum(sessions) as sessions
    from {{ ref('rpt_campaigns') }}
    group by period, utm_source, utm_campaign
),

campaigns as (
    select
        returns.*,
        coalesce(visits.sessions, 0) as sessions
    from returns
    left join visits
        on returns.period = visits.period
            and returns.utm_source = visits.utm_source
            and coalesce(returns.utm_campaign, '') = coalesce(visits.utm_campaign, '')
),

-- spend that names no campaign may have paid for any of its source's
sources as (
    select
        period,
        utm_source,
        sum(revenue) as revenue,
        sum(conversions) as conversions,
        sum(sessions) as sessions
    from campaigns
    group by period, utm_source
),

held as (
    select
        campaigns.period,
        campaigns.utm_source,
        campaigns.utm_campaign,
        campaigns.ad_spend,
        case when campaigns.utm_campaign is null then sources.revenue else campaigns.revenue end as revenue,
        case when campaigns.utm_campaign is null then sources.conversions else campaigns.conversions end as conversions,
        case when campaigns.utm_campaign is null then sources.sessions else campaigns.sessions end as sessions,
        shop.ad_spend as all_spend,
        shop.ad_conversions
    from campaigns
    inner join sources on campaigns.period = sources.period and campaigns.utm_source = sources.utm_source
    inner join shop on campaigns.period = shop.period
)

select
    period,
    {{ insight("'spend_without_return'", {
        'utm_source': 'utm_source',
        'utm_campaign': 'utm_campaign',
        'sessions': 'sessions',
        'conversions': 'conversions',
        'ad_spend': 'ad_spend',
        'ad_cost_per_conversion': ratio('all_spend', 'ad_conversions'),
        'weight': 'ad_spend',
    }) }}
from held
where ad_spend > 0 and revenue = 0
    -- without a conversion from ads there is no price, and no spend reaches it
    and {{ times('ad_spend', 'ad_conversions') }} >= {{ var('insight_spend_multiple') }} * cast(all_spend as decimal(20, 2))
