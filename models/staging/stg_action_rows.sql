{{ config(materialized='table') }}

with raw_actions as (

    select * from {{ ref('base_user_actions') }}

),

visible as (

    select *
    from raw_actions
    where invalid_reason is null and acted_at < {{ as_of() }}

),

repeated_ids as (

    select action_id
    from visible
    group by action_id
    having count(*) > 1

),

ranked as (

    select
        visible.row_id,
        row_number() over (
            partition by visible.action_id
            order by
                visible.acted_at desc, visible.utm_session_id desc nulls last, visible.action_type desc,
                {{ tie_break(['visible.points_earned', 'visible.cart_value', 'visible.page_path', 'visible.product_id',
                    'visible.product_name', 'visible.order_id', 'visible.order_number']) }}
        ) as place
    from visible
    inner join repeated_ids on visible.action_id = repeated_ids.action_id

),

dropped as (

    select row_id
    from ranked
    where place > 1

),

final as (

    select
        visible.row_id,
        visible.row_version,
        visible.action_id,
        visible.utm_session_id
    from visible
    where visible.row_id not in (select dropped.row_id from dropped)

)

select * from final
