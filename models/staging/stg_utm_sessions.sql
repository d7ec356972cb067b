with raw_sessions as (select * from {{ ref('base_utm_sessions') }}),
kept_sessions as (select * from {{ ref('stg_kept_sessions') }}),
tag_sets as (select * from {{ ref('stg_tag_sets') }})

select
    kept_sessions.session_id,
    raw_sessions.utm_session_id,
    raw_sessions.session_key_hash as session_key,
    raw_sessions.visitor_hash as visitor_id,
    kept_sessions.bot_reason is not null as is_bot,
    kept_sessions.bot_reason,
    raw_sessions.utm_source_raw,
    raw_sessions.utm_medium_raw,
    raw_sessions.utm_campaign_raw,
    raw_sessions.utm_content_raw,
    raw_sessions.utm_term_raw,
    tag_sets.source as utm_source,
    tag_sets.medium as utm_medium,
    raw_sessions.utm_campaign,
    raw_sessions.utm_content,
    raw_sessions.utm_term,
    tag_sets.campaign_id,
    tag_sets.channel_group,
    raw_sessions.country,
    raw_sessions.country_name,
    raw_sessions.city,
    raw_sessions.device_type,
    raw_sessions.os_name,
    raw_sessions.browser_name,
    raw_sessions.first_seen_at,
    kept_sessions.last_seen_at,
    raw_sessions.is_marked_returning,
    -- a conversion that is dated at as_of or later has not happened yet
    raw_sessions.is_marked_converted and coalesce(raw_sessions.converted_at < {{ as_of() }}, true) as is_marked_converted,
    case when raw_sessions.converted_at < {{ as_of() }} then raw_sessions.converted_at end as converted_at,
    raw_sessions.conversion_type
from kept_sessions
inner join raw_sessions on kept_sessions.row_id = raw_sessions.row_id
inner join tag_sets
    on {{ same_tag_set('raw_sessions', 'tag_sets', ['utm_source', 'utm_medium', 'utm_campaign', 'click_id', 'referrer_host']) }}
