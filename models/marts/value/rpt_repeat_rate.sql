with periods as (select * from {{ ref('int_periods') }}),
customers as (select * from {{ ref('int_repeat_customers') }}),
occasions as (select * from {{ ref('int_order_occasions') }} where previous_occasion_at is not null),

-- a gap counts in the period in which it ends
gaps as (
    select
        periods.period,
        occasions.scope,
        occasions.utm_source,
        count(*) as gaps,
        sum({{ microseconds_between('occasions.previous_occasion_at', 'occasions.occasion_at') }}) as microseconds
    from occasions
    inner join periods on {{ in_period('occasions.occasion_at') }}
    group by periods.period, occasions.scope, occasions.utm_source
),

measured as (
    select
        customers.*,
        {{ rate('customers.repeat_customers', 'customers.total_customers') }} as repeat_rate,
        {{ ratio('gaps.microseconds', '86400000000 * gaps.gaps') }} as avg_time_between_orders
    from customers
    left join gaps
        on customers.period = gaps.period
            and customers.scope = gaps.scope
            and coalesce(customers.utm_source, '') = coalesce(gaps.utm_source, '')
)

select
    period,
    scope,
    utm_source,
    total_customers,
    repeat_customers,
    total_customers - repeat_customers as one_time_customers,
    repeat_rate,
    {{ ratio('total_orders', 'total_customers') }} as avg_orders_per_customer,
    avg_time_between_orders,
    total_orders,
    case
        when total_customers < {{ var('rating_min_customers') }} then null
        when repeat_rate > {{ var('repeat_rate_excellent') }} then 'excellent'
        when repeat_rate >= {{ var('repeat_rate_good') }} then 'good'
        when repeat_rate >= {{ var('repeat_rate_average') }} then 'average'
        when repeat_rate is not null then 'poor'
    end as rating,
    case
        when avg_time_between_orders < {{ var('interval_impulse_days') }} then 'impulse'
        when avg_time_between_orders <= {{ var('interval_regular_days') }} then 'regular'
        when avg_time_between_orders is not null then 'seasonal'
    end as order_interval
from measured
