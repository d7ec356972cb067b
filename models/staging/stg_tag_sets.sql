with sessions as (select * from {{ ref('base_utm_sessions') }}),
orders as (select * from {{ ref('base_orders') }}),
ad_spend as (select * from {{ ref('base_ad_spend') }}),
aliases as (select * from {{ ref('utm_source_aliases') }}),
click_ids as (select * from {{ ref('click_id_sources') }}),
referrer_hosts as (select * from {{ ref('stg_referrer_hosts') }}),
categories as (select * from {{ ref('stg_source_categories') }}),
assistants as (select distinct source from {{ ref('referrer_sources') }} where medium = 'ai'),

captured as (
    select
        utm_source,
        utm_medium,
        utm_campaign,
        click_id,
        referrer_host
    from sessions
    union
    select
        utm_source,
        utm_medium,
        utm_campaign,
        null as click_id,
        null as referrer_host
    from orders
    union
    select
        utm_source,
        utm_medium,
        utm_campaign,
        null as click_id,
        null as referrer_host
    from ad_spend
),

-- what is absent is the empty text here, so that rows can be joined by equality
tag_sets as (
    select
        coalesce(utm_source, '') as utm_source,
        coalesce(utm_medium, '') as utm_medium,
        coalesce(utm_campaign, '') as utm_campaign,
        coalesce(click_id, '') as click_id,
        coalesce(referrer_host, '') as referrer_host
    from captured
),

named as (
    select
        tag_sets.*,
        coalesce(aliases.source, nullif(tag_sets.utm_source, ''), click_ids.source, referrer_hosts.source, 'direct') as source,
        case when tag_sets.utm_source = '' then coalesce(click_ids.medium, referrer_hosts.medium, 'none') end as implied_medium
    from tag_sets
    left join aliases on tag_sets.utm_source = aliases.alias
    left join click_ids on tag_sets.click_id = click_ids.click_id
    left join referrer_hosts on tag_sets.referrer_host = referrer_hosts.referrer_host
),

resolved as (
    select
        named.*,
        coalesce(nullif(named.utm_medium, ''), named.implied_medium, case when assistants.source is not null then 'ai' end) as medium
    from named
    left join assistants on named.source = assistants.source
)

select
    resolved.utm_source,
    resolved.utm_medium,
    resolved.utm_campaign,
    resolved.click_id,
    resolved.referrer_host,
    resolved.source,
    resolved.medium,
    {{ surrogate_key(['resolved.source', 'resolved.medium', "nullif(resolved.utm_campaign, '')"]) }} as campaign_id,
    {{ channel_group('resolved.source', 'resolved.medium', 'resolved.utm_campaign', 'categories.category') }} as channel_group
from resolved
left join categories on resolved.source = categories.source
