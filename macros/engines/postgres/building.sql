{% macro postgres__after_build() -%}
    {{ 'analyze ' ~ this if model.config.materialized not in ['view', 'ephemeral'] }}
{%- endmacro %}

{% macro postgres__lookup_indexes(lists) -%}
    {%- for columns in lists %}
    create index if not exists {{ this.identifier }}_by_{{ columns | join('_') }} on {{ this }} ({{ columns | join(', ') }});
    {%- endfor %}
{%- endmacro %}

{#- As the adapter's own, but a table under contract is made by one statement too: `insert … select`
    would run on one core, and would lose the collation that text was read with. -#}
{% macro postgres__create_table_as(temporary, relation, sql) -%}
    {%- if config.get('contract').enforced and not temporary -%}
        {{ get_assert_columns_equivalent(sql) }}
        {%- set sql = get_select_subquery(sql) -%}
    {%- endif %}
    create {{ 'temporary ' if temporary }}table {{ relation }} as ({{ sql }});
{%- endmacro %}

{% macro postgres__read_one_snapshot() -%}
    {%- if setting('UTM_SNAPSHOT') -%}
        {#- what was asked while the model compiled has begun a transaction already -#}
        commit; begin isolation level repeatable read; set transaction snapshot {{ literal(setting('UTM_SNAPSHOT')) }}
    {%- endif -%}
{%- endmacro %}

{% macro postgres__on_changed_columns() -%}
    {{ return('ignore') }}
{%- endmacro %}
