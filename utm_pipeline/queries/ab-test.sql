/*
order:   180
title:   A/B-тест креативів | A/B test of creatives
about:   який креатив конвертує краще й чи певно це; покази в аукціоні не випадкові, тож це спостереження, а не експеримент | which creative converts better, and how certain that is; an ad auction does not show creatives at random, so this is an observation, not an experiment
params:  period campaign source limit
example: --campaign summer_2026 --period month
*/
-- part: variants many
select
    variants.utm_content,
    variants.sessions,
    variants.conversions,
    variants.conversion_rate,
    variants.revenue,
    variants.avg_order_value,
    variants.confidence,
    variants.first_session_at as first_session,
    variants.last_session_at as last_session
from rpt_ab_variants as variants
where
    variants.period = $period
    and variants.utm_campaign is not distinct from cast($wanted_campaign as varchar)
    and variants.scope = case when cast($source as varchar) is null then 'campaign' else 'source' end
    and (cast($source as varchar) is null or variants.utm_source = cast($wanted_source as varchar))
order by variants.sessions desc, variants.utm_content;
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
left join rpt_ab_tests as tests
    on
    tests.period = $period
    and tests.utm_campaign is not distinct from cast($wanted_campaign as varchar)
    and tests.scope = case when cast($source as varchar) is null then 'campaign' else 'source' end
    and (cast($source as varchar) is null or tests.utm_source = cast($wanted_source as varchar));
-- part: by_source many
select
    variants.utm_source,
    variants.utm_content,
    variants.sessions,
    variants.conversions,
    variants.conversion_rate
from rpt_ab_variants as variants
where
    variants.period = $period
    and variants.utm_campaign is not distinct from cast($wanted_campaign as varchar)
    and variants.scope = 'source'
    and (
        cast($source as varchar) is null
        or variants.utm_source = cast($wanted_source as varchar)
    )
order by variants.sessions desc, variants.utm_source, variants.utm_content;
-- part: answer many without=campaign
with tests as (
    select tests.utm_campaign
    from rpt_ab_tests as tests
    where
        tests.period = $period
        and tests.variants > 1
        and tests.utm_campaign is not null
        and tests.scope = case when cast($source as varchar) is null then 'campaign' else 'source' end
        and (cast($source as varchar) is null or tests.utm_source = cast($wanted_source as varchar))
)
select
    campaigns.utm_campaign,
    sum(campaigns.sessions) as sessions
from rpt_campaigns as campaigns
inner join tests on campaigns.utm_campaign = tests.utm_campaign
where
    campaigns.period = $period
    and (
        cast($source as varchar) is null
        or campaigns.utm_source = cast($wanted_source as varchar)
    )
group by campaigns.utm_campaign
order by sum(campaigns.sessions) desc, campaigns.utm_campaign
limit $limit;
