/*
order:   180
title:   A/B-тест креативів | A/B test of creatives
about:   який креатив конвертує краще й чи певно це; покази в аукціоні не випадкові, тож це спостереження, а не експеримент | which creative converts better, and how certain that is; an ad auction does not show creatives at random, so this is an observation, not an experiment
params:  period campaign source limit
example: --campaign summer_2026 --period month
*/
with variants as (
    select *
    from rpt_ab_variants
    where
        period = $period
        and utm_campaign is not distinct from $wanted_campaign
        and ($source is null or utm_source = $wanted_source)
),
tests as (
    select *
    from rpt_ab_tests
    where
        period = $period
        and scope = case when $source is null then 'campaign' else 'source' end
        and ($source is null or utm_source = $wanted_source)
)
-- part: variants many
select
    utm_content,
    sessions,
    conversions,
    conversion_rate,
    revenue,
    avg_order_value,
    confidence,
    first_session_at as first_session,
    last_session_at as last_session
from variants
where scope = case when $source is null then 'campaign' else 'source' end
order by sessions desc, utm_content;
-- part: answer one status=code
select
    tests.leader,
    tests.winner,
    tests.winner_lift,
    tests.lift_low,
    tests.lift_high,
    coalesce(tests.status, 'no_data') as status,
    coalesce(tests.recommendation, 'keep_testing') as recommendation,
    coalesce(tests.total_sessions, 0) as total_sessions,
    coalesce(tests.total_conversions, 0) as total_conversions,
    coalesce(tests.mixed, false) as mixed
from (select 1 as one) as single
left join tests on tests.utm_campaign is not distinct from $wanted_campaign;
-- part: by_source many
select utm_source, utm_content, sessions, conversions, conversion_rate
from variants
where scope = 'source'
order by sessions desc, utm_source, utm_content;
-- part: answer many without=campaign
select campaigns.utm_campaign, sum(campaigns.sessions) as sessions
from rpt_campaigns as campaigns
inner join tests on campaigns.utm_campaign = tests.utm_campaign
where
    campaigns.period = $period
    and tests.variants > 1
    and ($source is null or campaigns.utm_source = $wanted_source)
group by campaigns.utm_campaign
order by sum(campaigns.sessions) desc, campaigns.utm_campaign
limit $limit;
