{% macro postgres__midpoint(earlier, later) -%}
    ({{ earlier }} + ({{ postgres__microseconds_between(earlier, later) }} / 2) * interval '1 microsecond')
{%- endmacro %}

{% macro postgres__microseconds_between(earlier, later) -%}
    cast(extract(epoch from ({{ later }}) - ({{ earlier }})) * 1000000 as bigint)
{%- endmacro %}
