{#- Each step stands in a query of its own, so that binding a call does not paste it into itself. -#}
{% macro duckdb__create_filter_functions(aliases) -%}
    create or replace macro {{ target.schema }}.clean_tag(value) as (
        select {{ finished_tag('visible', 'lowered', tag_words()) }}
        from (
            select visible, {{ lowered_tag('visible') }} as lowered
            from (select {{ visible_tag('value') }} as visible)
        )
    );
    create or replace macro {{ target.schema }}.clean_source(value) as (
        select coalesce(aliases.source, cleaned.tag)
        from (select {{ target.schema }}.clean_tag(value) as tag) as cleaned
        left join {{ aliases }} as aliases on cleaned.tag = aliases.alias
    );
{%- endmacro %}
