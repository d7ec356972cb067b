{{ config(materialized='view') }}

-- A person's cohort is the day, week or month of their first session; their source is that session's.
with people as (

    select * from {{ ref('dim_people') }}
    where first_session_id is not null

),

final as (
    {% for unit in ['day', 'week', 'month'] %}
    select
        '{{ unit }}' as cohort_type,
        cast({{ dbt.date_trunc(unit, 'first_session_date') }} as date) as cohort_start,
        first_session_id,
        person_id,
        first_source as utm_source,
        is_converted
    from people
    {{ 'union all' if not loop.last }}
    {%- endfor %}

)

select * from final
