with periods as (select * from {{ ref('int_periods') }}),
refresh as (select * from {{ ref('rpt_refresh') }})

-- all_time begins with the earliest session, and its halves are compared
select
    periods.period,
    periods.position,
    case when periods.period <> 'all_time' then periods.starts_at end as starts_at,
    periods.ends_at,
    case when periods.period <> 'all_time' then periods.first_date else {{ business_date('refresh.first_seen_at') }} end as first_date,
    periods.last_date,
    case when periods.period <> 'all_time' then periods.previous_starts_at else refresh.first_seen_at end as previous_starts_at,
    case
        when periods.period <> 'all_time' then periods.previous_ends_at
        else {{ midpoint('refresh.first_seen_at', 'periods.ends_at') }}
    end as previous_ends_at
from periods
cross join refresh
