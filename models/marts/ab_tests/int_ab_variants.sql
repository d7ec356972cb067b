-- Creatives of a campaign in a period, over all of its sources and in each; those with too few sessions are
-- listed but take no part.
with periods as (select * from {{ ref('int_periods') }}),
sessions as (select * from {{ ref('fct_sessions') }} where utm_content is not null),

by_source as (
    select
        periods.period,
        'source' as scope,
        sessions.utm_campaign,
        sessions.utm_source,
        sessions.utm_content,
        count(*) as sessions,
        count(*) filter (where sessions.is_converted) as conversions,
        cast(sum(sessions.orders) as bigint) as orders,
        cast(sum(sessions.revenue) as decimal(38, 2)) as revenue,
        min(sessions.first_seen_at) as first_session_at,
        max(sessions.first_seen_at) as last_session_at
    from sessions
    inner join periods on {{ in_period('sessions.first_seen_at') }}
    group by periods.period, sessions.utm_campaign, sessions.utm_source, sessions.utm_content
),

combined as (
    select * from by_source
    union all
    select
        period,
        'campaign' as scope,
        utm_campaign,
        null as utm_source,
        utm_content,
        cast(sum(sessions) as bigint) as sessions,
        cast(sum(conversions) as bigint) as conversions,
        cast(sum(orders) as bigint) as orders,
        cast(sum(revenue) as decimal(38, 2)) as revenue,
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
)

select
    *,
    case
        when takes_part
            then row_number() over (
                    partition by period, scope, utm_campaign, utm_source, takes_part
                    order by conversion_rate desc, sessions desc, utm_content asc
                )
    end as rank_in_test,
    sum(case when takes_part then 1 else 0 end) over (partition by period, scope, utm_campaign, utm_source) as contenders
from measured
