{% macro postgres__keyed_hash(value) -%}
    encode(
        sha256(decode(current_setting('utm.pii_opad'), 'hex') || sha256(decode(current_setting('utm.pii_ipad'), 'hex') || convert_to({{ value }}, 'UTF8'))),
        'hex'
    ) collate "C"
{%- endmacro %}

{% macro postgres__number_of_hash(hash) -%}
    cast(cast('x' || left({{ hash }}, 15) as bit(60)) as bigint)
{%- endmacro %}

{% macro postgres__row_version(columns) -%}
    hashtextextended(concat_ws(chr(1){% for column in columns %}, coalesce(cast({{ column }} as text), chr(2)){% endfor %}), 0)
{%- endmacro %}
