-- Creatives that have won the test of their campaign, with the bar of ab-test corrected after Bonferroni for
-- the number of campaigns that are judged (metrics.md 8).
with variants as (select * from {{ ref('rpt_ab_variants') }} where scope = 'campaign'),

tests as (
    select
        *,
        count(*) over (partition by period) as tests
    from {{ ref('rpt_ab_tests') }}
    where scope = 'campaign' and utm_campaign is not null and status in ('inconclusive', 'significant')
)

select
    tests.period,
    {{ insight("'creative_won'", {
        'utm_campaign': 'tests.utm_campaign',
        'utm_content': 'tests.winner',
        'sessions': 'variants.sessions',
        'conversions': 'variants.conversions',
        'conversion_rate': 'variants.conversion_rate',
        'confidence': 'tests.confidence',
        'winner_lift': 'tests.winner_lift',
        'recommendation': 'tests.recommendation',
        'weight': 'tests.total_sessions',
    }) }}
from tests
inner join variants
    on tests.period = variants.period
        and tests.utm_campaign = variants.utm_campaign
        and tests.winner = variants.utm_content
-- a mixed test may have crowned the wrong one
where not tests.mixed and (100 - tests.confidence) * tests.tests < 100 - {{ var('ab_confidence') }}
