{{ config(post_hook="{{ lookup_indexes([['session_id']]) }}") }}

with orders as (

    select * from {{ ref('stg_orders') }}

),

order_people as (

    select * from {{ ref('int_order_people') }}

),

order_touches as (

    select * from {{ ref('int_order_touches') }}

),

touching_sessions as (

    select sessions.*
    from {{ ref('int_sessions') }} as sessions
    where sessions.session_id in (select order_touches.touch_session_id from order_touches)

),

attributed as (

    select
        orders.*,
        order_people.person_id,
        order_touches.touch_origin,
        coalesce(refunds.refunded_amount, 0) as refunded_amount,
        coalesce(orders.payment_status = 'paid' and coalesce(orders.status <> 'cancelled', true), false) as is_paid,
        coalesce(orders.payment_status in ('prepaid', 'partial') and coalesce(orders.status <> 'cancelled', true), false) as is_lead,
        order_touches.touch_session_id,
        orders.total_sum - {{ '0' if var('total_sum_is_net') else 'orders.discount_amount' }} as net_sum
    from orders
    inner join order_people on orders.order_id = order_people.order_id
    inner join order_touches on orders.order_id = order_touches.order_id
    left join {{ ref('int_refunds') }} as refunds on orders.order_id = refunds.order_id

),

tagged as (

    select
        attributed.order_id,
        case attributed.touch_origin
            when 'order' then attributed.utm_source
            when 'manual' then 'manual'
            when 'none' then 'direct'
            else sessions.utm_source
        end as touch_source,
        case attributed.touch_origin
            when 'order' then attributed.utm_medium
            when 'manual' then 'none'
            when 'none' then 'none'
            else sessions.utm_medium
        end as touch_medium,
        case attributed.touch_origin when 'order' then attributed.utm_campaign else sessions.utm_campaign end as touch_campaign,
        case attributed.touch_origin when 'order' then attributed.utm_content else sessions.utm_content end as touch_content,
        case attributed.touch_origin when 'order' then attributed.utm_term else sessions.utm_term end as touch_term
    from attributed
    left join touching_sessions as sessions on attributed.touch_session_id = sessions.session_id

),

final as (

    select
        attributed.order_id,
        attributed.order_number,
        attributed.person_id,
        attributed.session_id,
        attributed.touch_origin,
        tagged.touch_source as utm_source,
        tagged.touch_medium as utm_medium,
        tagged.touch_campaign as utm_campaign,
        tagged.touch_content as utm_content,
        tagged.touch_term as utm_term,
        {{ surrogate_key(['tagged.touch_source', 'tagged.touch_medium', 'tagged.touch_campaign']) }} as campaign_id,
        attributed.payment_status,
        attributed.status,
        attributed.pay_type,
        attributed.order_source,
        attributed.sale_source,
        attributed.is_paid,
        attributed.is_lead,
        attributed.total_sum,
        cast(attributed.discount_amount as {{ money() }}) as discount_amount,
        cast(attributed.refunded_amount as decimal(18, 2)) as refunded_amount,
        cast(
            case when attributed.is_paid then greatest(attributed.net_sum - attributed.refunded_amount, 0) else 0 end as decimal(18, 2)
        ) as revenue,
        attributed.created_at,
        {{ business_date('attributed.created_at') }} as created_date,
        attributed.updated_at
    from attributed
    inner join tagged on attributed.order_id = tagged.order_id

)

select * from final
