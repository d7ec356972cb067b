with raw_rows as (select * from {{ ref('base_orders') }} where invalid_reason is not null),

invalid_rows as (
    {{ received_values('orders', 'raw_rows') }}
)

select
    row_id,
    reason,
    id,
    order_number,
    user_id,
    session_key,
    utm_session_id,
    email,
    phone,
    total_sum,
    discount_amount,
    payment_status,
    status,
    pay_type,
    source,
    sale_source,
    utm_source,
    utm_medium,
    utm_campaign,
    utm_content,
    utm_term,
    created,
    updated,
    received,
    file_version
from invalid_rows
