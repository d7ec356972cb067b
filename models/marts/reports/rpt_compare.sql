{%- set metrics = ['total_sessions', 'total_conversions', 'conversion_rate', 'total_orders', 'total_revenue', 'avg_order_value'] -%}

with totals as (

    select * from {{ ref('int_compare_totals') }}

),

measured as (

    select
        period,
        side,
        cast(total_sessions as bigint) as total_sessions,
        cast(total_conversions as bigint) as total_conversions,
        {{ rate('total_conversions', 'total_sessions') }} as conversion_rate,
        cast(total_orders as bigint) as total_orders,
        cast(total_revenue as decimal(38, 2)) as total_revenue,
        {{ ratio('total_revenue', 'total_orders') }} as avg_order_value
    from totals

),

final as (

    select
        current_side.period,
        {%- for metric in metrics %}
        current_side.{{ metric }} as current_{{ metric }},
        previous_side.{{ metric }} as previous_{{ metric }},
        {%- endfor %}
        {%- for metric in metrics if metric.startswith('total_') %}
        {{ rate('(current_side.' ~ metric ~ ' - previous_side.' ~ metric ~ ')', 'previous_side.' ~ metric) }} as change_{{ metric }},
        {%- endfor %}
        -- ratios are compared by cross-multiplication, so that one division makes the change;
        -- a rate changes by percentage points
        {{ rate(
            '(current_side.total_conversions * previous_side.total_sessions - previous_side.total_conversions * current_side.total_sessions)',
            'current_side.total_sessions * previous_side.total_sessions',
        ) }} as change_conversion_rate,
        {{ rate(
            '(' ~ times('current_side.total_revenue', 'previous_side.total_orders') ~ ' - ' ~ times('previous_side.total_revenue', 'current_side.total_orders') ~ ')',
            times('previous_side.total_revenue', 'current_side.total_orders'),
        ) }} as change_avg_order_value
    from measured as current_side
    inner join measured as previous_side on current_side.period = previous_side.period
    where current_side.side = 'current' and previous_side.side = 'previous'

)

select * from final
