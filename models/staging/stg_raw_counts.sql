{{ config(
    materialized='incremental',
    incremental_strategy='append',
    on_schema_change=on_changed_columns(),
    pre_hook=["{{ read_one_snapshot() }}", "{{ forget_row_counts() }}"],
) }}

-- Counted by itself, so that a test can hold what was read against it.
{% for table in raw_table_list() -%}
-- depends on: {{ source('raw', table) }}
{% endfor -%}
with counts as (
    {%- for table in raw_table_list() %}
    {{ raw_row_counts(table) }}
    {{ 'union all' if not loop.last }}
    {%- endfor %}
)

select
    table_name,
    file_version,
    raw_rows
from counts
