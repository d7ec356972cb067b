/*
order:   10
title:   Загальна статистика | General statistics
about:   сеанси, відвідувачі, конверсії, замовлення й дохід за період | sessions, visitors, conversions, orders and revenue of a period
params:  period
example: --period month
*/
-- part: answer one
select
    total_sessions,
    unique_visitors,
    total_conversions,
    conversion_rate,
    total_orders,
    total_revenue,
    avg_order_value,
    total_score,
    avg_score_per_session
from rpt_general_stats
where period = $period;
