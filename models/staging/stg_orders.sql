{{ config(materialized='table') }}

with raw_orders as (

    select * from {{ ref('base_orders') }}

),

session_ids as (

    select * from {{ ref('stg_session_ids') }}

),

session_rows as (

    select * from {{ ref('stg_session_rows') }}

),

touches as (

    select * from {{ ref('stg_touches') }}

),

ranked as (

    select
        *,
        row_number() over (
            partition by order_id
            order by
                updated_at desc nulls last, total_sum desc,
                {{ tie_break(['created_at', 'discount_amount', 'payment_status', 'status', 'utm_session_id', 'session_key',
                    'user_id', 'email', 'phone', 'order_source', 'sale_source', 'pay_type', 'utm_source', 'utm_medium',
                    'utm_campaign', 'utm_content', 'utm_term', 'order_number', 'utm_source_raw', 'utm_medium_raw',
                    'utm_campaign_raw', 'utm_content_raw', 'utm_term_raw']) }}
        ) as place
    from raw_orders
    where invalid_reason is null and created_at < {{ as_of() }}

),

kept as (

    select
        *,
        case when session_key is not null then {{ keyed_hash('session_key') }} end as session_key_hash
    from ranked
    where place = 1

),

-- the first of utm_session_id and session_key that names a session; a bot's session is none
linked as (

    select
        kept.row_id,
        coalesce(by_id.session_id, by_key.session_id) as session_id,
        coalesce(by_id.is_bot, by_key.bot_reason is not null) as is_bot
    from kept
    left join session_ids as by_id on kept.utm_session_id = by_id.utm_session_id
    left join session_rows as by_key on kept.session_key_hash = by_key.session_key_hash

),

final as (

    select
        kept.row_id,
        kept.order_id,
        kept.order_number,
        kept.total_sum,
        kept.discount_amount,
        kept.payment_status,
        kept.status,
        kept.pay_type,
        kept.order_source,
        kept.sale_source,
        kept.utm_source_raw,
        kept.utm_medium_raw,
        kept.utm_campaign_raw,
        kept.utm_content_raw,
        kept.utm_term_raw,
        kept.created_at,
        kept.updated_at,
        case when not linked.is_bot then linked.session_id end as session_id,
        case when kept.utm_source is not null then touches.source end as utm_source,
        case when kept.utm_source is not null then touches.medium end as utm_medium,
        case when kept.utm_source is not null then kept.utm_campaign end as utm_campaign,
        case when kept.utm_source is not null then kept.utm_content end as utm_content,
        case when kept.utm_source is not null then kept.utm_term end as utm_term
    from kept
    inner join linked on kept.row_id = linked.row_id
    inner join touches on {{ same_touch('kept', 'touches', ['utm_source', 'utm_medium', 'utm_campaign']) }}

)

select * from final
