{{ config(materialized='table') }}

-- Sessions counted by the place they came from, under the name that the period shows for a code.
with periods as (

    select * from {{ ref('int_periods') }}

),

sessions as (

    select * from {{ ref('fct_sessions') }}

),

placed as (

    select
        periods.period,
        {{ known_or(upper_simple('sessions.country'), 'null') }} as code,
        {{ known_or('sessions.country_name', 'null') }} as name,
        {{ known_or('sessions.city') }} as city,
        count(*) as sessions,
        sum(case when sessions.is_converted then 1 else 0 end) as conversions
    from sessions
    inner join periods on {{ in_period('sessions.first_seen_at') }}
    group by
        periods.period,
        {{ known_or(upper_simple('sessions.country'), 'null') }},
        {{ known_or('sessions.country_name', 'null') }},
        {{ known_or('sessions.city') }}

),

names as (

    select
        period,
        code,
        name,
        row_number() over (
            partition by period, code
            order by sum(sessions) desc, {{ by_code_point('name') }}
        ) as place
    from placed
    where code is not null and name is not null
    group by period, code, name

),

named as (

    select
        placed.period,
        placed.code,
        placed.city,
        placed.sessions,
        placed.conversions,
        case when placed.code is not null then coalesce(names.name, placed.code) else coalesce(placed.name, 'Unknown') end as country
    from placed
    left join names on placed.period = names.period and placed.code = names.code and names.place = 1

),

final as (

    select
        period,
        country,
        code,
        city,
        {{ total('sessions') }} as sessions,
        {{ total('conversions') }} as conversions
    from named
    group by period, country, code, city

)

select * from final
