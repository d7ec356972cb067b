-- A period and what `compare` sets against it: the period before; of all_time, which has none, its second
-- half against its first.
with periods as (

    select * from {{ ref('int_periods') }}

),

earliest as (

    select min(first_seen_at) as first_seen_at
    from {{ ref('fct_sessions') }}

),

halved as (

    select
        periods.*,
        periods.period = 'all_time' as is_halved,
        earliest.first_seen_at,
        {{ midpoint('earliest.first_seen_at', 'periods.ends_at') }} as middle_at
    from periods
    cross join earliest

),

final as (

    select
        period,
        'current' as side,
        case when is_halved then middle_at else starts_at end as starts_at,
        ends_at
    from halved
    union all
    select
        period,
        'previous' as side,
        case when is_halved then first_seen_at else previous_starts_at end as starts_at,
        case when is_halved then middle_at else previous_ends_at end as ends_at
    from halved

)

select * from final
