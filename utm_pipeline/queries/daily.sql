/*
order:   210
title:   За днями | By day
about:   показники кожного дня періоду; коротший доповнюють до двох тижнів дні перед ним | each day of a period; one that is shorter has the days before it, two weeks in all
params:  period limit
example: --period last_month
*/
select
    days.calendar_date as "date",
    days.sessions,
    days.unique_visitors,
    days.conversions,
    days.conversion_rate,
    days.orders,
    days.revenue,
    days.avg_order_value
from rpt_daily as days
inner join rpt_periods as periods
    on days.calendar_date <= periods.last_date
    and days.calendar_date >= least(
        case
            when periods.period <> 'all_time' then periods.first_date
            else (select min(calendar_date) from rpt_daily where sessions > 0 or orders > 0)
        end,
        periods.last_date - 13
    )
where periods.period = $period
order by days.calendar_date
limit $limit;
