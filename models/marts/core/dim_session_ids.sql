{{ config(post_hook="{{ lookup_indexes([['utm_session_id']]) }}") }}

with session_ids as (

    select * from {{ ref('stg_session_ids') }}

),

final as (

    select
        utm_session_id,
        session_id
    from session_ids
    where not is_bot

)

select * from final
