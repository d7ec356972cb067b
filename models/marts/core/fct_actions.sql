{{ config(
    materialized='incremental', incremental_strategy='append', on_schema_change='append_new_columns',
    pre_hook="{{ forget_changed_actions(ref('stg_action_rows'), ref('stg_session_ids')) }}",
) }}

-- A raw row never changes once it is read, and a row read by other rules is another row: its number
-- and its session say all that an action depends on. So a row that is here already is right.
with actions as (

    select *
    from {{ ref('stg_user_actions') }}
    {% if is_incremental() -%}
    where row_id not in (select held.row_id from {{ this }} as held)
    {%- endif %}

),

session_ids as (

    select * from {{ ref('stg_session_ids') }}

),

final as (

    select
        actions.action_id,
        session_ids.session_id,
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
        actions.row_id
    from actions
    inner join session_ids on actions.utm_session_id = session_ids.utm_session_id
    where not session_ids.is_bot

)

select * from final
