with raw_sessions as (

    select * from {{ ref('base_utm_sessions') }}

),

session_rows as (

    select * from {{ ref('stg_session_rows') }}

),

touches as (

    select * from {{ ref('stg_touches') }}

),

final as (

    select
        session_rows.session_id,
        raw_sessions.utm_session_id,
        raw_sessions.session_key_hash as session_key,
        raw_sessions.visitor_hash as visitor_id,
        session_rows.bot_reason is not null as is_bot,
        session_rows.bot_reason,
        raw_sessions.utm_source_raw,
        raw_sessions.utm_medium_raw,
        raw_sessions.utm_campaign_raw,
        raw_sessions.utm_content_raw,
        raw_sessions.utm_term_raw,
        touches.source as utm_source,
        touches.medium as utm_medium,
        raw_sessions.utm_campaign,
        raw_sessions.utm_content,
        raw_sessions.utm_term,
        touches.campaign_id,
        touches.channel_group,
        raw_sessions.country,
        raw_sessions.country_name,
        raw_sessions.city,
        raw_sessions.device_type,
        raw_sessions.os_name,
        raw_sessions.browser_name,
        raw_sessions.first_seen_at,
        session_rows.last_seen_at,
        raw_sessions.is_marked_returning,
        -- a conversion that is dated at as_of or later has not happened yet
        raw_sessions.is_marked_converted and coalesce(raw_sessions.converted_at < {{ as_of() }}, true) as is_marked_converted,
        case when raw_sessions.converted_at < {{ as_of() }} then raw_sessions.converted_at end as converted_at,
        raw_sessions.conversion_type
    from session_rows
    inner join raw_sessions on session_rows.row_id = raw_sessions.row_id
    inner join touches
        on {{ same_touch('raw_sessions', 'touches', ['utm_source', 'utm_medium', 'utm_campaign', 'click_id', 'referrer_host']) }}

)

select * from final
