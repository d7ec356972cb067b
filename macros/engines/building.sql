{#- What an engine needs once a table is built: for some, its statistics, since their planners guess badly
    without them. -#}
{% macro after_build() -%}
    {{ return(adapter.dispatch('after_build', 'utm_pipeline')()) }}
{%- endmacro %}

{% macro default__after_build() -%}
{%- endmacro %}

{#- Post-hook of a mart in which the catalogue's queries look rows up: an index for each list of columns.
    A column store needs none. -#}
{% macro lookup_indexes(lists) -%}
    {{ return(adapter.dispatch('lookup_indexes', 'utm_pipeline')(lists)) }}
{%- endmacro %}

{% macro default__lookup_indexes(lists) -%}
{%- endmacro %}

{#- Keeps an engine from computing a CTE once for each place that reads it. -#}
{% macro materialized_cte() -%}
    {{ return(adapter.dispatch('materialized_cte', 'utm_pipeline')()) }}
{%- endmacro %}

{% macro default__materialized_cte() -%}
    materialized
{%- endmacro %}

{#- Pre-hook of the models that read raw tables: all of them see the same instant of a database that
    others write to. UTM_SNAPSHOT names a snapshot that the command line holds open. -#}
{% macro read_one_snapshot() -%}
    {{ return(adapter.dispatch('read_one_snapshot', 'utm_pipeline')()) }}
{%- endmacro %}

{% macro default__read_one_snapshot() -%}
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

{#- Functions of the reading schema, on engines where an expression would have to repeat itself or could
    raise an error. Made by the hook on-run-start, before any model. -#}
{% macro create_engine_functions() -%}
    {{ return(adapter.dispatch('create_engine_functions', 'utm_pipeline')()) }}
{%- endmacro %}

{% macro default__create_engine_functions() -%}
{%- endmacro %}

{#- Functions in the marts' schema that clean a filter value exactly as staging cleans a tag, so that
    the serving side needs no cleaning of its own. -#}
{% macro create_filter_functions(aliases) -%}
    {{ adapter.dispatch('create_filter_functions', 'utm_pipeline')(aliases) }}
{%- endmacro %}

{#- As dbt's own, but one statement for a model's description and those of all its columns. -#}
{% macro default__persist_docs(relation, model, for_relation, for_columns) -%}
    {%- if config.persist_relation_docs() -%}
        {%- call statement('comments') -%}
            comment on {{ relation.type }} {{ relation }} is {{ literal(model.description) }};
            {%- for column in model.columns.values() %}
            comment on column {{ relation }}.{{ adapter.quote(column.name) }} is {{ literal(column.description) }};
            {%- endfor %}
        {%- endcall -%}
    {%- endif -%}
{%- endmacro %}
