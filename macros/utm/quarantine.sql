{#- Invalid rows as received, with the reason and the file that they came from. -#}
{% macro quarantined_rows(table, rows) -%}
with raw_rows as (

    select * from {{ rows }}

),

final as (

    select
        row_id,
        invalid_reason as reason,
        {%- for column in raw_contract(table) %}
        {{ json_text('received', column.name) }} as {{ column.name }},
        {%- endfor %}
        received,
        file_version
    from raw_rows
    where invalid_reason is not null

)

select * from final
{%- endmacro %}
