/*
order:   110
title:   Сеанси | Sessions
about:   останні сеанси періоду | the latest sessions of a period
params:  period limit=50
example: --period today --limit 10
*/
select
    utm_session_id as id,
    session_key,
    utm_source,
    utm_medium,
    utm_campaign,
    utm_content,
    utm_term,
    country,
    country_name,
    city,
    device_type,
    os_name,
    browser_name,
    first_seen_at as first_seen,
    last_seen_at as last_seen,
    is_converted,
    conversion_type,
    converted_at,
    revenue
from fct_sessions
where first_seen_at < cast($ends_at as timestamp) and first_seen_at >= cast($starts_at as timestamp)
order by first_seen_at desc, utm_session_id desc, session_id desc
limit $limit;
