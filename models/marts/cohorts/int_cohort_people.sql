with people as (select * from {{ ref('dim_people') }} where first_session_id is not null),

starts as (
    select
        'day' as cohort_type,
        first_session_date as cohort_start,
        *
    from people
    union all
    select
        'week' as cohort_type,
        cast(date_trunc('week', first_session_date) as date) as cohort_start,
        *
    from people
    union all
    select
        'month' as cohort_type,
        cast(date_trunc('month', first_session_date) as date) as cohort_start,
        *
    from people
)

select
    cohort_type,
    cohort_start,
    first_session_id,
    person_id,
    first_source as utm_source,
    is_converted
from starts
