{#- What BI reads (fct_, dim_, rpt_) lives in the schema that UTM_SCHEMA names, steps and seeds in the same
    name + `_int`. Where marts are built beside the served ones, in the same name + `_next`, what comes
    before them stays where it is. -#}
{% macro generate_schema_name(custom_schema_name, node) -%}
    {{ target.schema if node.name.split('_')[0] in ['fct', 'dim', 'rpt'] else reading_schema() }}
{%- endmacro %}

{#- The schema of everything that comes before the marts. -#}
{% macro reading_schema() -%}
    {{ return((target.schema[:-5] if target.schema.endswith('_next') else target.schema) ~ '_int') }}
{%- endmacro %}
