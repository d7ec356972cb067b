with periods as (

    select * from {{ ref('int_periods') }}

),

previous as (

    select * from {{ ref('int_compare_windows') }}
    where side = 'previous'

),

refresh as (

    select * from {{ ref('rpt_refresh') }}

),

final as (

    select
        periods.period,
        periods.position,
        case when periods.period <> 'all_time' then periods.starts_at end as starts_at,
        periods.ends_at,
        case when periods.period <> 'all_time' then periods.first_date else {{ business_date('refresh.first_seen_at') }} end as first_date,
        periods.last_date,
        previous.starts_at as previous_starts_at,
        previous.ends_at as previous_ends_at
    from periods
    inner join previous on periods.period = previous.period
    cross join refresh

)

select * from final
