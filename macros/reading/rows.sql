{#- What every engine answers about raw tables, be they files or tables of a database. -#}

{#- The rows of a raw table that the model does not hold yet: file_version, the contract's columns as values,
    `<tag>_raw` where the contract keeps the text as captured, invalid_reason (the first that applies, in
    the contract's order) and, for invalid rows only, the row as received. -#}
{% macro new_raw_rows(table) -%}
    {{ return(adapter.dispatch('new_raw_rows', 'utm_pipeline')(table, this if is_incremental() else none)) }}
{%- endmacro %}

{#- How a raw column becomes a value (inputs.md). `column` is trimmed text or, where the raw table is
    typed, a value of the type `stored`. Text is checked by one strict pattern before any cast, because
    the engines' own casts accept too much. NULL where missing or unreadable. -#}
{% macro read_value(column, stored, wanted) -%}
    {{ return(adapter.dispatch('read_value', 'utm_pipeline')(column, stored, wanted)) }}
{%- endmacro %}

{#- Whether a stored type holds text, whatever it is called; what is none is a number, a truth, a time, or nested. -#}
{% macro is_text(stored) -%}
    {{ return(adapter.dispatch('is_text', 'utm_pipeline')(stored)) }}
{%- endmacro %}

{#- Pre-hook of the models base_<table>: rows of files, or of tables, that are gone or have changed are
    forgotten. -#}
{% macro forget_changed_rows() -%}
    {%- if execute and is_incremental() -%}
        {{ return(adapter.dispatch('forget_changed_rows', 'utm_pipeline')(this.identifier.removeprefix('base_'))) }}
    {%- endif -%}
{%- endmacro %}

{#- How many rows a raw table holds that the model has not counted yet: table_name, file_version, raw_rows. -#}
{% macro raw_row_counts(table) -%}
    {{ return(adapter.dispatch('raw_row_counts', 'utm_pipeline')(table, this if is_incremental() else none)) }}
{%- endmacro %}

{#- Pre-hook of stg_raw_counts: what is gone or has changed is counted no more. -#}
{% macro forget_row_counts() -%}
    {%- if execute and is_incremental() -%}
        {{ return(adapter.dispatch('forget_row_counts', 'utm_pipeline')()) }}
    {%- endif -%}
{%- endmacro %}

{% macro no_row_counts() -%}
    select cast(null as varchar) as table_name, cast(null as varchar) as file_version, cast(null as bigint) as raw_rows where false
{%- endmacro %}
