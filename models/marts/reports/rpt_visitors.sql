with periods as (

    select * from {{ ref('int_periods') }}

),

sessions as (

    select * from {{ ref('fct_sessions') }}

),

totals as (

    select
        periods.period,
        count(sessions.session_id) as total_sessions,
        {{ total('case when not sessions.is_returning then 1 else 0 end') }} as first_visits,
        {{ total('case when sessions.is_returning then 1 else 0 end') }} as returning_visits
    from periods
    left join sessions on {{ in_period('sessions.first_seen_at') }}
    group by periods.period

),

final as (

    select
        period,
        total_sessions,
        first_visits,
        returning_visits,
        {{ rate('first_visits', 'total_sessions') }} as first_visits_rate,
        {{ rate('returning_visits', 'total_sessions') }} as returning_visits_rate
    from totals

)

select * from final
