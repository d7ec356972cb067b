{#- Text primitives, one small macro a difference between the engines. -#}

{#- True if the whole value matches the pattern (RE2 and POSIX common ground). -#}
{% macro matches_whole(value, pattern) -%}
    {{ return(adapter.dispatch('matches_whole', 'utm_pipeline')(value, pattern)) }}
{%- endmacro %}

{% macro duckdb__matches_whole(value, pattern) -%}
    regexp_full_match({{ value }}, {{ literal(pattern) }})
{%- endmacro %}

{% macro postgres__matches_whole(value, pattern) -%}
    ({{ value }} ~ {{ literal('^(?:' ~ pattern ~ ')$') }})
{%- endmacro %}

{#- True if the pattern occurs in the value; `pattern` is an SQL expression, the case is ignored. -#}
{% macro contains_pattern(value, pattern) -%}
    {{ return(adapter.dispatch('contains_pattern', 'utm_pipeline')(value, pattern)) }}
{%- endmacro %}

{% macro duckdb__contains_pattern(value, pattern) -%}
    regexp_matches({{ value }}, {{ pattern }}, 'i')
{%- endmacro %}

{% macro postgres__contains_pattern(value, pattern) -%}
    ({{ value }} ~* {{ pattern }})
{%- endmacro %}

{% macro replace_all(value, pattern, replacement) -%}
    {{ return(adapter.dispatch('replace_all', 'utm_pipeline')(value, pattern, replacement)) }}
{%- endmacro %}

{% macro duckdb__replace_all(value, pattern, replacement) -%}
    regexp_replace({{ value }}, {{ literal(pattern) }}, {{ literal(replacement) }}, 'g')
{%- endmacro %}

{% macro postgres__replace_all(value, pattern, replacement) -%}
    regexp_replace({{ value }}, {{ literal(pattern) }}, {{ literal(replacement) }}, 'g')
{%- endmacro %}

{#- The part of the value that a group of the pattern matched, else the empty text. -#}
{% macro extract_group(value, pattern, group=1) -%}
    {{ return(adapter.dispatch('extract_group', 'utm_pipeline')(value, pattern, group)) }}
{%- endmacro %}

{% macro duckdb__extract_group(value, pattern, group) -%}
    regexp_extract({{ value }}, {{ literal(pattern) }}, {{ group }})
{%- endmacro %}

{#- Of several groups it gives the first: no caller asks for another. -#}
{% macro postgres__extract_group(value, pattern, group) -%}
    coalesce(substring({{ value }} from {{ literal(pattern) }}), '')
{%- endmacro %}

{#- Lower-case by Unicode's simple mapping, one code point to one. -#}
{% macro lower_simple(value) -%}
    {{ return(adapter.dispatch('lower_simple', 'utm_pipeline')(value)) }}
{%- endmacro %}

{% macro duckdb__lower_simple(value) -%}
    lower({{ value }})
{%- endmacro %}

{#- `lower` follows the collation; the function that reading makes names one that maps as Unicode does. -#}
{% macro postgres__lower_simple(value) -%}
    {{ reading_schema() }}.lower_simple({{ value }})
{%- endmacro %}

{#- Upper-case, likewise. -#}
{% macro upper_simple(value) -%}
    {{ return(adapter.dispatch('upper_simple', 'utm_pipeline')(value)) }}
{%- endmacro %}

{% macro duckdb__upper_simple(value) -%}
    upper({{ value }})
{%- endmacro %}

{% macro postgres__upper_simple(value) -%}
    {{ reading_schema() }}.upper_simple({{ value }})
{%- endmacro %}

{#- The first `length` code points. -#}
{% macro cut(value, length) -%}
    left({{ value }}, {{ length }})
{%- endmacro %}

{#- An expression to sort text by code point. -#}
{% macro by_code_point(value) -%}
    {{ return(adapter.dispatch('by_code_point', 'utm_pipeline')(value)) }}
{%- endmacro %}

{% macro duckdb__by_code_point(value) -%}
    {{ value }}
{%- endmacro %}

{% macro postgres__by_code_point(value) -%}
    ({{ value }}) collate "C"
{%- endmacro %}

{#- White space of inputs.md: U+0009 to U+000D, U+0020, U+00A0. -#}
{% macro white_space() -%}
    {{ return('\t\n\x0b\x0c\r \xa0') }}
{%- endmacro %}

{#- Text without white space around it; empty is NULL. -#}
{% macro trimmed(value) -%}
    {{ return(adapter.dispatch('trimmed', 'utm_pipeline')(value)) }}
{%- endmacro %}

{% macro duckdb__trimmed(value) -%}
    nullif(trim({{ value }}, '{{ white_space() }}'), '')
{%- endmacro %}

{#- Text is compared by code point from its first reading on: what is made of it keeps the collation. -#}
{% macro postgres__trimmed(value) -%}
    nullif(btrim(cast({{ value }} as text) collate "C", '{{ white_space() }}'), '')
{%- endmacro %}

{% macro json_text(document, key) -%}
    ({{ document }} ->> {{ literal(key) }})
{%- endmacro %}
