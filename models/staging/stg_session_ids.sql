{{ config(materialized='table') }}

with raw_sessions as (

    select * from {{ ref('base_utm_sessions') }}

),

session_rows as (

    select * from {{ ref('stg_session_rows') }}

),

visible as (

    select
        utm_session_id,
        session_key,
        session_key_hash
    from raw_sessions
    where invalid_reason is null and first_seen_at < {{ as_of() }}

),

owners as (

    select
        utm_session_id,
        max({{ by_code_point('session_key') }}) as session_key
    from visible
    group by utm_session_id

),

final as (

    select distinct
        visible.utm_session_id,
        session_rows.session_id,
        session_rows.bot_reason is not null as is_bot
    from visible
    inner join owners
        on visible.utm_session_id = owners.utm_session_id and visible.session_key = owners.session_key
    inner join session_rows on visible.session_key_hash = session_rows.session_key_hash

)

select * from final
