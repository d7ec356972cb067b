{%- set tables = {
    'utm_sessions': ('stg_kept_sessions', 'first_seen_at'),
    'user_actions': ('stg_kept_actions', 'acted_at'),
    'orders': ('stg_orders', 'created_at'),
    'ad_spend': ('stg_ad_spend', day_to_utc('cast(spend_date as timestamp)')),
    'refunds': ('stg_refunds', 'refunded_at'),
} -%}

with counted as (
    {%- for table, (staged, moment) in tables.items() %}
    select
        '{{ table }}' as table_name,
        {{ loop.index }} as position,
        count(*) as read,
        (select count(*) from {{ ref(staged) }}) as kept,
        count(invalid_reason) as quarantined,
        count(*) filter (where invalid_reason is null and {{ moment }} >= {{ as_of() }}) as after_as_of,
        -- a day of spend is no instant
        {% if table == 'ad_spend' -%}
        {{ null_of('timestamp') }} as data_until
        {%- else -%}
        max({{ moment }}) filter (where invalid_reason is null and {{ moment }} < {{ as_of() }}) as data_until
        {%- endif %}
    from {{ ref('base_' ~ table) }}
    {{ 'union all' if not loop.last }}
    {%- endfor %}
)

select
    table_name,
    position,
    read,
    kept,
    quarantined,
    after_as_of,
    -- what is neither kept nor set aside is a duplicate; a test counts those by themselves
    read - kept - quarantined - after_as_of as duplicates,
    data_until
from counted
