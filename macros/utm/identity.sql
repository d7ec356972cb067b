{#- Label propagation with pointer jumping: in each round an identifier, and the one that its label's
    label leads to, take the least label that any of their orders holds. Twelve rounds join a chain
    of 500 orders even where each round can only join neighbours in pairs; a test asks for one more. -#}
{% macro identity_rounds() -%}
    {{ return(12) }}
{%- endmacro %}

{#- One round, as CTEs that end in labels_<round>. -#}
{% macro identity_round(round) -%}
{%- set before = 'labels_' ~ (round - 1) -%}
jumped_{{ round }} as {{ materialized_cte() }} (

    select
        labels.node,
        labels.label,
        further.label as reached
    from {{ before }} as labels
    inner join {{ before }} as parents on labels.label = parents.node
    inner join {{ before }} as further on parents.label = further.node

),

lowest_{{ round }} as {{ materialized_cte() }} (

    select
        edges.order_id,
        min(jumped.reached) as label
    from edges
    inner join jumped_{{ round }} as jumped on edges.node = jumped.node
    group by edges.order_id

),

offered_{{ round }} as {{ materialized_cte() }} (

    select
        edges.node,
        lowest.label
    from edges
    inner join lowest_{{ round }} as lowest on edges.order_id = lowest.order_id
    union all
    select
        jumped.reached as node,
        lowest.label
    from edges
    inner join lowest_{{ round }} as lowest on edges.order_id = lowest.order_id
    inner join jumped_{{ round }} as jumped on edges.node = jumped.node
    union all
    select
        node,
        reached as label
    from jumped_{{ round }}

),

labels_{{ round }} as {{ materialized_cte() }} (

    select
        node,
        min(label) as label
    from offered_{{ round }}
    group by node

)
{%- endmacro %}
