{{ config(post_hook="{{ lookup_indexes([['session_id']]) }}") }}

with orders as (select * from {{ ref('stg_orders') }}),
order_people as (select * from {{ ref('int_order_people') }}),
order_tags as (select * from {{ ref('int_order_tags') }}),
refunds as (select * from {{ ref('int_refunds') }}),
categories as (select * from {{ ref('stg_source_categories') }}),

joined as (
    select
        orders.*,
        order_people.person_id,
        order_tags.touch_origin,
        order_tags.utm_source as unit_source,
        order_tags.utm_medium as unit_medium,
        order_tags.utm_campaign as unit_campaign,
        order_tags.utm_content as unit_content,
        order_tags.utm_term as unit_term,
        categories.category as unit_category,
        coalesce(refunds.refunded_amount, 0) as refunded_amount,
        orders.total_sum - {{ '0' if var('total_sum_is_net') else 'orders.discount_amount' }} as net_sum,
        coalesce(orders.status <> 'cancelled', true) and coalesce(orders.payment_status = 'paid', false) as is_paid,
        coalesce(orders.status <> 'cancelled', true) and coalesce(orders.payment_status in ('prepaid', 'partial'), false) as is_lead
    from orders
    inner join order_people on orders.order_id = order_people.order_id
    inner join order_tags on orders.order_id = order_tags.order_id
    left join categories on order_tags.utm_source = categories.source
    left join refunds on orders.order_id = refunds.order_id
)

select
    order_id,
    order_number,
    person_id,
    session_id,
    touch_origin,
    unit_source as utm_source,
    unit_medium as utm_medium,
    unit_campaign as utm_campaign,
    unit_content as utm_content,
    unit_term as utm_term,
    {{ surrogate_key(['unit_source', 'unit_medium', 'unit_campaign']) }} as campaign_id,
    {{ channel_group('unit_source', 'unit_medium', 'unit_campaign', 'unit_category') }} as channel_group,
    payment_status,
    status,
    pay_type,
    order_source,
    sale_source,
    is_paid,
    is_lead,
    is_paid and row_number() over (partition by person_id, is_paid order by created_at, order_id) = 1 as is_first_order,
    total_sum,
    cast(discount_amount as decimal(18, 2)) as discount_amount,
    cast(refunded_amount as decimal(18, 2)) as refunded_amount,
    cast(case when is_paid then greatest(net_sum - refunded_amount, 0) else 0 end as decimal(18, 2)) as revenue,
    created_at,
    {{ business_date('created_at') }} as created_date,
    updated_at
from joined
