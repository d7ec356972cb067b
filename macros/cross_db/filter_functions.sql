{#- Functions in the marts' schema that clean a filter value exactly as staging cleans a tag, so that
    the serving side needs no cleaning of its own. -#}
{% macro create_filter_functions(aliases) -%}
    {{ adapter.dispatch('create_filter_functions', 'utm_pipeline')(aliases) }}
{%- endmacro %}

{% macro duckdb__create_filter_functions(aliases) -%}
    create or replace macro {{ target.schema }}.clean_tag(value) as ({{ clean_tag_in_steps('value') }});
    create or replace macro {{ target.schema }}.clean_source(value) as (
        coalesce(
            (select any_value(aliases.source) from {{ aliases }} as aliases where aliases.alias = {{ target.schema }}.clean_tag(value)),
            {{ target.schema }}.clean_tag(value)
        )
    );
{%- endmacro %}
