{#- HMAC-SHA-256 (RFC 2104) as 64 hexadecimal digits. The padded keys are session variables of the
    engine, so that no key stands in compiled SQL. -#}
{% macro keyed_hash(value) -%}
    {{ return(adapter.dispatch('keyed_hash', 'utm_pipeline')(value)) }}
{%- endmacro %}

{% macro duckdb__keyed_hash(value) -%}
    sha256(getvariable('utm_pii_opad') || unhex(sha256(getvariable('utm_pii_ipad') || encode({{ value }}))))
{%- endmacro %}

{% macro postgres__keyed_hash(value) -%}
    encode(
        sha256(decode(current_setting('utm.pii_opad'), 'hex') || sha256(decode(current_setting('utm.pii_ipad'), 'hex') || convert_to({{ value }}, 'UTF8'))),
        'hex'
    ) collate "C"
{%- endmacro %}

{#- The first 60 bits of a hexadecimal text as a number, which engines find faster than the text. -#}
{% macro number_of_hash(hash) -%}
    {{ return(adapter.dispatch('number_of_hash', 'utm_pipeline')(hash)) }}
{%- endmacro %}

{% macro duckdb__number_of_hash(hash) -%}
    cast('0x' || left({{ hash }}, 15) as bigint)
{%- endmacro %}

{% macro postgres__number_of_hash(hash) -%}
    cast(cast('x' || left({{ hash }}, 15) as bit(60)) as bigint)
{%- endmacro %}

{#- A key of several columns, absent ones included: for joins and BI, not for privacy. -#}
{% macro surrogate_key(columns) -%}
    md5({% for column in columns %}coalesce({{ column }}, chr(2)){{ " || chr(1) || " if not loop.last }}{% endfor %})
{%- endmacro %}
