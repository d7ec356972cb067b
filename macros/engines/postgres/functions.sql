{% macro postgres__create_engine_functions() -%}
    {%- set unicode = postgres_unicode_collation() -%}
    {%- set schema = reading_schema() %}
    create or replace function {{ schema }}.lower_simple(value text) returns text
    language sql immutable parallel safe as $body$
        select lower(value collate {{ unicode }}) collate "C"
    $body$;

    create or replace function {{ schema }}.upper_simple(value text) returns text
    language sql immutable parallel safe as $body$
        select upper(value collate {{ unicode }}) collate "C"
    $body$;

    create or replace function {{ schema }}.clean_tag(value text, placeholders text, mail_hosts text) returns text
    language plpgsql immutable parallel safe as $body$
    {{ postgres_clean_tag_body('placeholders', 'mail_hosts') }}
    $body$;

    create or replace function {{ schema }}.read_timestamp(value text) returns timestamp
    language plpgsql immutable parallel safe as $body$
    {{ postgres_read_timestamp_body() }}
    $body$;
{%- endmacro %}

{#- A collation whose lower and upper map one code point to one, as Unicode's simple mapping does. -#}
{% macro postgres_unicode_collation() -%}
    {%- if not execute -%}{{ return('"C"') }}{%- endif -%}
    {%- set found = run_query(
        "select quote_ident(collname) from pg_collation"
        ~ " where collname in ('pg_c_utf8', 'C.utf8', 'C.UTF-8', 'en_US.utf8') and collencoding in (-1, pg_char_to_encoding('UTF8'))"
        ~ " order by array_position(array['pg_c_utf8', 'C.utf8', 'C.UTF-8', 'en_US.utf8'], collname::text) limit 1"
    ).columns[0].values() -%}
    {%- if not found -%}
        {{ exceptions.raise_compiler_error('the server has no collation for Unicode letters: create collation "C.utf8" (locale = \'C.UTF-8\')') }}
    {%- endif -%}
    {{ return(found[0]) }}
{%- endmacro %}

{#- The steps of clean_tag (macros/utm/cleaning.sql), each computed once; `placeholders` and `mail_hosts` are
    the patterns of tag_words, as expressions. The marts' schema has the same function, which must need
    nothing of another. -#}
{% macro postgres_clean_tag_body(placeholders, mail_hosts) -%}
    declare
        tag text collate "C" := {{ stripped('value') }};
    begin
        tag := {{ read_escapes('tag') }};
        tag := regexp_replace({{ stripped('tag') }}, {{ literal(invisible_characters()) }}, '', 'g');
        if tag is null or (left(tag, 1) = '{' and right(tag, 1) = '}') or tag ~ '^__[A-Z0-9_]+__$'
            or lower(tag collate {{ postgres_unicode_collation() }}) ~ ('^(?:' || {{ placeholders }} || ')$') then
            return null;
        end if;
        if position('@' in tag) > 0 then
            tag := regexp_replace(tag, {{ literal(email_address()) }}, 'redacted', 'g');
        end if;
        tag := lower(tag collate {{ postgres_unicode_collation() }});
        if tag like '%\_%.%' and tag ~ {{ mail_hosts }} then
            return 'redacted';
        end if;
        tag := {{ reduced_tag('tag') }};
        return {{ without_nothing('tag') }};
    end;
{%- endmacro %}

{#- Text as a timestamp (inputs.md), NULL where unreadable. The pattern leaves only days that a month may
    lack for the cast to stumble over, so they are looked at first. -#}
{% macro postgres_read_timestamp_body() -%}
    declare
        parts text[];
        first_of_month date;
        stamp timestamp;
        shift interval;
    begin
        parts := regexp_match(
            value,
            '^((?:19[7-9][0-9]|2[01][0-9]{2})-(?:0[1-9]|1[0-2]))-(0[1-9]|[12][0-9]|3[01])(?:[T ]((?:[01][0-9]|2[0-3]):[0-5][0-9](?::[0-5][0-9](?:[.][0-9]+)?)?))?(?: ?(Z|[+-](?:[01][0-9]|2[0-3])(?::?[0-5][0-9])?))?$'
        );
        if parts is null then
            return null;
        end if;
        first_of_month := cast(parts[1] || '-01' as date);
        if cast(parts[2] as integer) > extract(day from first_of_month + interval '1 month' - interval '1 day') then
            return null;
        end if;
        stamp := cast(parts[1] || '-' || parts[2] || ' ' || coalesce(left(parts[3], 15), '00:00') as timestamp);
        if parts[4] is null or parts[4] = 'Z' then
            return stamp;
        end if;
        shift := make_interval(
            hours => cast(substr(parts[4], 2, 2) as integer),
            mins => case when length(parts[4]) > 3 then cast(right(parts[4], 2) as integer) else 0 end
        );
        return case when left(parts[4], 1) = '-' then stamp + shift else stamp - shift end;
    end;
{%- endmacro %}

{% macro postgres__clean_tag_in_steps(value, words) -%}
    {{ reading_schema() }}.clean_tag({{ value }}, {{ literal(words.placeholders) }}, {{ literal(words.mail_hosts) }})
{%- endmacro %}

{#- Seeds are written into the function, so that a reader of the marts needs nothing before them. -#}
{% macro postgres__create_filter_functions(aliases) -%}
    {%- set words, sources = tag_words(), {} %}
    {%- for row in (run_query('select alias, source from ' ~ aliases ~ ' order by alias').rows if execute else []) -%}
        {%- do sources.update({row[0]: row[1]}) -%}
    {%- endfor %}
    create or replace function {{ target.schema }}.clean_tag(value text) returns text
    language plpgsql immutable parallel safe as $body$
    {{ postgres_clean_tag_body(literal(words.placeholders), literal(words.mail_hosts)) if execute }}
    $body$;
    create or replace function {{ target.schema }}.clean_source(value text) returns text
    language plpgsql immutable parallel safe as $body$
    declare
        tag text collate "C";
    begin
        -- by the reader's search path: this schema is renamed when it is published
        tag := clean_tag(value);
        return coalesce(cast({{ literal(tojson(sources)) }} as jsonb) ->> tag, tag);
    end;
    $body$;
{%- endmacro %}
