with ad_spend as (select * from {{ ref('stg_ad_spend') }}),

-- equal rows add up
summed as (
    select
        spend_date,
        utm_source,
        utm_medium,
        utm_campaign,
        utm_content,
        cast(sum(spend) as decimal(38, 2)) as spend,
        cast(sum(impressions) as bigint) as impressions,
        cast(sum(clicks) as bigint) as clicks
    from ad_spend
    group by spend_date, utm_source, utm_medium, utm_campaign, utm_content
)

select
    spend_date,
    utm_source,
    utm_medium,
    utm_campaign,
    utm_content,
    {{ surrogate_key(['utm_source', 'utm_medium', 'utm_campaign']) }} as campaign_id,
    spend,
    impressions,
    clicks
from summed
