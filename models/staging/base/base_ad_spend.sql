{{ config(on_schema_change=on_changed_columns()) }}

-- depends on: {{ source('raw', 'ad_spend') }}, {{ ref('utm_placeholders') }}, {{ ref('mail_hosts') }}
with raw_rows as (
    {{ new_raw_rows('ad_spend') }}
)

select
    {{ next_row_id() }} as row_id,
    file_version,
    invalid_reason,
    received,
    {{ run_moment() }} as read_at,
    date as spend_date,
    utm_source_raw,
    utm_medium_raw,
    utm_campaign_raw,
    utm_content_raw,
    {{ clean_tag('utm_source') }} as utm_source,
    {{ clean_tag('utm_medium') }} as utm_medium,
    {{ clean_tag('utm_campaign') }} as utm_campaign,
    {{ clean_tag('utm_content') }} as utm_content,
    spend,
    impressions,
    clicks
from raw_rows
