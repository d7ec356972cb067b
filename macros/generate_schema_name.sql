{#- Marts live in the schema that UTM_SCHEMA names; everything before them in the same name + `_int`.
    Where marts are built beside the served ones, in the same name + `_next`, what comes before them
    stays where it is. -#}
{% macro generate_schema_name(custom_schema_name, node) -%}
    {%- if custom_schema_name is none -%}
        {{ target.schema }}
    {%- else -%}
        {{ served_schema() }}_{{ custom_schema_name | trim }}
    {%- endif -%}
{%- endmacro %}

{% macro served_schema() -%}
    {{ return(target.schema[:-5] if target.schema.endswith('_next') else target.schema) }}
{%- endmacro %}

{#- The schema of everything that comes before the marts. -#}
{% macro reading_schema() -%}
    {{ return(generate_schema_name('int', none)) }}
{%- endmacro %}
