{#- HMAC-SHA-256 (RFC 2104) as 64 hexadecimal digits. The padded keys are session variables of the
    engine, so that no key stands in compiled SQL. -#}
{% macro keyed_hash(value) -%}
    {{ return(adapter.dispatch('keyed_hash', 'utm_pipeline')(value)) }}
{%- endmacro %}

{#- The first 60 bits of a hexadecimal text as a number, which engines find faster than the text. -#}
{% macro number_of_hash(hash) -%}
    {{ return(adapter.dispatch('number_of_hash', 'utm_pipeline')(hash)) }}
{%- endmacro %}

{#- A key of several columns, absent ones included: for joins and BI, not for privacy. -#}
{% macro surrogate_key(columns) -%}
    md5({% for column in columns %}coalesce({{ column }}, chr(2)){{ " || chr(1) || " if not loop.last }}{% endfor %})
{%- endmacro %}
