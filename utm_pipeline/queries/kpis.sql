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
        targets.position,
        targets.name,
        targets.target,
        targets.met,
        targets.unit,
        case
            when targets.name = 'data_freshness_minutes'
                then cast(extract(epoch from cast($asked_at as timestamp) - refresh.as_of) as double precision) / 60
            else targets.value
        end as value
    from rpt_kpi_targets as targets
    cross join rpt_refresh as refresh
    where targets.period = $period
)
select
    name,
    value,
    target,
    case when name = 'data_freshness_minutes' then value < target else met end as met,
    unit
from kpis
order by position
limit $limit;
