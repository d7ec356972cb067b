with periods as (select * from {{ ref('int_periods') }}),
sessions as (select * from {{ ref('fct_sessions') }}),

counted as (
    select
        periods.period,
        {{ lower_simple('sessions.device_type') }} as device_type,
        sessions.browser_name,
        sessions.os_name,
        count(*) as sessions,
        count(*) filter (where sessions.is_converted) as conversions
    from sessions
    inner join periods on {{ in_period('sessions.first_seen_at') }}
    group by periods.period, {{ lower_simple('sessions.device_type') }}, sessions.browser_name, sessions.os_name
),

unfolded as (
    select
        period,
        'device_type' as dimension,
        device_type as name,
        sessions,
        conversions
    from counted
    union all
    select
        period,
        'browser_name' as dimension,
        browser_name as name,
        sessions,
        conversions
    from counted
    union all
    select
        period,
        'os_name' as dimension,
        os_name as name,
        sessions,
        conversions
    from counted
),

named as (
    select
        period,
        dimension,
        coalesce({{ known('name') }}, 'Unknown') as value,
        sessions,
        conversions
    from unfolded
)

select
    period,
    dimension,
    value,
    cast(sum(sessions) as bigint) as sessions,
    cast(sum(conversions) as bigint) as conversions,
    {{ rate('sum(conversions)', 'sum(sessions)') }} as conversion_rate
from named
group by period, dimension, value
