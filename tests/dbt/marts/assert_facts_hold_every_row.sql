-- No session of a person, order, or action in such a session is lost or doubled on the way to its fact.
with counted as (

    select
        'fct_sessions' as fact,
        (select count(*) from {{ ref('fct_sessions') }}) as held,
        count(*) as staged
    from {{ ref('stg_kept_sessions') }}
    where bot_reason is null
    union all
    select
        'fct_orders' as fact,
        (select count(*) from {{ ref('fct_orders') }}) as held,
        count(*) as staged
    from {{ ref('stg_orders') }}

)

select *
from counted
where staged is distinct from held
