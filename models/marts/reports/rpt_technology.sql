with periods as (

    select * from {{ ref('int_periods') }}

),

sessions as (

    select * from {{ ref('fct_sessions') }}

),

counted as (

    select
        periods.period,
        {{ lower_simple('sessions.device_type') }} as device_type,
        sessions.browser_name,
        sessions.os_name,
        count(*) as sessions,
        sum(case when sessions.is_converted then 1 else 0 end) as conversions
    from sessions
    inner join periods on {{ in_period('sessions.first_seen_at') }}
    group by periods.period, {{ lower_simple('sessions.device_type') }}, sessions.browser_name, sessions.os_name

),

unfolded as (

    {%- for dimension in ['device_type', 'browser_name', 'os_name'] %}
    select
        period,
        '{{ dimension }}' as dimension,
        {{ dimension }} as name,
        sessions,
        conversions
    from counted
    {{ 'union all' if not loop.last }}
    {%- endfor %}

),

named as (

    select
        period,
        dimension,
        {{ known_or('name') }} as value,
        sessions,
        conversions
    from unfolded

),

final as (

    select
        period,
        dimension,
        value,
        {{ total('sessions') }} as sessions,
        {{ total('conversions') }} as conversions,
        {{ rate('sum(conversions)', 'sum(sessions)') }} as conversion_rate
    from named
    group by period, dimension, value

)

select * from final
