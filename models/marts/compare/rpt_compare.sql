with totals as (select * from {{ ref('int_compare_totals') }})

select
    newer.period,
    newer.starts_at as current_starts_at,
    newer.ends_at as current_ends_at,
    older.starts_at as previous_starts_at,
    older.ends_at as previous_ends_at,
    newer.total_sessions as current_total_sessions,
    older.total_sessions as previous_total_sessions,
    newer.unique_visitors as current_unique_visitors,
    older.unique_visitors as previous_unique_visitors,
    newer.total_conversions as current_total_conversions,
    older.total_conversions as previous_total_conversions,
    newer.conversion_rate as current_conversion_rate,
    older.conversion_rate as previous_conversion_rate,
    newer.total_orders as current_total_orders,
    older.total_orders as previous_total_orders,
    newer.total_revenue as current_total_revenue,
    older.total_revenue as previous_total_revenue,
    newer.avg_order_value as current_avg_order_value,
    older.avg_order_value as previous_avg_order_value,
    newer.total_score as current_total_score,
    older.total_score as previous_total_score,
    {{ rate('(newer.total_sessions - older.total_sessions)', 'older.total_sessions') }} as change_total_sessions,
    {{ rate('(newer.unique_visitors - older.unique_visitors)', 'older.unique_visitors') }} as change_unique_visitors,
    {{ rate('(newer.total_conversions - older.total_conversions)', 'older.total_conversions') }} as change_total_conversions,
    {{ rate('(newer.total_orders - older.total_orders)', 'older.total_orders') }} as change_total_orders,
    {{ rate('(newer.total_revenue - older.total_revenue)', 'older.total_revenue') }} as change_total_revenue,
    {{ rate('(newer.total_score - older.total_score)', 'older.total_score') }} as change_total_score,
    -- ratios are compared by cross-multiplication, so that one division makes the change; a rate changes by points
    {{ rate(
        '(newer.total_conversions * older.total_sessions - older.total_conversions * newer.total_sessions)',
        'newer.total_sessions * older.total_sessions',
    ) }} as change_conversion_rate,
    {{ rate(
        '(' ~ times('newer.total_revenue', 'older.total_orders') ~ ' - ' ~ times('older.total_revenue', 'newer.total_orders') ~ ')',
        times('older.total_revenue', 'newer.total_orders'),
    ) }} as change_avg_order_value
from totals as newer
inner join totals as older on newer.period = older.period
where newer.side = 'current' and older.side = 'previous'
