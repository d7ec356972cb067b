/*
order:   110
title:   Сеанси | Sessions
about:   останні сеанси періоду | the latest sessions of a period
params:  period limit=50
example: --period today --limit 10
*/
select
    sessions.utm_session_id as id,
    sessions.session_key,
    sessions.utm_source,
    sessions.utm_medium,
    sessions.utm_campaign,
    sessions.utm_content,
    sessions.utm_term,
    sessions.country,
    sessions.country_name,
    sessions.city,
    sessions.device_type,
    sessions.os_name,
    sessions.browser_name,
    sessions.first_seen_at as first_seen,
    sessions.last_seen_at as last_seen,
    sessions.is_converted,
    sessions.conversion_type,
    sessions.converted_at,
    sessions.revenue
from fct_sessions as sessions
where
    sessions.first_seen_at < cast($ends_at as timestamp)
    and sessions.first_seen_at >= cast($starts_at as timestamp)
order by
    sessions.first_seen_at desc,
    sessions.utm_session_id desc,
    sessions.session_id desc
limit $limit;
