{#- What an engine needs once a table is built: for some, its statistics, since their planners guess badly
    without them. -#}
{% macro after_build() -%}
    {{ return(adapter.dispatch('after_build', 'utm_pipeline')()) }}
{%- endmacro %}

{% macro default__after_build() -%}
{%- endmacro %}

{% macro postgres__after_build() -%}
    {{ 'analyze ' ~ this if model.config.materialized not in ['view', 'ephemeral'] }}
{%- endmacro %}

{#- Post-hook of a mart in which the catalogue's queries look rows up: an index for each list of columns.
    A column store needs none. -#}
{% macro lookup_indexes(lists) -%}
    {{ return(adapter.dispatch('lookup_indexes', 'utm_pipeline')(lists)) }}
{%- endmacro %}

{% macro default__lookup_indexes(lists) -%}
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

{#- Pre-hook of the models that read raw tables: all of them see the same instant of a database that
    others write to. UTM_SNAPSHOT names a snapshot that the command line holds open. -#}
{% macro read_one_snapshot() -%}
    {{ return(adapter.dispatch('read_one_snapshot', 'utm_pipeline')()) }}
{%- endmacro %}

{% macro default__read_one_snapshot() -%}
{%- endmacro %}

{% macro postgres__read_one_snapshot() -%}
    {%- if setting('UTM_SNAPSHOT') -%}
        {#- what was asked while the model compiled has begun a transaction already -#}
        commit; begin isolation level repeatable read; set transaction snapshot {{ literal(setting('UTM_SNAPSHOT')) }}
    {%- endif -%}
{%- endmacro %}

{#- What becomes of a reading model's table when its columns change. PostgreSQL does not show the columns
    of a temporary table whose schema is younger than the snapshot that the reading holds, so there is
    nothing to compare; the command line builds anew after any change of the code. -#}
{% macro on_changed_columns() -%}
    {{ return(adapter.dispatch('on_changed_columns', 'utm_pipeline')()) }}
{%- endmacro %}

{% macro default__on_changed_columns() -%}
    {{ return('sync_all_columns') }}
{%- endmacro %}

{% macro postgres__on_changed_columns() -%}
    {{ return('ignore') }}
{%- endmacro %}
