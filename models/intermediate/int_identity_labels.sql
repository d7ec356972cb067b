-- Connected components of the identifiers that orders hold together: in each round an identifier, and
-- the one it is labelled with, takes the least label that any of its orders holds, and follows
-- its label's label. A round at least doubles the reach of a label.
with edges as (

    select distinct
        order_id,
        identifier_rank as node
    from {{ ref('stg_order_identifiers') }}

),

labels_0 as (

    select distinct
        node,
        node as label
    from edges

),

{% for round in range(1, identity_rounds() + 1) %}
{{ identity_round(round) }},

{% endfor %}
final as (

    select
        node as identifier_rank,
        label as person_rank
    from labels_{{ identity_rounds() }}

)

select * from final
