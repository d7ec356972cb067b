-- A visitor who comes back from the page on which they paid has not arrived anew (metrics.md 2).
with raw_sessions as (select * from {{ ref('base_utm_sessions') }}),
kept_sessions as (select * from {{ ref('stg_kept_sessions') }}),
referrer_hosts as (select * from {{ ref('stg_referrer_hosts') }}),

return_rows as (
    select
        raw_sessions.row_id,
        raw_sessions.visitor_hash
    from raw_sessions
    inner join referrer_hosts on raw_sessions.referrer_host = referrer_hosts.referrer_host
    where referrer_hosts.is_payment and raw_sessions.utm_source is null and raw_sessions.click_id is null
),

payers as (select distinct visitor_hash from return_rows),

sessions as (
    select
        kept_sessions.session_id,
        kept_sessions.bot_reason,
        raw_sessions.utm_session_id,
        raw_sessions.visitor_hash,
        raw_sessions.first_seen_at,
        return_rows.row_id is not null as is_return
    from kept_sessions
    inner join raw_sessions on kept_sessions.row_id = raw_sessions.row_id
    inner join payers on raw_sessions.visitor_hash = payers.visitor_hash
    left join return_rows on raw_sessions.row_id = return_rows.row_id
),

ranked as (
    select
        later.session_id,
        earlier.session_id as origin_session_id,
        row_number() over (
            partition by later.session_id
            order by earlier.first_seen_at desc, earlier.utm_session_id desc, earlier.session_id desc
        ) as nth
    from sessions as later
    inner join sessions as earlier on later.visitor_hash = earlier.visitor_hash
    where later.is_return and not earlier.is_return and earlier.bot_reason is null
        and earlier.first_seen_at <= later.first_seen_at
        and earlier.first_seen_at >= {{ shift('later.first_seen_at', -24, 'hour') }}
)

select
    session_id,
    origin_session_id
from ranked
where nth = 1
