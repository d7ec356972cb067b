{#- True if an instant lies in a period: from inclusive, until exclusive. -#}
{% macro in_period(instant, periods='periods') -%}
    {{ instant }} >= {{ periods }}.starts_at and {{ instant }} < {{ periods }}.ends_at
{%- endmacro %}

{#- Sessions begun in a period beside orders created in it, for each combination of the tags `keys`
    that has either: the body of rpt_sources, rpt_campaigns and rpt_content. -#}
{% macro performance_by(keys) -%}
{%- set names = keys | join(', ') -%}
with periods as (

    select * from {{ ref('int_periods') }}

),

sessions as (

    select * from {{ ref('fct_sessions') }}

),

orders as (

    select * from {{ ref('fct_orders') }}

),

session_totals as (

    select
        periods.period,
        {%- for key in keys %}
        sessions.{{ key }},
        {%- endfor %}
        count(*) as sessions,
        count(distinct sessions.visitor_id) as unique_visitors,
        sum(case when sessions.is_converted then 1 else 0 end) as conversions,
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

combined as (

    select period, {{ names }}, sessions, unique_visitors, conversions, total_score, 0 as orders, cast(0 as decimal(38, 2)) as revenue
    from session_totals
    union all
    select period, {{ names }}, 0, 0, 0, 0, orders, revenue
    from order_totals

),

summed as (

    select
        period,
        {{ names }},
        {{ total('sessions') }} as sessions,
        {{ total('unique_visitors') }} as unique_visitors,
        {{ total('conversions') }} as conversions,
        {{ total('orders') }} as orders,
        {{ money_total('revenue') }} as revenue,
        {{ total('total_score') }} as total_score
    from combined
    group by period, {{ names }}

),

final as (

    select
        period,
        {{ names }},
        sessions,
        unique_visitors,
        conversions,
        {{ rate('conversions', 'sessions') }} as conversion_rate,
        orders,
        revenue,
        {{ ratio('revenue', 'orders') }} as avg_order_value,
        total_score
    from summed

)

select * from final
{%- endmacro %}

{#- A place or program as received, or `Unknown`: missing or, in any case, `unknown`. -#}
{% macro known_or(value, otherwise="'Unknown'") -%}
    case when coalesce({{ lower_simple(value) }}, 'unknown') = 'unknown' then {{ otherwise }} else {{ value }} end
{%- endmacro %}
