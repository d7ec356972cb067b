{{ config(on_schema_change=on_changed_columns()) }}

-- depends on: {{ source('raw', 'utm_sessions') }}, {{ ref('utm_placeholders') }}, {{ ref('mail_hosts') }}
with raw_rows as (
    {{ new_raw_rows('utm_sessions') }}
)

select
    {{ next_row_id() }} as row_id,
    file_version,
    invalid_reason,
    received,
    {{ run_moment() }} as read_at,
    id as utm_session_id,
    session_key,
    {{ keyed_hash('session_key') }} as session_key_hash,
    coalesce(visitor_id, session_key) as visitor,
    {{ keyed_hash("'visitor:' || coalesce(visitor_id, session_key)") }} as visitor_hash,
    utm_source_raw,
    utm_medium_raw,
    utm_campaign_raw,
    utm_content_raw,
    utm_term_raw,
    {{ clean_tag('utm_source') }} as utm_source,
    {{ clean_tag('utm_medium') }} as utm_medium,
    {{ clean_tag('utm_campaign') }} as utm_campaign,
    {{ clean_tag('utm_content') }} as utm_content,
    {{ clean_tag('utm_term') }} as utm_term,
    {{ first_click_id() }} as click_id,
    {{ has_click_id('fbclid') }} as has_fbclid,
    {{ url_host('referrer') }} as referrer_host,
    user_agent,
    country,
    country_name,
    city,
    device_type,
    os_name,
    browser_name,
    coalesce(is_bot, false) as is_marked_bot,
    coalesce(visit_count > 1, false) or coalesce(is_returning_visitor, false) as is_marked_returning,
    first_seen as first_seen_at,
    last_seen as last_seen_at,
    coalesce(is_converted, false) as is_marked_converted,
    converted_at,
    {{ lower_simple('conversion_type') }} as conversion_type
from raw_rows
