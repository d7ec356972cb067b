{#- A number that no other row of the reading models has: from a sequence, since numbering rows in
    one pass would keep an engine to one thread. The pre-hook of those models makes the sequence. -#}
{% macro next_row_id() -%}
    {{ return(adapter.dispatch('next_row_id', 'utm_pipeline')()) }}
{%- endmacro %}

{% macro default__next_row_id() -%}
    nextval('{{ this.schema }}.{{ this.identifier }}_ids')
{%- endmacro %}

{#- A number that tells rows of different content apart; the same content gives the same number. -#}
{% macro row_version(columns) -%}
    {{ return(adapter.dispatch('row_version', 'utm_pipeline')(columns)) }}
{%- endmacro %}

{% macro duckdb__row_version(columns) -%}
    cast(hash({{ columns | join(', ') }}) // 2 as bigint)
{%- endmacro %}

{% macro postgres__row_version(columns) -%}
    hashtextextended(concat_ws(chr(1){% for column in columns %}, coalesce(cast({{ column }} as text), chr(2)){% endfor %}), 0)
{%- endmacro %}

{% macro prepare_row_ids() -%}
    {{ return(adapter.dispatch('prepare_row_ids', 'utm_pipeline')()) }}
{%- endmacro %}

{% macro default__prepare_row_ids() -%}
    create sequence if not exists {{ this.schema }}.{{ this.identifier }}_ids
{%- endmacro %}
