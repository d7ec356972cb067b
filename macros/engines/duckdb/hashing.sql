{% macro duckdb__keyed_hash(value) -%}
    sha256(getvariable('utm_pii_opad') || unhex(sha256(getvariable('utm_pii_ipad') || encode({{ value }}))))
{%- endmacro %}

{% macro duckdb__number_of_hash(hash) -%}
    cast('0x' || left({{ hash }}, 15) as bigint)
{%- endmacro %}

{% macro duckdb__row_version(columns) -%}
    cast(hash({{ columns | join(', ') }}) // 2 as bigint)
{%- endmacro %}
