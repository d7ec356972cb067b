-- Sessions of people: all that takes part in the marts.
with sessions as (select * from {{ ref('stg_utm_sessions') }}),
identifiers as (select * from {{ ref('int_identifiers') }})

select
    sessions.session_id,
    sessions.utm_session_id,
    sessions.session_key,
    sessions.visitor_id,
    sessions.is_bot,
    sessions.bot_reason,
    sessions.utm_source,
    sessions.utm_medium,
    sessions.utm_campaign,
    sessions.utm_content,
    sessions.utm_term,
    sessions.campaign_id,
    sessions.channel_group,
    sessions.country,
    sessions.country_name,
    sessions.city,
    sessions.device_type,
    sessions.os_name,
    sessions.browser_name,
    sessions.first_seen_at,
    sessions.last_seen_at,
    sessions.is_marked_returning,
    sessions.is_marked_converted,
    sessions.converted_at,
    sessions.conversion_type,
    coalesce(identifiers.person_id, sessions.visitor_id) as person_id
from sessions
left join identifiers on sessions.visitor_id = identifiers.identifier_hash
where not sessions.is_bot
