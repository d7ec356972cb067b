"""A/B tests of creatives: the verdict is the mart's, this only asks for it."""

from __future__ import annotations

from utm_pipeline.queries.model import Kind, Part, Query, Words
from utm_pipeline.queries.params import CAMPAIGN, PERIOD, SOURCE, limit

# A test over all sources has no source.
_OF_THE_TEST = """
    {rows}.period = $period
    and {rows}.utm_campaign is not distinct from cast($wanted_campaign as varchar)
    and case
        when cast($source as varchar) is null then {rows}.utm_source is null
        else {rows}.utm_source = cast($wanted_source as varchar)
    end"""

_VARIANTS = f"""
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
where {_OF_THE_TEST.format(rows="variants")}
order by variants.sessions desc, variants.utm_content"""

_VERDICT = f"""
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
    on {_OF_THE_TEST.format(rows="tests")}"""

_BY_SOURCE = """
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
    and variants.utm_source is not null
    and (
        cast($source as varchar) is null
        or variants.utm_source = cast($wanted_source as varchar)
    )
order by variants.sessions desc, variants.utm_source, variants.utm_content"""

# Without a campaign: those that have something to compare, with all their sessions.
_CAMPAIGNS = """
with tests as (
    select tests.utm_campaign
    from rpt_ab_tests as tests
    where
        tests.period = $period
        and tests.variants > 1
        and tests.utm_campaign is not null
        and case
            when cast($source as varchar) is null then tests.utm_source is null
            else tests.utm_source = cast($wanted_source as varchar)
        end
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
limit $limit"""

AB_TEST = Query(
    "ab-test",
    Words("A/B-тест креативів", "A/B test of creatives"),
    Words(
        "який креатив конвертує краще й чи певно це; покази в аукціоні не випадкові, "
        "тож це спостереження, а не експеримент",
        "which creative converts better, and how certain that is; an ad auction does not show "
        "creatives at random, so this is an observation, not an experiment",
    ),
    (
        Part(_VARIANTS, key="variants"),
        Part(_VERDICT, many=False, kinds={"status": Kind.CODE}),
        Part(_BY_SOURCE, key="by_source"),
    ),
    (PERIOD, CAMPAIGN, SOURCE, limit()),
    "--campaign summer_2026 --period month",
    without=("campaign", (Part(_CAMPAIGNS),)),
)
