with periods as (select * from {{ ref('int_periods') }}),
sessions as (select * from {{ ref('fct_sessions') }}),

visits as (
    select
        periods.period,
        count(sessions.session_id) as total_sessions,
        count(*) filter (where not sessions.is_returning) as first_visits,
        count(*) filter (where sessions.is_returning) as returning_visits
    from periods
    left join sessions on {{ in_period('sessions.first_seen_at') }}
    group by periods.period
)

select
    period,
    total_sessions,
    first_visits,
    returning_visits,
    {{ rate('first_visits', 'total_sessions') }} as first_visits_rate,
    {{ rate('returning_visits', 'total_sessions') }} as returning_visits_rate
from visits
