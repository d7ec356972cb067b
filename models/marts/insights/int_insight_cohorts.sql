-- The last weekly cohort whose week 1 ended in a period, where too few came back in that week even at the
-- upper end of the interval (metrics.md 8).
with periods as (select * from {{ ref('int_periods') }}),

first_weeks as (
    select
        cohort_start,
        size,
        active,
        {{ day_to_utc(shift('cohort_start', 14, 'day')) }} as ended_at
    from {{ ref('rpt_cohort_matrix') }}
    where scope = 'shop' and cohort_type = 'week' and period_index = 1
),

ended as (
    select
        periods.period,
        first_weeks.*,
        row_number() over (partition by periods.period order by first_weeks.cohort_start desc) as nth
    from first_weeks
    inner join periods on first_weeks.ended_at between periods.starts_at and periods.ends_at
)

select
    period,
    {{ insight("'cohort_below_target'", {
        'cohort_start': 'cohort_start',
        'size': 'size',
        'retention': rate('active', 'size'),
        'retention_high': wilson_upper('active', 'size'),
        'target': var('insight_retention_target'),
        'weight': 'size',
    }) }}
from ended
where nth = 1
    and size >= {{ var('insight_min_cohort') }}
    and {{ wilson_upper('active', 'size') }} < {{ var('insight_retention_target') }}
