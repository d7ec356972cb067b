{{ config(on_schema_change=on_changed_columns()) }}

-- depends on: {{ source('raw', 'refunds') }}
with raw_rows as (
    {{ new_raw_rows('refunds') }}
)

select
    {{ next_row_id() }} as row_id,
    file_version,
    invalid_reason,
    received,
    {{ run_moment() }} as read_at,
    id as refund_id,
    order_id,
    amount,
    created as refunded_at
from raw_rows
