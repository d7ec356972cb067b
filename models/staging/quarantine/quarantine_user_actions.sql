with raw_rows as (select * from {{ ref('base_user_actions') }} where invalid_reason is not null),

invalid_rows as (
    {{ received_values('user_actions', 'raw_rows') }}
)

select
    row_id,
    reason,
    id,
    utm_session_id,
    action_type,
    timestamp,
    page_path,
    product_id,
    product_name,
    cart_value,
    order_id,
    order_number,
    points_earned,
    received,
    file_version
from invalid_rows
