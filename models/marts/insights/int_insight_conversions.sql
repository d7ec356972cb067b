-- Sources whose conversion rate changed beyond chance: a z-test against the period before, corrected after
-- Bonferroni for the number of sources that are tested (metrics.md 8).
with sources as (
    select * from {{ ref('int_compare_sources') }}
    where period <> 'all_time' and sessions >= {{ var('insight_min_sessions') }}
),

paired as (
    select
        newer.period,
        newer.utm_source,
        newer.sessions,
        newer.conversions,
        older.sessions as previous_sessions,
        older.conversions as previous_conversions,
        least(newer.sessions, older.sessions) as smaller,
        newer.sessions + older.sessions as both_sessions,
        newer.conversions + older.conversions as both_conversions
    from sources as newer
    inner join sources as older on newer.period = older.period and newer.utm_source = older.utm_source
    where newer.side = 'current' and older.side = 'previous'
),

tested as (
    select
        *,
        count(*) over (partition by period) as tests,
        {{ pooled_z('conversions', 'sessions', 'previous_conversions', 'previous_sessions') }} as z
    from paired
    where smaller * both_conversions >= {{ var('insight_min_expected') }} * both_sessions
        and smaller * (both_sessions - both_conversions) >= {{ var('insight_min_expected') }} * both_sessions
),

judged as (
    select
        *,
        100 * (1 - least(2 * {{ normal_tail('z') }} * tests, 1)) as confidence,
        {{ ratio('abs(conversions * previous_sessions - previous_conversions * sessions)', 'previous_sessions') }} as moved
    from tested
)

select
    period,
    {{ insight("case when z < 0 then 'conversion_fell' else 'conversion_rose' end", {
        'utm_source': 'utm_source',
        'sessions': 'sessions',
        'previous_sessions': 'previous_sessions',
        'conversions': 'conversions',
        'conversion_rate': rate('conversions', 'sessions'),
        'previous_conversion_rate': rate('previous_conversions', 'previous_sessions'),
        'confidence': 'confidence',
        'weight': 'moved',
    }) }}
from judged
where confidence > {{ var('insight_confidence') }}
