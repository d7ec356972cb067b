with variants as (select * from {{ ref('rpt_ab_variants') }}),
runners_up as (select * from {{ ref('int_ab_comparisons') }} where rank_in_test = 2),
dissent as (select * from {{ ref('int_ab_dissent') }}),

tests as (
    select
        period,
        scope,
        utm_campaign,
        utm_source,
        count(*) as variants,
        count(*) filter (where takes_part) as contenders,
        cast(sum(sessions) as bigint) as total_sessions,
        cast(sum(conversions) as bigint) as total_conversions,
        max(utm_content) filter (where place = 1) as leader,
        max(confidence) filter (where place = 1) as confidence,
        min(first_session_at) filter (where takes_part) as first_session_at,
        max(last_session_at) filter (where takes_part) as last_session_at
    from variants
    group by period, scope, utm_campaign, utm_source
),

judged as (
    select
        tests.*,
        runners_up.lift as winner_lift,
        runners_up.difference - runners_up.margin as lift_low,
        runners_up.difference + runners_up.margin as lift_high,
        coalesce(tests.scope = 'campaign' and dissent.sources > 0, false) as mixed,
        case
            when tests.variants = 1 then 'single_variant'
            when tests.contenders < 2 or tests.confidence is null then 'insufficient_sample'
            when {{ microseconds_between('tests.first_session_at', 'tests.last_session_at') }} < {{ var('ab_min_days') }} * 86400000000
                then 'too_short'
            when tests.confidence <= {{ var('ab_confidence') }} then 'inconclusive'
            else 'significant'
        end as status
    from tests
    left join runners_up on {{ same_test('tests', 'runners_up') }}
    left join dissent
        on tests.period = dissent.period and coalesce(tests.utm_campaign, '') = coalesce(dissent.utm_campaign, '')
)

select
    period,
    scope,
    utm_campaign,
    utm_source,
    variants,
    contenders,
    total_sessions,
    total_conversions,
    leader,
    case when status = 'significant' then leader end as winner,
    confidence,
    winner_lift,
    lift_low,
    lift_high,
    status,
    case
        when status = 'significant' and coalesce(winner_lift > {{ var('ab_scale_lift') }}, true) then 'scale'
        else 'keep_testing'
    end as recommendation,
    mixed
from judged
