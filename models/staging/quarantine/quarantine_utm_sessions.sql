with raw_rows as (select * from {{ ref('base_utm_sessions') }} where invalid_reason is not null),

invalid_rows as (
    {{ received_values('utm_sessions', 'raw_rows') }}
)

select
    row_id,
    reason,
    id,
    session_key,
    visitor_id,
    utm_source,
    utm_medium,
    utm_campaign,
    utm_content,
    utm_term,
    fbclid,
    gclid,
    ttclid,
    msclkid,
    user_agent,
    country,
    country_name,
    city,
    device_type,
    os_name,
    browser_name,
    referrer,
    landing_page,
    visit_count,
    is_returning_visitor,
    is_bot,
    first_seen,
    last_seen,
    is_converted,
    converted_at,
    conversion_type,
    received,
    file_version
from invalid_rows
