with raw_sessions as (select * from {{ ref('base_utm_sessions') }}),
kept_sessions as (select * from {{ ref('stg_kept_sessions') }}),

visible as (
    select
        utm_session_id,
        session_key,
        session_key_hash
    from raw_sessions
    where invalid_reason is null and first_seen_at < {{ as_of() }}
),

owners as (
    select
        utm_session_id,
        max(session_key) as session_key
    from visible
    group by utm_session_id
)

select distinct
    visible.utm_session_id,
    kept_sessions.session_id,
    kept_sessions.bot_reason is not null as is_bot
from visible
inner join owners
    on visible.utm_session_id = owners.utm_session_id and visible.session_key = owners.session_key
inner join kept_sessions on visible.session_key_hash = kept_sessions.session_key_hash
