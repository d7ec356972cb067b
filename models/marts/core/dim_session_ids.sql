{{ config(post_hook="{{ lookup_indexes([['utm_session_id']]) }}") }}

with session_id_map as (select * from {{ ref('stg_session_id_map') }})

select
    utm_session_id,
    session_id
from session_id_map
where not is_bot
