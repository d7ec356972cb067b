{{ config(
    materialized='incremental', incremental_strategy='append', on_schema_change='append_new_columns',
    pre_hook="{{ forget_changed_actions(ref('stg_kept_actions'), ref('stg_session_id_map')) }}",
    post_hook="{{ lookup_indexes([['session_id']]) }}",
) }}

-- The version of a raw row (its content, and the rules that it was read by) and its session say all
-- that an action depends on. So an action that is still here after the hook is right.
with session_id_map as (select * from {{ ref('stg_session_id_map') }}),

actions as (
    select *
    from {{ ref('stg_user_actions') }}
    {% if is_incremental() -%}
    where action_id not in (select held.action_id from {{ this }} as held)
    {%- endif %}
)

select
    actions.action_id,
    session_id_map.session_id,
    actions.action_type,
    actions.acted_at,
    {{ business_date('actions.acted_at') }} as acted_date,
    cast(actions.points as bigint) as points,
    actions.page_path,
    actions.product_id,
    actions.product_name,
    actions.cart_value,
    actions.order_id,
    actions.order_number,
    actions.row_version
from actions
inner join session_id_map on actions.utm_session_id = session_id_map.utm_session_id
where not session_id_map.is_bot
