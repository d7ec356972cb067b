{{ config(pre_hook="{{ read_one_snapshot() }}") }}

-- Counted by itself, so that a test can hold what was read against it.
{% for table in raw_table_list() -%}
-- depends on: {{ source('raw', table) }}
select
    '{{ table }}' as table_name,
    cast({{ raw_row_count(table) }} as bigint) as raw_rows
{{ 'union all' if not loop.last }}
{% endfor %}
