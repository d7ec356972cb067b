-- Names that look like one source's: they are the same once they are simplified (metrics.md 8).
with sources as (select * from {{ ref('rpt_sources') }} where sessions > 0),

simplified as (
    select
        period,
        utm_source,
        sessions,
        {{ simplified_source('utm_source') }} as simple_name
    from sources
),

ranked as (
    select
        *,
        row_number() over (partition by period, simple_name order by sessions desc, utm_source asc) as rank_in_name
    from simplified
    where simple_name <> ''
),

merged as (
    select
        period,
        simple_name,
        count(*) as sources,
        sum(sessions) as sessions,
        sum(sessions) filter (where rank_in_name > 1) as other_sessions,
        max(utm_source) filter (where rank_in_name = 1) as utm_source,
        max(utm_source) filter (where rank_in_name = 2) as other_source
    from ranked
    group by period, simple_name
)

select
    period,
    {{ insight("'split_source'", {
        'utm_source': 'utm_source',
        'other_source': 'other_source',
        'sources': 'sources',
        'sessions': 'sessions',
        'other_sessions': 'other_sessions',
        'weight': 'other_sessions',
    }) }}
from merged
where sources > 1
