-- Connected components of the identifiers that orders hold together. Only identifiers on two orders
-- or more can join orders, so they alone are labelled, in rounds; then every identifier takes the
-- least rank of its component.
with identifiers as (
    select distinct
        order_id,
        identifier_rank as node
    from {{ ref('stg_order_identifiers') }}
),

shared as (
    select node
    from identifiers
    group by node
    having count(*) > 1
),

edges as {{ materialized_cte() }} (
    select
        identifiers.order_id,
        identifiers.node
    from identifiers
    inner join shared on identifiers.node = shared.node
),

labels_0 as (
    select
        node,
        node as label
    from shared
),

{% for round in range(1, identity_rounds() + 1) %}
{{ identity_round(round) }},

{% endfor %}
-- an order that shares nothing is a component of its own
components as (
    select
        identifiers.order_id,
        min(identifiers.node) as least_node,
        min(labels.label) as component
    from identifiers
    left join labels_{{ identity_rounds() }} as labels on identifiers.node = labels.node
    group by identifiers.order_id
),

least as (
    select
        component,
        min(least_node) as person_rank
    from components
    where component is not null
    group by component
)

select
    identifiers.node as identifier_rank,
    min(coalesce(least.person_rank, components.least_node)) as person_rank
from identifiers
inner join components on identifiers.order_id = components.order_id
left join least on components.component = least.component
group by identifiers.node
