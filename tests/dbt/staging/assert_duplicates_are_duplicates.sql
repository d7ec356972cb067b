{{ config(tags=['ci']) }}
{%- set tables = {
    'utm_sessions': ('session_key', 'first_seen_at'),
    'user_actions': ('action_id', 'acted_at'),
    'orders': ('order_id', 'created_at'),
    'refunds': ('refund_id', 'refunded_at'),
} -%}

-- What data-quality calls duplicates is, counted by itself, the visible rows less their different keys.
with counted as (
    {% for table, (key, moment) in tables.items() %}
    select
        '{{ table }}' as table_name,
        count({{ key }}) - count(distinct {{ key }}) as duplicates
    from {{ ref('base_' ~ table) }}
    where invalid_reason is null and {{ moment }} < {{ as_of() }}
    {{ 'union all' if not loop.last }}
    {%- endfor %}
    union all
    select
        'ad_spend' as table_name,
        0 as duplicates

)

select
    counted.table_name,
    counted.duplicates,
    quality.duplicates as reported
from counted
full outer join {{ ref('rpt_data_quality') }} as quality on counted.table_name = quality.table_name
where counted.duplicates is distinct from quality.duplicates
