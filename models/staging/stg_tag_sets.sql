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
        sessions.utm_source,
        sessions.utm_medium,
        sessions.utm_campaign,
        sessions.click_id,
        sessions.referrer_host,
        {{ is_bare_fbclid('sessions') }} as is_bare_fbclid
    from sessions
    {%- for table in ['orders', 'ad_spend'] %}
    union
    select
        {{ table }}.utm_source,
        {{ table }}.utm_medium,
        {{ table }}.utm_campaign,
        null as click_id,
        null as referrer_host,
        false as is_bare_fbclid
    from {{ table }}
    {%- endfor %}
),

-- what is absent is the empty text here, so that rows can be joined by equality
tag_sets as (
    select
        coalesce(utm_source, '') as utm_source,
        coalesce(utm_medium, '') as utm_medium,
        coalesce(utm_campaign, '') as utm_campaign,
        coalesce(click_id, '') as click_id,
        coalesce(referrer_host, '') as referrer_host,
        is_bare_fbclid
    from captured
),

named as (
    select
        tag_sets.*,
        coalesce(aliases.source, nullif(tag_sets.utm_source, ''), click_ids.source, referrer_hosts.source, 'direct') as source,
        case when tag_sets.utm_source = '' then coalesce(click_ids.medium, referrer_hosts.medium, 'none') end as implied_medium,
        -- fbclid proves no payment
        case when tag_sets.click_id <> 'fbclid' then click_ids.source end as paid_source,
        click_ids.medium as paid_medium
    from tag_sets
    left join aliases on tag_sets.utm_source = aliases.alias
    left join click_ids on tag_sets.click_id = click_ids.click_id
    left join referrer_hosts on tag_sets.referrer_host = referrer_hosts.referrer_host
),

media as (
    select
        named.*,
        case
            when named.utm_medium <> '' then named.utm_medium
            when named.implied_medium is not null then named.implied_medium
            when assistants.source is not null then 'ai'
            when named.source = 'direct' then 'none'
            when named.source = named.paid_source then named.paid_medium
        end as found_medium
    from named
    left join assistants on named.source = assistants.source
),

resolved as (
    select
        media.*,
        case
            when {{ var('bare_fbclid_is_social') }} and media.is_bare_fbclid
                and media.source = 'facebook' and media.found_medium = 'paid_social' then 'social'
            else media.found_medium
        end as medium
    from media
)

select
    resolved.utm_source,
    resolved.utm_medium,
    resolved.utm_campaign,
    resolved.click_id,
    resolved.referrer_host,
    resolved.is_bare_fbclid,
    resolved.source,
    resolved.medium,
    {{ surrogate_key(['resolved.source', 'resolved.medium', "nullif(resolved.utm_campaign, '')"]) }} as campaign_id,
    {{ channel_group('resolved.source', 'resolved.medium', 'resolved.utm_campaign', 'categories.category') }} as channel_group
from resolved
left join categories on resolved.source = categories.source
