with refunds as (select * from {{ ref('stg_refunds') }})

select
    order_id,
    sum(amount) as refunded_amount
from refunds
group by order_id
