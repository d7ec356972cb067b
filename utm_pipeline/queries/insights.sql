/*
order:   200
title:   На що звернути увагу | Insights
about:   що помітно змінилося і що з цим робити, не більше п'яти пунктів | what changed beyond chance and what to do about it, five at most
params:  period limit
example: --period last_week
*/
-- part: answer many target=retention
select
    position,
    kind,
    utm_source,
    other_source,
    sources,
    case
        when kind = 'spend_without_return' then coalesce(utm_campaign, $no_value)
        else utm_campaign
    end as utm_campaign,
    utm_content,
    cohort_start as cohort,
    size,
    sessions,
    previous_sessions,
    other_sessions,
    conversions,
    conversion_rate,
    previous_conversion_rate,
    ad_spend,
    ad_cost_per_conversion,
    retention,
    retention_high,
    target,
    confidence,
    winner_lift,
    recommendation
from rpt_insights
where period = $period
order by position
limit $limit;
