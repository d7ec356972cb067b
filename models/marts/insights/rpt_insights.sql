-- The weightiest of each kind come first, then the second of each, so that no kind crowds the others out.
with found as (
    select * from {{ ref('int_insight_spend') }}
    union all
    select * from {{ ref('int_insight_conversions') }}
    union all
    select * from {{ ref('int_insight_creatives') }}
    union all
    select * from {{ ref('int_insight_cohorts') }}
    union all
    select * from {{ ref('int_insight_names') }}
),

ranked as (
    select
        *,
        row_number() over (
            partition by period, kind
            order by weight desc, coalesce(utm_source, ''), coalesce(utm_campaign, ''), coalesce(utm_content, '')
        ) as rank_in_kind,
        -- the order of the kinds among insights of equal rank
        case kind
            when 'spend_without_return' then 1
            when 'conversion_fell' then 2
            when 'creative_won' then 3
            when 'conversion_rose' then 4
            when 'cohort_below_target' then 5
            when 'split_source' then 6
        end as kind_position
    from found
),

positioned as (
    select
        *,
        row_number() over (partition by period order by rank_in_kind, kind_position) as position
    from ranked
)

select
    period,
    position,
    kind,
    utm_source,
    other_source,
    sources,
    utm_campaign,
    utm_content,
    cohort_start,
    size,
    sessions,
    previous_sessions,
    other_sessions,
    conversions,
    conversion_rate,
    previous_conversion_rate,
    ad_spend,
    ad_cost_per_conversion,
    retention,
    retention_high,
    target,
    confidence,
    winner_lift,
    recommendation,
    weight
from positioned
where position <= {{ var('insight_rows') }}
