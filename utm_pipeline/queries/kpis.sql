/*
order:   190
title:   Ключові показники | Key figures
about:   показники, їхні цілі й чи досягнуто | key figures, their targets, and whether met
params:  period limit
example: --period month
*/
-- part: answer many name=code
with kpis as (
    select
        rpt_kpis.*,
        cast(
            extract(epoch from cast($asked_at as timestamp) - rpt_refresh.as_of)
            as double precision
        ) / 60 as data_freshness_minutes
    from rpt_kpis
    cross join rpt_refresh
    where rpt_kpis.period = $period
),
named as (
    select 1 as position, 'ltv_cpa_ratio' as name, ltv_cpa_ratio as value,
        3.0 as target, ltv_cpa_ratio > 3 as met from kpis
    union all
    select 2, 'repeat_rate', repeat_rate, 20.0, repeat_rate > 20 from kpis
    union all
    select 3, 'roi', roi, 150.0, roi > 150 from kpis
    union all
    select
        4, 'retention_week_1',
        cast(round(cast(cast(retention_week_1 as varchar) as decimal(38, 20)), 1)
            as double precision),
        30.0, retention_week_1 > 30
    from kpis
    union all
    select 5, 'cohort_coverage', cohort_coverage, 80.0, cohort_coverage > 80 from kpis
    union all
    select
        6, 'data_freshness_minutes', data_freshness_minutes, 5.0,
        data_freshness_minutes < 5
    from kpis
)
select name, value, target, met
from named
order by position
limit $limit;
