with raw_spend as (select * from {{ ref('base_ad_spend') }}),
tag_sets as (select * from {{ ref('stg_tag_sets') }})

select
    raw_spend.row_id,
    raw_spend.spend_date,
    raw_spend.utm_source_raw,
    raw_spend.utm_medium_raw,
    raw_spend.utm_campaign_raw,
    raw_spend.utm_content_raw,
    tag_sets.source as utm_source,
    tag_sets.medium as utm_medium,
    raw_spend.utm_campaign,
    raw_spend.utm_content,
    raw_spend.spend,
    raw_spend.impressions,
    raw_spend.clicks
from raw_spend
inner join tag_sets on {{ same_tag_set('raw_spend', 'tag_sets', ['utm_source', 'utm_medium', 'utm_campaign']) }}
-- a day is visible once it has begun
where raw_spend.invalid_reason is null
    and {{ day_to_utc('cast(raw_spend.spend_date as timestamp)') }} < {{ as_of() }}
