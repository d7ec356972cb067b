with windows as (select * from {{ ref('int_compare_windows') }}),
sessions as (select * from {{ ref('fct_sessions') }})

select
    windows.period,
    windows.side,
    sessions.utm_source,
    count(*) as sessions,
    -- only what converted within its own period, so that both had equal time
    count(*) filter (
        where sessions.is_converted and coalesce(sessions.converted_at < windows.ends_at, true)
    ) as conversions
from sessions
inner join windows on {{ in_period('sessions.first_seen_at', 'windows') }}
group by windows.period, windows.side, sessions.utm_source
