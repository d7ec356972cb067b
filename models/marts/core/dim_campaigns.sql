with sessions as (select * from {{ ref('fct_sessions') }}),
orders as (select * from {{ ref('fct_orders') }}),
ad_spend as (select * from {{ ref('stg_ad_spend') }}),
categories as (select * from {{ ref('stg_source_categories') }}),

uses as (
    select
        utm_source,
        utm_medium,
        utm_campaign,
        first_seen_at as used_at
    from sessions
    union all
    select
        utm_source,
        utm_medium,
        utm_campaign,
        created_at as used_at
    from orders
    union all
    select
        utm_source,
        utm_medium,
        utm_campaign,
        {{ day_to_utc('cast(spend_date as timestamp)') }} as used_at
    from ad_spend
),

campaigns as (
    select
        utm_source,
        utm_medium,
        utm_campaign,
        min(used_at) as first_touched_at,
        max(used_at) as last_touched_at
    from uses
    group by utm_source, utm_medium, utm_campaign
)

select
    {{ surrogate_key(['campaigns.utm_source', 'campaigns.utm_medium', 'campaigns.utm_campaign']) }} as campaign_id,
    campaigns.utm_source,
    campaigns.utm_medium,
    campaigns.utm_campaign,
    {{ channel_group('campaigns.utm_source', 'campaigns.utm_medium', 'campaigns.utm_campaign', 'categories.category') }} as channel_group,
    campaigns.first_touched_at,
    campaigns.last_touched_at
from campaigns
left join categories on campaigns.utm_source = categories.source
