-- One more round of identity would change nothing: all identifiers of an order have one person.
with order_identifiers as (

    select * from {{ ref('stg_order_identifiers') }}

),

identifiers as (

    select * from {{ ref('int_identifiers') }}

)

select
    order_identifiers.order_id,
    count(distinct identifiers.person_id) as people
from order_identifiers
left join identifiers on order_identifiers.identifier_hash = identifiers.identifier_hash
group by order_identifiers.order_id
having count(distinct identifiers.person_id) <> 1 or count(identifiers.person_id) <> count(*)
