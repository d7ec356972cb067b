{#- One double division of exact numbers (metrics.md 5); NULL where the denominator is 0. -#}
{% macro ratio(numerator, denominator) -%}
    ({{ as_double(numerator) }} / nullif({{ as_double(denominator) }}, 0))
{%- endmacro %}

{#- A rate in per cent: (100 × a) / b. -#}
{% macro rate(part, whole) -%}
    {{ ratio('100 * ' ~ part, whole) }}
{%- endmacro %}

{#- Money times a count, exactly. -#}
{% macro times(amount, number) -%}
    (cast({{ amount }} as decimal(20, 2)) * cast({{ number }} as decimal(15, 0)))
{%- endmacro %}

{% macro as_double(expression) -%}
    cast({{ expression }} as {{ double_type() }})
{%- endmacro %}

{% macro double_type() -%}
    {{ return(adapter.dispatch('double_type', 'utm_pipeline')()) }}
{%- endmacro %}

{% macro default__double_type() -%}
    double precision
{%- endmacro %}
