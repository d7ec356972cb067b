with sessions as (select * from {{ ref('fct_sessions') }}),
actions as (select * from {{ ref('fct_actions') }}),
orders as (select * from {{ ref('fct_orders') }}),
ad_spend as (select * from {{ ref('fct_ad_spend') }}),

-- 2 to the power of 16 days are 179 years: more than lies between any readable date and as_of
offsets as (
    select cast(numbers.generated_number as integer) - 1 as days_on
    from ({{ dbt.generate_series(65536) }}) as numbers
),

bounds as (
    select
        least(
            (select min(first_seen_date) from sessions),
            (select min(acted_date) from actions),
            (select min(created_date) from orders),
            (select min(spend_date) from ad_spend)
        ) as first_date,
        {{ business_date(as_of()) }} as last_date
),

days as (
    select cast({{ dbt.dateadd('day', 'offsets.days_on', 'bounds.first_date') }} as date) as calendar_date
    from bounds
    inner join offsets on offsets.days_on <= {{ dbt.datediff('bounds.first_date', 'bounds.last_date', 'day') }}
)

select
    calendar_date,
    cast(date_trunc('week', calendar_date) as date) as week_start_date,
    cast(date_trunc('month', calendar_date) as date) as month_start_date,
    cast(date_trunc('year', calendar_date) as date) as year_start_date
from days
