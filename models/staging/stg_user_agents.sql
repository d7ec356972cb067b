-- depends on: {{ ref('bot_user_agents') }}
with sessions as (select * from {{ ref('base_utm_sessions') }}),

user_agents as (
    select distinct user_agent
    from sessions
    where user_agent is not null
)

select
    user_agent,
    {{ bot_reason('user_agent') }} as bot_reason
from user_agents
