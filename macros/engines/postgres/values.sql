{% macro postgres__read_value(column, stored, wanted) -%}
    {%- set value = column if is_text(stored) else 'cast(' ~ column ~ ' as text)' -%}
    {%- if wanted == 'text' -%}
        {{ value }}
    {%- elif wanted == 'integer' -%}
        {{ postgres_integer(column, value, stored) }}
    {%- elif wanted == 'decimal' -%}
        {{ postgres_decimal(column, value, stored) }}
    {%- elif wanted == 'boolean' -%}
        {{ column if stored == 'boolean' else "(case when lower(" ~ value ~ ") in ('true', 't', '1') then true when lower(" ~ value ~ ") in ('false', 'f', '0') then false end)" }}
    {%- elif wanted == 'timestamp' -%}
        {{ postgres_timestamp(column, value, stored) }}
    {%- elif wanted == 'date' -%}
        {%- if is_text(stored) -%}
            (case when {{ postgres_timestamp(column, value, stored) }} is not null then cast(left({{ value }}, 10) as date) end)
        {%- else -%}
            cast({{ postgres_timestamp(column, value, stored) }} as date)
        {%- endif -%}
    {%- else -%}
        {{ exceptions.raise_compiler_error('a contract type that no reader knows: ' ~ wanted) }}
    {%- endif -%}
{%- endmacro %}

{#- What is no text; every other type's values are text by the time that they are read. -#}
{% macro postgres__is_text(stored) -%}
    {{ return(not stored.endswith('[]') and stored not in [
        'smallint', 'integer', 'bigint', 'numeric', 'real', 'double precision', 'boolean', 'date', 'interval', 'bytea',
        'timestamp with time zone', 'timestamp without time zone', 'time with time zone', 'time without time zone',
    ]) }}
{%- endmacro %}

{% macro postgres_integer(column, value, stored) -%}
    {%- if stored in ['smallint', 'integer'] -%}
        cast({{ column }} as bigint)
    {%- elif stored == 'bigint' -%}
        (case when {{ column }} between -999999999999999999 and 999999999999999999 then {{ column }} end)
    {%- else -%}
        (case when {{ matches_whole(value, '[+-]?[0-9]{1,18}(?:[.]0)?') }} then cast(cast({{ value }} as numeric) as bigint) end)
    {%- endif -%}
{%- endmacro %}

{#- As on DuckDB, three decimals decide the rounding. -#}
{% macro postgres_decimal(column, value, stored) -%}
    {%- if stored in ['smallint', 'integer', 'bigint', 'numeric'] -%}
        (case when abs(cast({{ column }} as numeric)) < 10000000000 then cast(round(cast({{ column }} as numeric), 2) as decimal(18, 2)) end)
    {%- else -%}
        (case
            when {{ matches_whole(value, '[+-]?[0-9]{1,10}(?:[.][0-9]+)?') }}
                then cast(round(cast(substring({{ value }} from '^([+-]?[0-9]+(?:[.][0-9]{1,3})?)') as numeric), 2) as decimal(18, 2))
        end)
    {%- endif -%}
{%- endmacro %}

{% macro postgres_timestamp(column, value, stored) -%}
    {%- if stored == 'timestamp with time zone' -%}
        (case when {{ column }} >= '1970-01-01 00:00:00+00' and {{ column }} < '2200-01-01 00:00:00+00' then {{ column }} at time zone 'UTC' end)
    {%- elif stored in ['date', 'timestamp without time zone'] -%}
        (case when {{ column }} >= '1970-01-01' and {{ column }} < '2200-01-01' then cast({{ column }} as timestamp) end)
    {%- else -%}
        {{ reading_schema() }}.read_timestamp({{ value }})
    {%- endif -%}
{%- endmacro %}
