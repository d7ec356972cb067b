with variants as (

    select * from {{ ref('rpt_ab_variants') }}

),

-- only the second-best matters for the lift
runners_up as (

    select * from {{ ref('int_ab_comparisons') }}
    where place = 2

),

contests as (

    select
        period,
        utm_campaign,
        utm_source,
        count(*) as variants,
        {{ total('case when takes_part then 1 else 0 end') }} as contenders,
        {{ total('sessions') }} as total_sessions,
        {{ total('conversions') }} as total_conversions,
        max(case when place = 1 then utm_content end) as leader,
        max(case when place = 1 then confidence end) as confidence,
        min(case when takes_part then first_session_at end) as first_session_at,
        max(case when takes_part then last_session_at end) as last_session_at
    from variants
    group by period, utm_campaign, utm_source

),

dissenters as (

    select * from {{ ref('int_ab_dissent') }}

),

judged as (

    select
        contests.*,
        runners_up.lift as winner_lift,
        runners_up.difference - runners_up.margin as lift_low,
        runners_up.difference + runners_up.margin as lift_high,
        coalesce(contests.utm_source is null and dissenters.sources > 0, false) as mixed,
        case
            when contests.variants = 1 then 'single_variant'
            when contests.contenders < 2 or contests.confidence is null then 'insufficient_sample'
            when
                {{ microseconds_between('contests.first_session_at', 'contests.last_session_at') }} < {{ var('ab_min_days') }} * 86400000000
                then 'too_short'
            when contests.confidence <= {{ var('ab_confidence') }} then 'inconclusive'
            else 'significant'
        end as status
    from contests
    left join runners_up
        on contests.period = runners_up.period
            and coalesce(contests.utm_campaign, '') = coalesce(runners_up.utm_campaign, '')
            and coalesce(contests.utm_source, '') = coalesce(runners_up.utm_source, '')
    left join dissenters
        on contests.period = dissenters.period
            and coalesce(contests.utm_campaign, '') = coalesce(dissenters.utm_campaign, '')

),

final as (

    select
        period,
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

)

select * from final
