with counted as (
    {% for table in ['utm_sessions', 'user_actions', 'orders', 'ad_spend', 'refunds'] %}
    select
        cast('{{ table }}' as {{ dbt.type_string() }}) as table_name,
        reason,
        count(*) as invalid_rows
    from {{ ref('quarantine_' ~ table) }}
    group by reason
    {{ 'union all' if not loop.last }}
    {%- endfor %}

),

final as (

    select
        table_name,
        reason,
        invalid_rows as rows
    from counted

)

select * from final
