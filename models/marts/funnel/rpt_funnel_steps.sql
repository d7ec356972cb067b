{#- the columns of rpt_funnel that each step is made of -#}
{%- set steps = [
    ('product_views', 'product_views_rate', 'product_views_of_previous'),
    ('add_to_cart', 'add_to_cart_rate', 'add_to_cart_of_previous'),
    ('initiate_checkout', 'checkout_rate', 'checkout_of_previous'),
    ('leads', 'lead_rate', 'lead_of_previous'),
    ('purchases', 'purchase_rate', 'purchase_of_previous'),
] -%}

with funnel as (select * from {{ ref('rpt_funnel') }})

select
    period,
    scope,
    utm_source,
    0 as position,
    'sessions' as name,
    total as sessions,
    {{ rate('total', 'total') }} as rate_of_total,
    null as rate_of_previous
from funnel
{%- for step, rate_of_total, rate_of_previous in steps %}
union all
select
    period,
    scope,
    utm_source,
    {{ loop.index }} as position,
    '{{ step }}' as name,
    {{ step }} as sessions,
    {{ rate_of_total }} as rate_of_total,
    {{ rate_of_previous }} as rate_of_previous
from funnel
{%- endfor %}
