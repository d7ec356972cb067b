{{ config(materialized='view') }}

-- The last weekly cohort whose week 1 ended in a period, where too few came back in that week even at the
-- upper end of the interval (metrics.md 8).
with periods as (

    select * from {{ ref('int_periods') }}

),

returned as (

    select
        cohort_start,
        sum(active) as active
    from {{ ref('rpt_cohort_cells') }}
    where cohort_type = 'week' and period_index = 1
    group by cohort_start

),

cohorts as (

    select
        cohort_start,
        {{ business_to_utc(shift('cohort_start', 14, 'day')) }} as ended_at,
        {{ total('size') }} as size
    from {{ ref('rpt_cohorts') }}
    where cohort_type = 'week' and complete_periods > 1
    group by cohort_start

),

ended as (

    select
        periods.period,
        cohorts.cohort_start,
        cohorts.size,
        cast(coalesce(returned.active, 0) as bigint) as active,
        row_number() over (partition by periods.period order by cohorts.cohort_start desc) as place
    from cohorts
    inner join periods on cohorts.ended_at between periods.starts_at and periods.ends_at
    left join returned on cohorts.cohort_start = returned.cohort_start

),

final as (

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
    where place = 1
        and size >= {{ var('insight_min_cohort') }}
        and {{ wilson_upper('active', 'size') }} < {{ var('insight_retention_target') }}

)

select * from final
