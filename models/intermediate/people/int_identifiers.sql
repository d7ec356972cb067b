with identifiers as (select * from {{ ref('stg_order_identifiers') }}),
labels as (select * from {{ ref('int_identity_labels') }}),

distinct_identifiers as (
    select distinct
        identifier_rank,
        identifier_type,
        identifier_hash
    from identifiers
)

select
    distinct_identifiers.identifier_hash,
    distinct_identifiers.identifier_type,
    people.identifier_hash as person_id
from distinct_identifiers
inner join labels on distinct_identifiers.identifier_rank = labels.identifier_rank
inner join distinct_identifiers as people on labels.person_rank = people.identifier_rank
