{#- What is no text; every other type's values are text by the time that they are read. -#}
{% macro duckdb__is_text(stored) -%}
    {%- set others = ['BOOLEAN', 'FLOAT', 'DOUBLE', 'DECIMAL', 'DATE', 'TIME', 'INTERVAL', 'BIT', 'STRUCT', 'MAP', 'UNION'] -%}
    {%- set ns = namespace(is_other=stored.endswith(']') or 'INT' in stored) -%}
    {%- for other in others if stored.startswith(other) -%}{%- set ns.is_other = true -%}{%- endfor -%}
    {{ return(stored.startswith('ENUM') or not ns.is_other) }}
{%- endmacro %}

{% macro duckdb__read_value(column, stored, wanted) -%}
    {%- set value = column if is_text(stored) else 'cast(' ~ column ~ ' as varchar)' -%}
    {%- if wanted == 'text' -%}
        {{ 'nullif(' ~ value ~ ', ' ~ no_text() ~ ')' if stored == 'BLOB' else value }}
    {%- elif wanted == 'integer' -%}
        {{ duckdb_integer(column, value, stored) }}
    {%- elif wanted == 'decimal' -%}
        {{ duckdb_decimal(column, value, stored) }}
    {%- elif wanted == 'boolean' -%}
        {{ column if stored == 'BOOLEAN' else "(case when lower(" ~ value ~ ") in ('true', 't', '1') then true when lower(" ~ value ~ ") in ('false', 'f', '0') then false end)" }}
    {%- elif wanted == 'timestamp' -%}
        {{ duckdb_timestamp(column, value, stored) }}
    {%- elif wanted == 'date' -%}
        {%- if is_text(stored) -%}
            (case when {{ duckdb_timestamp(column, value, stored) }} is not null then try_cast(left({{ value }}, 10) as date) end)
        {%- else -%}
            cast({{ duckdb_timestamp(column, value, stored) }} as date)
        {%- endif -%}
    {%- else -%}
        {{ exceptions.raise_compiler_error('a contract type that no reader knows: ' ~ wanted) }}
    {%- endif -%}
{%- endmacro %}

{% macro duckdb_small_integers() -%}
    {{ return(['TINYINT', 'SMALLINT', 'INTEGER', 'UTINYINT', 'USMALLINT', 'UINTEGER']) }}
{%- endmacro %}

{% macro duckdb_integer(column, value, stored) -%}
    {%- if stored in duckdb_small_integers() -%}
        cast({{ column }} as bigint)
    {%- elif stored == 'BIGINT' -%}
        (case when {{ column }} between -999999999999999999 and 999999999999999999 then {{ column }} end)
    {%- else -%}
        (case when {{ matches_whole(value, '[+-]?[0-9]{1,18}(?:[.]0)?') }} then try_cast({{ value }} as bigint) end)
    {%- endif -%}
{%- endmacro %}

{#- Three decimals decide a rounding half away from zero to two; what follows them is cut. -#}
{% macro duckdb_decimal(column, value, stored) -%}
    {%- set size = stored[8:-1].split(',') if stored.startswith('DECIMAL(') else [38, 0] -%}
    {%- if size[0] | int - size[1] | int <= 10 -%}
        {#- which cannot be too great, nor be compared with what is -#}
        cast(round({{ column }}, 2) as decimal(18, 2))
    {%- elif stored in duckdb_small_integers() + ['BIGINT'] or stored.startswith('DECIMAL') -%}
        (case when abs({{ column }}) < 10000000000 then cast(round({{ column }}, 2) as decimal(18, 2)) end)
    {%- else -%}
        (case
            when {{ matches_whole(value, '[+-]?[0-9]{1,10}(?:[.][0-9]{1,2})?') }} then try_cast({{ value }} as decimal(18, 2))
            when {{ matches_whole(value, '[+-]?[0-9]{1,10}[.][0-9]+') }}
                then cast(round(try_cast({{ extract_group(value, '^([+-]?[0-9]+[.][0-9]{3})') }} as decimal(18, 3)), 2) as decimal(18, 2))
        end)
    {%- endif -%}
{%- endmacro %}

{#- Offsets are taken off by arithmetic, since DuckDB's own cast of an offset needs seconds before it. -#}
{% macro duckdb_timestamp(column, value, stored) -%}
    {%- set clock = '(?:19[7-9][0-9]|2[01][0-9]{2})-[0-9]{2}-[0-9]{2}(?:[T ](?:[01][0-9]|2[0-3]):[0-5][0-9](?::[0-5][0-9](?:[.][0-9]+)?)?)?' -%}
    {%- set offset = '(?:Z|[+-](?:[01][0-9]|2[0-3])(?::?[0-5][0-9])?)' -%}
    {%- if stored == 'DATE' or stored.startswith('TIMESTAMP') -%}
        {%- set instant = column ~ " at time zone 'UTC'" if 'WITH TIME ZONE' in stored else column -%}
        (case when {{ column }} >= '1970-01-01' and {{ column }} < '2200-01-01' then cast({{ instant }} as timestamp) end)
    {%- else -%}
        (case
            when {{ matches_whole(value, clock) }} then try_cast({{ value }} as timestamp)
            when {{ matches_whole(value, clock ~ ' ?' ~ offset) }}
                then try_cast({{ extract_group(value, '^(' ~ clock ~ ')') }} as timestamp) - {{ duckdb_offset(extract_group(value, '(' ~ offset ~ ')$')) }}
        end)
    {%- endif -%}
{%- endmacro %}

{#- `Z`, `+02`, `-03:30` or `-0330` as an interval. -#}
{% macro duckdb_offset(text) -%}
    (case when {{ text }} = 'Z' then interval 0 minutes
        else to_minutes((case when left({{ text }}, 1) = '-' then -1 else 1 end)
            * (60 * cast(substr({{ text }}, 2, 2) as integer) + case when length({{ text }}) > 3 then cast(right({{ text }}, 2) as integer) else 0 end)) end)
{%- endmacro %}
