-- Each contender against the leader: a two-sided two-proportion z-test with pooled variance, corrected
-- after Bonferroni for the number of comparisons (metrics.md 7).
with variants as (select * from {{ ref('int_ab_variants') }} where takes_part),

pairs as (
    select
        others.period,
        others.scope,
        others.utm_campaign,
        others.utm_source,
        others.utm_content,
        others.rank_in_test,
        others.contenders,
        leaders.sessions as leader_sessions,
        leaders.conversions as leader_conversions,
        others.sessions as other_sessions,
        others.conversions as other_conversions,
        least(leaders.sessions, others.sessions) as smaller,
        leaders.sessions + others.sessions as both_sessions,
        leaders.conversions + others.conversions as both_conversions
    from variants as others
    inner join variants as leaders on {{ same_test('others', 'leaders') }}
    where leaders.rank_in_test = 1 and others.rank_in_test > 1
),

scored as (
    select
        *,
        {{ pooled_z('leader_conversions', 'leader_sessions', 'other_conversions', 'other_sessions') }} as z,
        -- the chance that the bar of ab_confidence leaves to each side
        {{ ratio('(100 - ' ~ var('ab_confidence') ~ ')', '200 * (contenders - 1)') }} as tail
    from pairs
)

select
    period,
    scope,
    utm_campaign,
    utm_source,
    utm_content,
    rank_in_test,
    case
        when both_conversions = 0 or both_conversions = both_sessions then 0
        when smaller * both_conversions < {{ var('ab_min_expected') }} * both_sessions then null
        when smaller * (both_sessions - both_conversions) < {{ var('ab_min_expected') }} * both_sessions then null
        else 100 * (1 - least(2 * {{ normal_tail('z') }} * (contenders - 1), 1))
    end as confidence,
    -- the leader's lift over this variant, and the interval of the difference in points, at the level of the bar
    {{ rate(
        '(leader_conversions * other_sessions - other_conversions * leader_sessions)',
        'other_conversions * leader_sessions',
    ) }} as lift,
    100 * ({{ ratio('leader_conversions', 'leader_sessions') }} - {{ ratio('other_conversions', 'other_sessions') }}) as difference,
    100 * {{ normal_quantile('tail') }} * sqrt(
        {{ as_double('leader_conversions') }} * (leader_sessions - leader_conversions)
        / leader_sessions / leader_sessions / leader_sessions
        + {{ as_double('other_conversions') }} * (other_sessions - other_conversions)
        / other_sessions / other_sessions / other_sessions
    ) as margin
from scored
