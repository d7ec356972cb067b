with raw_orders as (select * from {{ ref('base_orders') }}),
session_id_map as (select * from {{ ref('stg_session_id_map') }}),
kept_sessions as (select * from {{ ref('stg_kept_sessions') }}),
tag_sets as (select * from {{ ref('stg_tag_sets') }}),

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
        ) as nth
    from raw_orders
    where invalid_reason is null and created_at < {{ as_of() }}
),

kept as (
    select
        *,
        case when session_key is not null then {{ keyed_hash('session_key') }} end as session_key_hash
    from ranked
    where nth = 1
),

-- the first of utm_session_id and session_key that names a session; a bot's session is none
linked as (
    select
        kept.*,
        coalesce(by_id.session_id, by_key.session_id) as named_session_id,
        coalesce(by_id.is_bot, by_key.bot_reason is not null) as is_bot
    from kept
    left join session_id_map as by_id on kept.utm_session_id = by_id.utm_session_id
    left join kept_sessions as by_key on kept.session_key_hash = by_key.session_key_hash
)

select
    linked.row_id,
    linked.order_id,
    linked.order_number,
    linked.total_sum,
    linked.discount_amount,
    linked.payment_status,
    linked.status,
    linked.pay_type,
    linked.order_source,
    linked.sale_source,
    linked.utm_source_raw,
    linked.utm_medium_raw,
    linked.utm_campaign_raw,
    linked.utm_content_raw,
    linked.utm_term_raw,
    linked.created_at,
    linked.updated_at,
    case when not linked.is_bot then linked.named_session_id end as session_id,
    case when linked.utm_source is not null then tag_sets.source end as utm_source,
    case when linked.utm_source is not null then tag_sets.medium end as utm_medium,
    case when linked.utm_source is not null then linked.utm_campaign end as utm_campaign,
    case when linked.utm_source is not null then linked.utm_content end as utm_content,
    case when linked.utm_source is not null then linked.utm_term end as utm_term
from linked
inner join tag_sets on {{ same_tag_set('linked', 'tag_sets', ['utm_source', 'utm_medium', 'utm_campaign']) }}
