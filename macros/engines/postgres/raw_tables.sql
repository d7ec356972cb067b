{#- Raw tables as tables of the same database: what they hold, and one select over them.

    A row's version names the table's storage and the row's place and transaction in it, so a row whose
    version is known need not be read again, and one that was changed has another. A view or a foreign
    table has no such thing: it is read whole each time. -#}

{#- A raw table: {relation, kind, storage, columns: {name: [name there, type]}}; none where there is none. Names
    are compared without case, and a domain is the type under it. -#}
{% macro postgres_raw_table(table) -%}
    {%- if not execute -%}{{ return(none) }}{%- endif -%}
    {%- set name = raw_table_names().get(table, table) -%}
    {%- set schema = setting('UTM_RAW_SCHEMA', 'public') -%}
    {%- set found = run_query(
        "select c.relkind, coalesce(pg_relation_filenode(c.oid), c.oid), a.attname, format_type(under.oid, null),"
        ~ " has_table_privilege(c.oid, 'select')"
        ~ " from pg_class c join pg_namespace n on n.oid = c.relnamespace join pg_attribute a on a.attrelid = c.oid"
        ~ " cross join lateral (with recursive up as (select a.atttypid as oid union all"
        ~ " select t.typbasetype from up join pg_type t on t.oid = up.oid and t.typbasetype <> 0)"
        ~ " select up.oid from up join pg_type t on t.oid = up.oid where t.typbasetype = 0) as under"
        ~ " where n.nspname = " ~ literal(schema) ~ " and c.relname = " ~ literal(name)
        ~ " and c.relkind in ('r', 'p', 'm', 'v', 'f') and a.attnum > 0 and not a.attisdropped"
        ~ " and (has_table_privilege(c.oid, 'select') or has_column_privilege(c.oid, a.attnum, 'select')) order by a.attnum"
    ) -%}
    {%- if not found.rows -%}{{ return(none) }}{%- endif -%}
    {%- set wanted = raw_contract(table) | map(attribute='name') | list -%}
    {%- set columns = {} -%}
    {%- for row in found.rows if row[2].lower() in wanted -%}
        {%- if row[2].lower() in columns -%}
            {{ exceptions.raise_compiler_error('the column ' ~ row[2].lower() ~ ' of table ' ~ table ~ ' is there twice') }}
        {%- endif -%}
        {%- do columns.update({row[2].lower(): [row[2], row[3]]}) -%}
    {%- endfor -%}
    {%- set whole = found.rows[0][4] -%}
    {{ return({
        'relation': adapter.quote(schema) ~ '.' ~ adapter.quote(name),
        'kind': found.rows[0][0] if whole else 'v',
        'storage': found.rows[0][1],
        'columns': columns,
    }) }}
{%- endmacro %}

{#- The version of a raw row, as an SQL expression. -#}
{% macro postgres_row_version_of(raw, alias) -%}
    {%- set rules = rules_version()[:12] -%}
    {%- if raw.kind in ['v', 'f'] -%}
        {{ literal(rules ~ ' ' ~ invocation_id) }}
    {%- elif raw.kind == 'p' -%}
        {{ literal(rules ~ ' ') }} || cast({{ alias }}.tableoid as text) || cast({{ alias }}.ctid as text) || cast({{ alias }}.xmin as text)
    {%- else -%}
        {{ literal(rules ~ ' ' ~ raw.storage) }} || cast({{ alias }}.ctid as text) || cast({{ alias }}.xmin as text)
    {%- endif -%}
{%- endmacro %}

{#- A value as it was received, but a JSON string without its quotes. -#}
{% macro postgres_received(column, type) -%}
    {{ column ~ " #>> '{}'" if type in ['json', 'jsonb'] else column }}
{%- endmacro %}

{#- Each step is fenced off, so that the planner does not paste a step's expression into every place
    that reads it. -#}
{% macro postgres__new_raw_rows(table, relation) -%}
    {%- set raw = postgres_raw_table(table) -%}
    {%- if raw is none -%}
    {{ no_raw_rows(table) }}
    {%- else -%}
    select
        _version as file_version,
        {%- for column in raw_contract(table) %}
        {{ adapter.quote(column.name) }},
        {%- if column.meta.get('keep_raw') %}
        {{ column.name }}_raw,
        {%- endif %}
        {%- endfor %}
        {{ invalid_reason(table) }} as invalid_reason,
        case when {{ invalid_reason(table) }} is not null then to_json(_received) end as received
    from (
        select
            _version,
            _received,
            {%- for column in raw_contract(table) %}
            {%- set type = raw.columns[column.name][1] if column.name in raw.columns else none %}
            {{ read_value('_' ~ column.name, type, column.data_type) if type else null_of(column.data_type) }} as {{ adapter.quote(column.name) }},
            {%- if column.meta.get('keep_raw') %}
            {{ '_received_' ~ column.name if type else 'cast(null as text)' }} as {{ column.name }}_raw,
            {%- endif %}
            {%- if column.meta.get('invalid_if') %}
            {{ clean_tag('_' ~ column.name) if column.meta.invalid_if == 'empty tag' else '_' ~ column.name }} is null as _no_{{ column.name }},
            {%- endif %}
            {%- endfor %}
            true as _read
        from (
            select
                {%- for column in raw_contract(table) if column.name in raw.columns %}
                {%- set received = '_received.' ~ adapter.quote(column.name) %}
                {{ trimmed(received) if is_text(raw.columns[column.name][1]) else received }} as _{{ column.name }},
                {%- if column.meta.get('keep_raw') %}
                cast({{ received }} as text) collate "C" as _received_{{ column.name }},
                {%- endif %}
                {%- endfor %}
                {{ postgres_row_version_of(raw, '_row') }} as _version,
                _received
            from {{ raw.relation }} as _row
            cross join lateral (
                select
                    {%- for name, (stored, type) in raw.columns.items() %}
                    {{ postgres_received('_row.' ~ adapter.quote(stored), type) }} as {{ adapter.quote(name) }}{{ ',' if not loop.last }}
                    {%- endfor %}
            ) as _received
            {%- if relation and raw.kind not in ['v', 'f'] %}
            where not exists (
                select 1 from {{ relation }} as known where known.file_version = {{ postgres_row_version_of(raw, '_row') }}
            )
            {%- endif %}
            offset 0
        ) as trimmed_rows
        offset 0
    ) as read_rows
    {%- endif -%}
{%- endmacro %}

{% macro postgres__forget_changed_rows(table) -%}
    {%- set raw = postgres_raw_table(table) -%}
    delete from {{ this }} as held
    {%- if raw is not none and raw.kind not in ['v', 'f'] %}
    where not exists (
        select 1 from {{ raw.relation }} as _row where {{ postgres_row_version_of(raw, '_row') }} = held.file_version
    )
    {%- endif %}
{%- endmacro %}

{#- A table is counted anew each time. -#}
{% macro postgres__raw_row_counts(table, relation) -%}
    {%- set raw = postgres_raw_table(table) -%}
    {%- if raw is none -%}
    {{ no_row_counts() }}
    {%- else -%}
    select
        '{{ table }}' as table_name,
        cast('' as text) as file_version,
        count(*) as raw_rows
    from {{ raw.relation }} as _row
    {%- endif -%}
{%- endmacro %}

{% macro postgres__forget_row_counts() -%}
    delete from {{ this }}
{%- endmacro %}
