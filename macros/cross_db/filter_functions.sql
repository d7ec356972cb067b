{#- Functions in the marts' schema that clean a filter value exactly as staging cleans a tag, so that
    the serving side needs no cleaning of its own. -#}
{% macro create_filter_functions(aliases) -%}
    {{ adapter.dispatch('create_filter_functions', 'utm_pipeline')(aliases) }}
{%- endmacro %}

{#- Each step stands in a query of its own, so that binding a call does not paste it into itself. -#}
{% macro duckdb__create_filter_functions(aliases) -%}
    create or replace macro {{ target.schema }}.clean_tag(value) as (
        select {{ finished_tag('visible', 'lowered') }}
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

{#- The aliases are written into the function, so that a reader of the marts needs nothing before them. -#}
{% macro postgres__create_filter_functions(aliases) -%}
    create or replace function {{ target.schema }}.clean_tag(value text) returns text
    language plpgsql immutable parallel safe as $body$
    {{ postgres_clean_tag_body() if execute }}
    $body$;
    create or replace function {{ target.schema }}.clean_source(value text) returns text
    language plpgsql immutable parallel safe as $body$
    declare
        tag text collate "C";
    begin
        -- by the reader's search path: this schema is renamed when it is published
        tag := clean_tag(value);
        return case tag
            {%- for row in (run_query('select alias, source from ' ~ aliases ~ ' order by alias').rows if execute else []) %}
            when {{ literal(row[0]) }} then {{ literal(row[1]) }}
            {%- endfor %}
            else tag
        end;
    end;
    $body$;
{%- endmacro %}
