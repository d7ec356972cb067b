{%- for table in ['utm_sessions', 'user_actions', 'orders', 'ad_spend', 'refunds'] %}
select
    '{{ table }}' as table_name,
    reason,
    count(*) as rows
from {{ ref('quarantine_' ~ table) }}
group by reason
{{ 'union all' if not loop.last }}
{%- endfor %}
