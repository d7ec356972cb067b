with raw_actions as (select * from {{ ref('base_user_actions') }}),

-- narrow: an engine may keep what several steps read
visible as (
    select
        row_id,
        row_version,
        action_id,
        utm_session_id
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
        raw_actions.row_id,
        row_number() over (
            partition by raw_actions.action_id
            order by
                raw_actions.acted_at desc, raw_actions.utm_session_id desc nulls last, raw_actions.action_type desc,
                {{ tie_break(['raw_actions.points_earned', 'raw_actions.cart_value', 'raw_actions.page_path', 'raw_actions.product_id',
                    'raw_actions.product_name', 'raw_actions.order_id', 'raw_actions.order_number']) }}
        ) as nth
    from raw_actions
    inner join repeated_ids on raw_actions.action_id = repeated_ids.action_id
    where raw_actions.invalid_reason is null and raw_actions.acted_at < {{ as_of() }}
),

dropped as (
    select row_id
    from ranked
    where nth > 1
)

select
    visible.row_id,
    visible.row_version,
    visible.action_id,
    visible.utm_session_id
from visible
where visible.row_id not in (select dropped.row_id from dropped)
