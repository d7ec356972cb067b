with periods as (select * from {{ ref('rpt_periods') }})

select
    period,
    'current' as side,
    case when period = 'all_time' then previous_ends_at else starts_at end as starts_at,
    ends_at
from periods
union all
select
    period,
    'previous' as side,
    previous_starts_at as starts_at,
    previous_ends_at as ends_at
from periods
