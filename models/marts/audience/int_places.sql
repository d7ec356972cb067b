with periods as (select * from {{ ref('int_periods') }}),

-- what is missing or `unknown`, in any case, is absent
sessions as (
    select
        first_seen_at,
        is_converted,
        {{ known(upper_simple('country')) }} as code,
        {{ known('country_name') }} as name,
        coalesce({{ known('city') }}, 'Unknown') as city
    from {{ ref('fct_sessions') }}
),

counted as (
    select
        periods.period,
        sessions.code,
        sessions.name,
        sessions.city,
        count(*) as sessions,
        count(*) filter (where sessions.is_converted) as conversions
    from sessions
    inner join periods on {{ in_period('sessions.first_seen_at') }}
    group by periods.period, sessions.code, sessions.name, sessions.city
),

-- the name that most sessions of a code have in the period
names as (
    select
        period,
        code,
        name,
        row_number() over (partition by period, code order by sum(sessions) desc, name) as rank_in_code
    from counted
    where code is not null and name is not null
    group by period, code, name
),

named as (
    select
        counted.*,
        case when counted.code is not null then coalesce(names.name, counted.code) else coalesce(counted.name, 'Unknown') end as country
    from counted
    left join names on counted.period = names.period and counted.code = names.code and names.rank_in_code = 1
)

select
    period,
    country,
    code,
    city,
    cast(sum(sessions) as bigint) as sessions,
    cast(sum(conversions) as bigint) as conversions
from named
group by period, country, code, city
