with orders as (select * from {{ ref('stg_orders') }}),
raw_orders as (select * from {{ ref('base_orders') }}),
kept_sessions as (select * from {{ ref('stg_kept_sessions') }}),
raw_sessions as (select * from {{ ref('base_utm_sessions') }}),
ignored as (select * from {{ ref('ignored_identifiers') }}),

held as (
    select
        orders.order_id,
        raw_sessions.visitor,
        raw_orders.user_id,
        raw_orders.email,
        raw_orders.phone
    from orders
    inner join raw_orders on orders.row_id = raw_orders.row_id
    left join kept_sessions on orders.session_id = kept_sessions.session_id
    left join raw_sessions on kept_sessions.row_id = raw_sessions.row_id
),

named as (
    select
        order_id,
        'visitor' as identifier_type,
        visitor as identifier
    from held
    union all
    select
        order_id,
        'user_id' as identifier_type,
        user_id as identifier
    from held
    union all
    select
        order_id,
        'email' as identifier_type,
        email as identifier
    from held
    union all
    select
        order_id,
        'phone' as identifier_type,
        phone as identifier
    from held
),

known as (
    select named.*
    from named
    left join ignored on named.identifier = ignored.identifier
    where named.identifier is not null and ignored.identifier is null
),

-- a visitor or user id that orders for many phones is a manager's: it identifies nobody
shared_by_many as (
    select
        known.identifier_type,
        known.identifier
    from known
    inner join known as phones on known.order_id = phones.order_id and phones.identifier_type = 'phone'
    where known.identifier_type in ('visitor', 'user_id')
    group by known.identifier_type, known.identifier
    having count(distinct phones.identifier) > {{ var('identity_max_phones') }}
)

select
    known.order_id,
    known.identifier_type,
    {{ keyed_hash("known.identifier_type || ':' || known.identifier") }} as identifier_hash,
    -- 1 is the least `type:value` by code point: what names a person, without saying who it is
    dense_rank() over (order by known.identifier_type || ':' || known.identifier) as identifier_rank
from known
left join shared_by_many
    on known.identifier_type = shared_by_many.identifier_type and known.identifier = shared_by_many.identifier
where shared_by_many.identifier is null
