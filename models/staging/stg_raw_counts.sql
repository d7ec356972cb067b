{{ config(materialized='table', pre_hook="{{ read_one_snapshot() }}") }}

-- Counted by itself, so that a test can hold what was read against it.
{% for table in raw_table_list() -%}
-- depends on: {{ source('raw', table) }}
{% endfor -%}
with final as (
    {% for table in raw_table_list() %}
    select
        cast('{{ table }}' as {{ dbt.type_string() }}) as table_name,
        cast({{ raw_row_count(table) }} as bigint) as raw_rows
    {{ 'union all' if not loop.last }}
    {%- endfor %}

)

select * from final
