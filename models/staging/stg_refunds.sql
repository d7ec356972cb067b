with raw_refunds as (select * from {{ ref('base_refunds') }}),

ranked as (
    select
        *,
        row_number() over (
            partition by refund_id
            order by {{ tie_break(['refunded_at', 'amount', 'order_id']) }}
        ) as nth
    from raw_refunds
    where invalid_reason is null and refunded_at < {{ as_of() }}
)

select
    row_id,
    refund_id,
    order_id,
    amount,
    refunded_at
from ranked
where refund_id is null or nth = 1
