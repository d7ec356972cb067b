{%- set tables = {
    'utm_sessions': ('stg_session_rows', 'first_seen_at'),
    'user_actions': ('stg_action_rows', 'acted_at'),
    'orders': ('stg_orders', 'created_at'),
    'ad_spend': ('stg_ad_spend', business_to_utc('cast(spend_date as ' ~ dbt.type_timestamp() ~ ')')),
    'refunds': ('stg_refunds', 'refunded_at'),
} -%}

with counted as (
    {% for table, (staged, moment) in tables.items() %}
    select
        cast('{{ table }}' as {{ dbt.type_string() }}) as table_name,
        {{ loop.index }} as position,
        count(*) as read,
        (select count(*) from {{ ref(staged) }}) as kept,
        count(invalid_reason) as quarantined,
        count(case when invalid_reason is null and {{ moment }} >= {{ as_of() }} then 1 end) as after_as_of
    from {{ ref('base_' ~ table) }}
    {{ 'union all' if not loop.last }}
    {%- endfor %}

),

final as (

    select
        table_name,
        position,
        read,
        kept,
        quarantined,
        after_as_of,
        -- what is neither kept nor set aside is a duplicate; a test counts those by themselves
        read - kept - quarantined - after_as_of as duplicates
    from counted

)

select * from final
