-- What the KPIs are made of; data_freshness_minutes alone is asked at the time of asking.
with periods as (

    select * from {{ ref('int_periods') }}

),

worth as (

    select
        period,
        sum(new_customer_revenue) as new_customer_revenue,
        sum(new_customers) as new_customers,
        sum(ad_spend) as ad_spend
    from {{ ref('rpt_ltv') }}
    group by period

),

returns as (

    select
        period,
        {{ rate('(sum(revenue) - sum(ad_spend))', 'sum(ad_spend)') }} as roi
    from {{ ref('rpt_roi') }}
    group by period

),

repeat_rates as (

    select
        period,
        repeat_rate
    from {{ ref('rpt_repeat_rate') }}
    where utm_source is null

),

-- weekly cohorts of the default range that have a complete week 1, weighted by size
first_weeks as (

    select
        {{ rate('sum(cells.active)', 'sum(cohorts.size)') }} as retention_week_1
    from {{ ref('rpt_cohorts') }} as cohorts
    left join {{ ref('rpt_cohort_cells') }} as cells
        on cohorts.cohort_type = cells.cohort_type
            and cohorts.cohort_start = cells.cohort_start
            and cohorts.utm_source = cells.utm_source
            and cells.period_index = 1
    where cohorts.cohort_type = 'week' and cohorts.complete_periods > 1
        and cohorts.cohort_start >= cast({{ dbt.date_trunc('week', shift(business_date(as_of()), -90, 'day')) }} as date)

),

coverage as (

    select
        {{ rate("sum(case when first_session_id is not null then revenue else 0 end)", 'sum(revenue)') }} as cohort_coverage
    from {{ ref('dim_people') }}

),

final as (

    select
        periods.period,
        case when worth.new_customers > 0 then {{ ratio('worth.new_customer_revenue', 'worth.ad_spend') }} end as ltv_cpa_ratio,
        repeat_rates.repeat_rate,
        returns.roi,
        first_weeks.retention_week_1,
        coverage.cohort_coverage
    from periods
    cross join first_weeks
    cross join coverage
    left join worth on periods.period = worth.period
    left join returns on periods.period = returns.period
    left join repeat_rates on periods.period = repeat_rates.period

)

select * from final
