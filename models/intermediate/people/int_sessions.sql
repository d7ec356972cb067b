-- Sessions of people: all that takes part in the marts.
with sessions as (select * from {{ ref('stg_utm_sessions') }}),
identifiers as (select * from {{ ref('int_identifiers') }}),
returns as (select * from {{ ref('stg_payment_returns') }}),

-- read by itself, so that no engine keeps all sessions for two readers
origins as (
    select origin.*
    from {{ ref('stg_utm_sessions') }} as origin
    where origin.session_id in (select returns.origin_session_id from returns)
)

select
    sessions.session_id,
    sessions.utm_session_id,
    sessions.session_key,
    sessions.visitor_id,
    sessions.is_bot,
    sessions.bot_reason,
    case when origins.session_id is null then sessions.utm_source else origins.utm_source end as utm_source,
    case when origins.session_id is null then sessions.utm_medium else origins.utm_medium end as utm_medium,
    case when origins.session_id is null then sessions.utm_campaign else origins.utm_campaign end as utm_campaign,
    case when origins.session_id is null then sessions.utm_content else origins.utm_content end as utm_content,
    case when origins.session_id is null then sessions.utm_term else origins.utm_term end as utm_term,
    case when origins.session_id is null then sessions.campaign_id else origins.campaign_id end as campaign_id,
    case when origins.session_id is null then sessions.channel_group else origins.channel_group end as channel_group,
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
-- a return from a payment page belongs to the session before it, tags and all
left join returns on sessions.session_id = returns.session_id
left join origins on returns.origin_session_id = origins.session_id
where not sessions.is_bot
