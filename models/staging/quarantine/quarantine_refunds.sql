with raw_rows as (select * from {{ ref('base_refunds') }} where invalid_reason is not null),

invalid_rows as (
    {{ received_values('refunds', 'raw_rows') }}
)

select
    row_id,
    reason,
    id,
    order_id,
    amount,
    created,
    received,
    file_version
from invalid_rows
