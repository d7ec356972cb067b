{#- True if an instant lies in a period: from inclusive, until exclusive. -#}
{% macro in_period(instant, periods='periods') -%}
    {{ instant }} >= {{ periods }}.starts_at and {{ instant }} < {{ periods }}.ends_at
{%- endmacro %}

{#- CTEs that end in `totals`: for each period and combination of the tags `keys`, the sessions that began
    in it beside the paid orders that were created in it. They read the CTEs periods, sessions and orders. -#}
{% macro totals_by(keys) -%}
{%- set names = (['period'] + keys) | join(', ') -%}
session_totals as (
    select
        periods.period,
        {%- for key in keys %}
        sessions.{{ key }},
        {%- endfor %}
        count(*) as sessions,
        count(distinct sessions.visitor_id) as unique_visitors,
        count(*) filter (where sessions.is_converted) as conversions,
        sum(sessions.score) as total_score
    from sessions
    inner join periods on {{ in_period('sessions.first_seen_at') }}
    group by periods.period{% for key in keys %}, sessions.{{ key }}{% endfor %}
),

order_totals as (
    select
        periods.period,
        {%- for key in keys %}
        orders.{{ key }},
        {%- endfor %}
        count(*) as orders,
        sum(orders.revenue) as revenue
    from orders
    inner join periods on {{ in_period('orders.created_at') }}
    where orders.is_paid
    group by periods.period{% for key in keys %}, orders.{{ key }}{% endfor %}
),

both_totals as (
    select {{ names }}, sessions, unique_visitors, conversions, total_score, 0 as orders, cast(0 as decimal(38, 2)) as revenue
    from session_totals
    union all
    select {{ names }}, 0, 0, 0, 0, orders, revenue
    from order_totals
),

totals as (
    select
        {{ names }},
        cast(sum(sessions) as bigint) as sessions,
        cast(sum(unique_visitors) as bigint) as unique_visitors,
        cast(sum(conversions) as bigint) as conversions,
        cast(sum(orders) as bigint) as orders,
        cast(sum(revenue) as decimal(38, 2)) as revenue,
        cast(sum(total_score) as bigint) as total_score
    from both_totals
    group by {{ names }}
)
{%- endmacro %}

{#- A place or program as received; NULL if it is missing or, in any case, `unknown`. -#}
{% macro known(value) -%}
    case when {{ lower_simple(value) }} <> 'unknown' then {{ value }} end
{%- endmacro %}
