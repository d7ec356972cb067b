-- Days on which people were active: a session began or was last seen, an action, an order of any status.
with actions as (select * from {{ ref('fct_actions') }}),
orders as (select * from {{ ref('fct_orders') }}),

action_days as (
    select distinct
        session_id,
        acted_date
    from actions
),

people as (
    select
        person_id,
        first_session_id
    from {{ ref('dim_people') }}
    where first_session_id is not null
),

sessions as (
    select
        sessions.session_id,
        people.first_session_id,
        sessions.first_seen_date,
        sessions.last_seen_date
    from {{ ref('fct_sessions') }} as sessions
    inner join people on sessions.person_id = people.person_id
)

select
    first_session_id,
    first_seen_date as activity_date
from sessions
union
select
    first_session_id,
    last_seen_date as activity_date
from sessions
where last_seen_date <> first_seen_date
union
select
    sessions.first_session_id,
    action_days.acted_date as activity_date
from action_days
inner join sessions on action_days.session_id = sessions.session_id
where action_days.acted_date not in (sessions.first_seen_date, sessions.last_seen_date)
union
select
    people.first_session_id,
    orders.created_date as activity_date
from orders
inner join people on orders.person_id = people.person_id
