with people as (

    select * from {{ ref('int_cohort_people') }}

),

orders as (

    select * from {{ ref('fct_orders') }}
    where is_paid

),

sizes as (

    select
        cohort_type,
        cohort_start,
        utm_source,
        count(*) as size,
        {{ total('case when is_converted then 1 else 0 end') }} as converted
    from people
    group by cohort_type, cohort_start, utm_source

),

bought as (

    select
        people.cohort_type,
        people.cohort_start,
        people.utm_source,
        count(*) as orders,
        sum(orders.revenue) as revenue
    from people
    inner join orders on people.person_id = orders.person_id and people.cohort_start <= orders.created_date
    group by people.cohort_type, people.cohort_start, people.utm_source

),

clock as (

    select {{ business_date(as_of()) }} as as_of_date

),

final as (

    select
        sizes.cohort_type,
        sizes.cohort_start,
        sizes.utm_source,
        sizes.size,
        sizes.converted,
        cast(coalesce(bought.orders, 0) as bigint) as orders,
        cast(coalesce(bought.revenue, 0) as decimal(38, 2)) as revenue,
        -- a period is complete once the day after it has begun
        least(
            case sizes.cohort_type
                when 'day' then {{ units_between('day', 'sizes.cohort_start', 'clock.as_of_date') }}
                when 'week' then {{ units_between('week', 'sizes.cohort_start', 'clock.as_of_date') }}
                else {{ units_between('month', 'sizes.cohort_start', 'clock.as_of_date') }}
            end,
            {{ var('cohort_periods') }}
        ) as complete_periods
    from sizes
    cross join clock
    left join bought
        on sizes.cohort_type = bought.cohort_type
            and sizes.cohort_start = bought.cohort_start
            and sizes.utm_source = bought.utm_source

)

select * from final
