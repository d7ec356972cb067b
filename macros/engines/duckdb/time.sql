{% macro duckdb__midpoint(earlier, later) -%}
    ({{ earlier }} + to_microseconds(date_diff('microsecond', {{ earlier }}, {{ later }}) // 2))
{%- endmacro %}

{% macro duckdb__microseconds_between(earlier, later) -%}
    date_diff('microsecond', {{ earlier }}, {{ later }})
{%- endmacro %}
