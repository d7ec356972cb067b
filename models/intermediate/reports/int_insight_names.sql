{{ config(materialized='view') }}

-- Names that look like one source's: they are the same once they are simplified (metrics.md 8).
with sources as (

    select
        period,
        utm_source,
        sessions,
        {{ simplified_source('utm_source') }} as simplified
    from {{ ref('rpt_sources') }}
    where sessions > 0

),

ranked as (

    select
        period,
        simplified,
        utm_source,
        sessions,
        row_number() over (
            partition by period, simplified order by sessions desc, {{ by_code_point('utm_source') }}
        ) as place
    from sources
    where simplified <> ''

),

merged as (

    select
        period,
        simplified,
        count(*) as sources,
        {{ total('sessions') }} as sessions,
        {{ total('case when place > 1 then sessions else 0 end') }} as other_sessions,
        max(case when place = 1 then utm_source end) as utm_source,
        max(case when place = 2 then utm_source end) as other_source
    from ranked
    group by period, simplified

),

final as (

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

)

select * from final
