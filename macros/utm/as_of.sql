{#- The instant that the marts describe (metrics.md 1), as an SQL expression of a UTC timestamp:
    var `as_of`, else UTM_AS_OF, else the start of the run. Without an offset it is business time. -#}
{% macro as_of() -%}
    {%- if not execute -%}
        cast('2000-01-01 00:00:00' as {{ dbt.type_timestamp() }})
    {%- else -%}
        {%- set given = var('as_of', none) or setting('UTM_AS_OF') or run_started_at.isoformat() -%}
        {%- set moment = modules.datetime.datetime.fromisoformat(given | string) -%}
        {%- if moment.tzinfo -%}
            {%- set moment = moment.astimezone(modules.pytz.utc).replace(tzinfo=none) -%}
            cast('{{ moment.isoformat(" ") }}' as {{ dbt.type_timestamp() }})
        {%- else -%}
            {{ clock_to_utc("cast('" ~ moment.isoformat(" ") ~ "' as " ~ dbt.type_timestamp() ~ ")") }}
        {%- endif -%}
    {%- endif -%}
{%- endmacro %}

{#- The start of this run: when the rows that it reads were read. -#}
{% macro run_moment() -%}
    cast('{{ run_started_at.replace(tzinfo=none).isoformat(" ") }}' as {{ dbt.type_timestamp() }})
{%- endmacro %}

{#- Whether a row was read after the start of the refresh that is served, which UTM_READ_SINCE gives; without it,
    in this run. -#}
{% macro is_read_anew() -%}
    {%- set since = setting('UTM_READ_SINCE') -%}
    read_at {{ '> cast(' ~ literal(since) ~ ' as ' ~ dbt.type_timestamp() ~ ')' if since else '= ' ~ run_moment() }}
{%- endmacro %}
