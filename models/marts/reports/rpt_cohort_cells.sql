-- Additive: cells of several sources or cohorts add up. Cells without activity or orders have no row.
with people as (

    select * from {{ ref('int_cohort_people') }}

),

activity as (

    select * from {{ ref('int_activity') }}

),

orders as (

    select * from {{ ref('fct_orders') }}
    where is_paid

),

{% for unit in ['day', 'week', 'month'] %}
active_by_{{ unit }} as (

    select distinct
        people.cohort_type,
        people.cohort_start,
        people.utm_source,
        people.first_session_id,
        {{ units_between(unit, 'people.cohort_start', 'activity.activity_date') }} as period_index
    from people
    inner join activity on people.first_session_id = activity.first_session_id
    where people.cohort_type = '{{ unit }}' and activity.activity_date >= people.cohort_start

),

bought_by_{{ unit }} as (

    select
        people.cohort_type,
        people.cohort_start,
        people.utm_source,
        {{ units_between(unit, 'people.cohort_start', 'orders.created_date') }} as period_index,
        orders.revenue
    from people
    inner join orders on people.person_id = orders.person_id
    where people.cohort_type = '{{ unit }}' and orders.created_date >= people.cohort_start

),

{% endfor -%}

cells as (
    {% for unit in ['day', 'week', 'month'] %}
    select
        cohort_type,
        cohort_start,
        utm_source,
        period_index,
        1 as active,
        0 as orders,
        cast(0 as {{ money() }}) as revenue
    from active_by_{{ unit }}
    union all
    select
        cohort_type,
        cohort_start,
        utm_source,
        period_index,
        0 as active,
        1 as orders,
        revenue
    from bought_by_{{ unit }}
    {{ 'union all' if not loop.last }}
    {%- endfor %}

),

final as (

    select
        cohort_type,
        cohort_start,
        utm_source,
        period_index,
        {{ total('active') }} as active,
        {{ total('orders') }} as orders,
        {{ money_total('revenue') }} as revenue
    from cells
    where period_index < {{ var('cohort_periods') }}
    group by cohort_type, cohort_start, utm_source, period_index

)

select * from final
