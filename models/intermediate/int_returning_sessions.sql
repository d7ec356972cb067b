{{ config(materialized='table') }}

-- Sessions whose visitor has an earlier one, by first_seen, then id.
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
        rank() over (partition by sessions.visitor_id order by sessions.first_seen_at, sessions.utm_session_id) as place
    from sessions
    inner join frequent_visitors on sessions.visitor_id = frequent_visitors.visitor_id

),

final as (

    select session_id
    from ranked
    where place > 1

)

select * from final
