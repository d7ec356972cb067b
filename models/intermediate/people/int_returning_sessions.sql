with sessions as (
    select
        session_id,
        utm_session_id,
        visitor_id,
        first_seen_at
    from {{ ref('int_sessions') }}
),

frequent_visitors as (
    select visitor_id
    from sessions
    group by visitor_id
    having count(*) > 1
),

ranked as (
    select
        sessions.session_id,
        rank() over (partition by sessions.visitor_id order by sessions.first_seen_at, sessions.utm_session_id) as nth
    from sessions
    inner join frequent_visitors on sessions.visitor_id = frequent_visitors.visitor_id
)

select session_id
from ranked
where nth > 1
