-- Creatives of a campaign in a period, over all sources (source null) and per source; those with too few
-- sessions are listed but take no part.
with periods as (

    select * from {{ ref('int_periods') }}

),

sessions as (

    select * from {{ ref('fct_sessions') }}

),

by_source as (

    select
        periods.period,
        sessions.utm_campaign,
        sessions.utm_source,
        sessions.utm_content,
        count(*) as sessions,
        {{ total('case when sessions.is_converted then 1 else 0 end') }} as conversions,
        {{ total('sessions.orders') }} as orders,
        {{ money_total('sessions.revenue') }} as revenue,
        min(sessions.first_seen_at) as first_session_at,
        max(sessions.first_seen_at) as last_session_at
    from sessions
    inner join periods on {{ in_period('sessions.first_seen_at') }}
    where sessions.utm_content is not null
    group by periods.period, sessions.utm_campaign, sessions.utm_source, sessions.utm_content

),

combined as (

    select * from by_source
    union all
    select
        period,
        utm_campaign,
        cast(null as {{ dbt.type_string() }}) as utm_source,
        utm_content,
        {{ total('sessions') }} as sessions,
        {{ total('conversions') }} as conversions,
        {{ total('orders') }} as orders,
        {{ money_total('revenue') }} as revenue,
        min(first_session_at) as first_session_at,
        max(last_session_at) as last_session_at
    from by_source
    group by period, utm_campaign, utm_content

),

measured as (

    select
        *,
        {{ rate('conversions', 'sessions') }} as conversion_rate,
        sessions >= {{ var('ab_min_sessions') }} as takes_part
    from combined

),

final as (

    select
        *,
        case
            when takes_part
                then row_number() over (
                        partition by period, utm_campaign, utm_source, takes_part
                        order by conversion_rate desc, sessions desc, {{ by_code_point('utm_content') }}
                    )
        end as place,
        sum(case when takes_part then 1 else 0 end) over (partition by period, utm_campaign, utm_source) as contenders
    from measured

)

select * from final
