{#- what each step is called, the columns of rpt_funnel that it is made of, and the step before -#}
{%- set steps = [
    ('sessions', 'total', rate('total', 'total'), 'null', none),
    ('product_views', 'product_views', 'product_views_rate', 'product_views_of_previous', 'sessions'),
    ('add_to_cart', 'add_to_cart', 'add_to_cart_rate', 'add_to_cart_of_previous', 'product_views'),
    ('initiate_checkout', 'initiate_checkout', 'checkout_rate', 'checkout_of_previous', 'add_to_cart'),
    ('leads', 'leads', 'lead_rate', 'lead_of_previous', 'initiate_checkout'),
    ('purchases', 'purchases', 'purchase_rate', 'purchase_of_previous', 'initiate_checkout'),
] -%}

with funnel as (select * from {{ ref('rpt_funnel') }})

{% for name, sessions, rate_of_total, rate_of_previous, previous_name in steps %}
select
    period,
    scope,
    utm_source,
    {{ loop.index0 }} as position,
    '{{ name }}' as name,
    {{ sessions }} as sessions,
    {{ rate_of_total }} as rate_of_total,
    {{ rate_of_previous }} as rate_of_previous,
    {{ literal(previous_name) if previous_name else 'cast(null as text)' }} as previous_name
from funnel
{{ 'union all' if not loop.last }}
{%- endfor %}
