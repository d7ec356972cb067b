with raw_sessions as (select * from {{ ref('base_utm_sessions') }}),

-- narrow: an engine may keep what several steps read
visible as (
    select
        row_id,
        utm_session_id,
        session_key,
        session_key_hash,
        user_agent,
        is_marked_bot,
        least(greatest(coalesce(last_seen_at, first_seen_at), first_seen_at), {{ as_of() }}) as seen_until
    from raw_sessions
    where invalid_reason is null and first_seen_at < {{ as_of() }}
),

repeated_keys as (
    select session_key
    from visible
    group by session_key
    having count(*) > 1
),

ranked as (
    select
        visible.row_id,
        row_number() over (
            partition by visible.session_key
            order by
                visible.seen_until desc, visible.utm_session_id desc, {{ tie_break(session_content('raw_sessions')) }}
        ) as nth
    from visible
    inner join repeated_keys on visible.session_key = repeated_keys.session_key
    inner join raw_sessions on visible.row_id = raw_sessions.row_id
),

-- an id that stands under several keys belongs to the greatest key
contested_ids as (
    select
        utm_session_id,
        max(session_key) as owner_key
    from visible
    group by utm_session_id
    having min(session_key) <> max(session_key)
),

contesting_keys as (
    select distinct visible.session_key
    from visible
    inner join contested_ids on visible.utm_session_id = contested_ids.utm_session_id
),

-- the number of a session whose own id belongs to another: the greatest id that is left to it
substitutes as (
    select
        visible.session_key,
        max(
            case
                when contested_ids.utm_session_id is null or contested_ids.owner_key = visible.session_key
                    then visible.utm_session_id
            end
        ) as session_id,
        -row_number() over (order by visible.session_key) as last_resort
    from visible
    left join contested_ids on visible.utm_session_id = contested_ids.utm_session_id
    inner join contesting_keys on visible.session_key = contesting_keys.session_key
    group by visible.session_key
)

select
    visible.row_id,
    visible.session_key_hash,
    visible.seen_until as last_seen_at,
    case
        when contested_ids.utm_session_id is null or contested_ids.owner_key = visible.session_key then visible.utm_session_id
        else coalesce(substitutes.session_id, substitutes.last_resort)
    end as session_id,
    case when visible.is_marked_bot then 'marked by the site' else user_agents.bot_reason end as bot_reason
from visible
left join ranked on visible.row_id = ranked.row_id
left join contested_ids on visible.utm_session_id = contested_ids.utm_session_id
left join substitutes on visible.session_key = substitutes.session_key
left join {{ ref('stg_user_agents') }} as user_agents on visible.user_agent = user_agents.user_agent
where coalesce(ranked.nth, 1) = 1
