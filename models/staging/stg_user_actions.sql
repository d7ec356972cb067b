with raw_actions as (select * from {{ ref('base_user_actions') }}),
kept_actions as (select * from {{ ref('stg_kept_actions') }}),
points as (select * from {{ ref('action_points') }})

select
    raw_actions.row_id,
    raw_actions.row_version,
    raw_actions.action_id,
    raw_actions.utm_session_id,
    raw_actions.action_type,
    raw_actions.acted_at,
    raw_actions.page_path,
    raw_actions.product_id,
    raw_actions.product_name,
    raw_actions.cart_value,
    raw_actions.order_id,
    raw_actions.order_number,
    coalesce(
        raw_actions.points_earned,
        coalesce(points.points, 0)
        + case
            when raw_actions.action_type in ('lead', 'purchase') and raw_actions.cart_value > 0
                then cast(floor(raw_actions.cart_value / 100) as bigint)
            else 0
        end
    ) as points
from kept_actions
inner join raw_actions on kept_actions.row_id = raw_actions.row_id
left join points on raw_actions.action_type = points.action_type
