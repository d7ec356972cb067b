{{ config(on_schema_change=on_changed_columns()) }}

-- depends on: {{ source('raw', 'user_actions') }}
with raw_rows as (
    {{ new_raw_rows('user_actions') }}
)

select
    {{ next_row_id() }} as row_id,
    {{ row_version([
        'id', 'utm_session_id', 'action_type', '"timestamp"', page_path('page_path'), 'product_id', 'product_name', 'cart_value',
        'order_id', 'order_number', 'points_earned', literal(rules_version() if execute else ''),
    ]) }} as row_version,
    file_version,
    invalid_reason,
    received,
    {{ run_moment() }} as read_at,
    id as action_id,
    utm_session_id,
    action_type,
    timestamp as acted_at,
    {{ page_path('page_path') }} as page_path,
    product_id,
    product_name,
    cart_value,
    order_id,
    order_number,
    points_earned
from raw_rows
