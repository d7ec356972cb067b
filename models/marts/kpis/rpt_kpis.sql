with periods as (select * from {{ ref('int_periods') }}),
refresh as (select * from {{ ref('rpt_refresh') }}),
people as (select * from {{ ref('dim_people') }}),
sources as (select * from {{ ref('rpt_ltv') }}),
returns as (select * from {{ ref('rpt_roi_totals') }}),
repeat_rates as (select * from {{ ref('rpt_repeat_rate') }} where scope = 'shop'),
cohorts as (select * from {{ ref('rpt_cohort_matrix') }} where scope = 'shop'),

worth as (
    select
        period,
        sum(new_customer_revenue) as new_customer_revenue,
        sum(new_customers) as new_customers,
        sum(ad_spend) as ad_spend
    from sources
    group by period
),

-- weekly cohorts of the default range that have a complete week 1, weighted by size
first_weeks as (
    select {{ rate('sum(cohorts.active)', 'sum(cohorts.size)') }} as retention_week_1
    from cohorts
    cross join refresh
    where cohorts.cohort_type = 'week' and cohorts.period_index = 1
        and cohorts.cohort_start >= cast(date_trunc('week', {{ shift('refresh.as_of_date', -90, 'day') }}) as date)
),

coverage as (
    select {{ rate('sum(case when first_session_id is not null then revenue else 0 end)', 'sum(revenue)') }} as cohort_coverage
    from people
)

select
    periods.period,
    case when worth.new_customers > 0 then {{ ratio('worth.new_customer_revenue', 'worth.ad_spend') }} end as ltv_cpa_ratio,
    repeat_rates.repeat_rate,
    returns.ad_roi as roi,
    first_weeks.retention_week_1,
    coverage.cohort_coverage
from periods
cross join first_weeks
cross join coverage
left join worth on periods.period = worth.period
left join returns on periods.period = returns.period
left join repeat_rates on periods.period = repeat_rates.period
