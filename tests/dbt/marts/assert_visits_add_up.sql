-- First and returning visits are all sessions; so are the sessions of all countries, cities, devices,
-- browsers and systems.
with general as (

    select
        period,
        total_sessions
    from {{ ref('rpt_general_stats') }}

),

parts as (

    select
        'visits' as part,
        period,
        first_visits + returning_visits as sessions
    from {{ ref('rpt_visitors') }}
    {%- for part in ['countries', 'cities'] %}
    union all
    select
        '{{ part }}' as part,
        period,
        sum(sessions) as sessions
    from {{ ref('rpt_' ~ part) }}
    group by period
    {%- endfor %}
    union all
    select
        dimension as part,
        period,
        sum(sessions) as sessions
    from {{ ref('rpt_technology') }}
    group by dimension, period

),

expected as (

    {%- for part in ['visits', 'countries', 'cities', 'device_type', 'browser_name', 'os_name'] %}
    select
        '{{ part }}' as part,
        period,
        total_sessions
    from general
    {{ 'union all' if not loop.last }}
    {%- endfor %}

)

select
    parts.sessions,
    expected.total_sessions,
    coalesce(parts.part, expected.part) as part,
    coalesce(parts.period, expected.period) as period
from expected
full outer join parts on expected.part = parts.part and expected.period = parts.period
where coalesce(expected.total_sessions, -1) is distinct from coalesce(parts.sessions, 0)
