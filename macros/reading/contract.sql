{#- The contract of the raw tables (inputs.md): their columns, with types and what makes a row invalid, are the
    source's own description in models/staging/_sources.yml; nothing is listed twice. -#}

{#- The source node of a raw table: its columns in the contract's order. -#}
{% macro raw_contract(table) -%}
    {%- if not execute -%}
        {{ return([]) }}
    {%- endif -%}
    {%- for node in graph.sources.values() if node.source_name == 'raw' and node.name == table -%}
        {{ return(node.columns.values() | list) }}
    {%- endfor -%}
{%- endmacro %}

{#- The names of the raw tables, as the contract has them. -#}
{% macro raw_table_list() -%}
    {{ return(['utm_sessions', 'user_actions', 'orders', 'ad_spend', 'refunds']) }}
{%- endmacro %}

{#- What raw tables are called otherwise, by UTM_RAW_TABLES: {name of the contract: name there}. -#}
{% macro raw_table_names() -%}
    {%- set names = {} -%}
    {%- for pair in setting('UTM_RAW_TABLES').split(',') if '=' in pair -%}
        {%- do names.update({pair.split('=')[0].strip(): pair.split('=')[1].strip()}) -%}
    {%- endfor -%}
    {{ return(names) }}
{%- endmacro %}

{#- An absent column's value. -#}
{% macro null_of(wanted) -%}
    cast(null as {{ {'text': 'varchar', 'integer': 'bigint', 'decimal': 'decimal(18, 2)', 'boolean': 'boolean', 'timestamp': 'timestamp', 'date': 'date'}[wanted] }})
{%- endmacro %}

{#- An empty select of the shape of raw_batch_rows. -#}
{% macro no_raw_rows(table) -%}
    select
        cast(null as varchar) as file_version,
        {%- for column in raw_contract(table) %}
        {{ null_of(column.data_type) }} as {{ column.name }},
        {%- if column.meta.get('keep_raw') %}
        cast(null as varchar) as {{ column.name }}_raw,
        {%- endif %}
        {%- endfor %}
        cast(null as varchar) as invalid_reason,
        cast(null as json) as received
    where false
{%- endmacro %}

{#- Why a raw row is invalid (metrics.md 2), by the contract's `invalid_if` marks; NULL if it is not. -#}
{% macro invalid_reason(table) -%}
    case
        {%- for column in raw_contract(table) if column.meta.get('invalid_if') %}
        when _no_{{ column.name }} then '{{ column.name }} missing'
        when {{ column.name }} is null then '{{ column.name }} unreadable'
        {%- if column.meta.invalid_if == 'negative' %}
        when {{ column.name }} < 0 then '{{ column.name }} negative'
        {%- elif column.meta.invalid_if == 'not positive' %}
        when {{ column.name }} <= 0 then '{{ column.name }} negative'
        {%- endif %}
        {%- endfor %}
    end
{%- endmacro %}

{#- The columns of a raw table as they were received, of rows that `invalid_rows` holds. -#}
{% macro received_values(table, invalid_rows) -%}
    select
        row_id,
        invalid_reason as reason,
        {%- for column in raw_contract(table) %}
        {{ json_text('received', column.name) }} as {{ column.name }},
        {%- endfor %}
        received,
        file_version
    from {{ invalid_rows }}
{%- endmacro %}
