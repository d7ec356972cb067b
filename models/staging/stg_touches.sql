{{ config(materialized='table') }}

with sessions as (

    select * from {{ ref('base_utm_sessions') }}

),

orders as (

    select * from {{ ref('base_orders') }}

),

ad_spend as (

    select * from {{ ref('base_ad_spend') }}

),

aliases as (

    select * from {{ ref('utm_source_aliases') }}

),

click_ids as (

    select * from {{ ref('click_id_sources') }}

),

referrer_hosts as (

    select * from {{ ref('stg_referrer_hosts') }}

),

assistants as (

    select distinct source
    from {{ ref('referrer_sources') }}
    where medium = 'ai'

),

tagged as (

    select distinct
        coalesce(utm_source, '') as utm_source,
        coalesce(utm_medium, '') as utm_medium,
        coalesce(utm_campaign, '') as utm_campaign,
        coalesce(click_id, '') as click_id,
        coalesce(referrer_host, '') as referrer_host
    from sessions
    {%- for tagged_rows in ['orders', 'ad_spend'] %}
    union
    select distinct
        coalesce(utm_source, '') as utm_source,
        coalesce(utm_medium, '') as utm_medium,
        coalesce(utm_campaign, '') as utm_campaign,
        '' as click_id,
        '' as referrer_host
    from {{ tagged_rows }}
    {%- endfor %}

),

named as (

    select
        tagged.*,
        coalesce(aliases.source, nullif(tagged.utm_source, ''), click_ids.source, referrer_hosts.source, 'direct') as source,
        case when tagged.utm_source = '' then coalesce(click_ids.medium, referrer_hosts.medium, 'none') end as implied_medium
    from tagged
    left join aliases on tagged.utm_source = aliases.alias
    left join click_ids on tagged.click_id = click_ids.click_id
    left join referrer_hosts on tagged.referrer_host = referrer_hosts.referrer_host

),

resolved as (

    select
        named.*,
        coalesce(nullif(named.utm_medium, ''), named.implied_medium, case when assistants.source is not null then 'ai' end) as medium
    from named
    left join assistants on named.source = assistants.source

),

final as (

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
    left join {{ ref('stg_source_categories') }} as categories on resolved.source = categories.source

)

select * from final
