"""A/B tests of creatives: the verdict is the mart's, this only asks for it."""

from __future__ import annotations

from utm_pipeline.core.catalogue.model import Kind, Part, Query, Words
from utm_pipeline.core.catalogue.params import CAMPAIGN, PERIOD, SOURCE, limit

# The filter values, each cleaned once; a test over all sources has no source.
_CHOSEN = """
with wanted as materialized (
    select
        case
            when trim(cast($campaign as varchar)) <> 'N/A'
                then clean_tag(cast($campaign as varchar))
        end as campaign,
        case
            when trim(cast($source as varchar)) <> 'N/A'
                then clean_source(cast($source as varchar))
        end as source,
        cast($source as varchar) is not null as has_source
)"""

_OF_THE_TEST = """
    on {rows}.period = $period
    and {rows}.utm_campaign is not distinct from wanted.campaign
    and case
        when wanted.has_source then {rows}.utm_source = wanted.source
        else {rows}.utm_source is null
    end"""

_VARIANTS = f"""
{_CHOSEN}
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
from wanted
inner join rpt_ab_variants as variants {_OF_THE_TEST.format(rows="variants")}
order by variants.sessions desc, variants.utm_content"""

_VERDICT = f"""
{_CHOSEN}
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
from wanted
left join rpt_ab_tests as tests {_OF_THE_TEST.format(rows="tests")}"""

_BY_SOURCE = f"""
{_CHOSEN}
select
    variants.utm_source,
    variants.utm_content,
    variants.sessions,
    variants.conversions,
    variants.conversion_rate
from wanted
inner join rpt_ab_variants as variants
    on variants.period = $period
    and variants.utm_campaign is not distinct from wanted.campaign
    and variants.utm_source is not null
    and (not wanted.has_source or variants.utm_source = wanted.source)
order by variants.sessions desc, variants.utm_source, variants.utm_content"""

# Without a campaign: those that have something to compare, with all their sessions.
_CAMPAIGNS = """
with wanted as materialized (
    select
        case
            when trim(cast($source as varchar)) <> 'N/A'
                then clean_source(cast($source as varchar))
        end as source,
        cast($source as varchar) is not null as has_source
),
tests as (
    select tests.utm_campaign
    from rpt_ab_tests as tests
    cross join wanted
    where
        tests.period = $period
        and tests.variants > 1
        and tests.utm_campaign is not null
        and case
            when wanted.has_source then tests.utm_source = wanted.source
            else tests.utm_source is null
        end
)
select
    campaigns.utm_campaign,
    sum(campaigns.sessions) as sessions
from rpt_campaigns as campaigns
inner join tests on campaigns.utm_campaign = tests.utm_campaign
cross join wanted
where
    campaigns.period = $period
    and (not wanted.has_source or campaigns.utm_source = wanted.source)
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
