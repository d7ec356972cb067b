-- Sources in which another creative than the campaign's leader is the best, of those where all
-- contenders of the whole campaign have enough sessions.
with variants as (

    select * from {{ ref('int_ab_variants') }}

),

leaders as (

    select
        period,
        utm_campaign,
        utm_content as leader,
        contenders
    from variants
    where utm_source is null and place = 1

),

by_source as (

    select
        sources.period,
        sources.utm_campaign,
        sources.utm_source,
        sources.utm_content,
        sources.takes_part,
        row_number() over (
            partition by sources.period, sources.utm_campaign, sources.utm_source
            order by sources.conversion_rate desc, sources.sessions desc, {{ by_code_point('sources.utm_content') }}
        ) as place,
        count(*) over (partition by sources.period, sources.utm_campaign, sources.utm_source) as present
    from variants as sources
    inner join variants as overall
        on sources.period = overall.period
            and coalesce(sources.utm_campaign, '') = coalesce(overall.utm_campaign, '')
            and sources.utm_content = overall.utm_content
    where sources.utm_source is not null and sources.takes_part
        and overall.utm_source is null and overall.takes_part

),

final as (

    select
        leaders.period,
        leaders.utm_campaign,
        count(*) as sources
    from leaders
    inner join by_source
        on leaders.period = by_source.period
            and coalesce(leaders.utm_campaign, '') = coalesce(by_source.utm_campaign, '')
            and leaders.contenders = by_source.present
    where by_source.place = 1 and by_source.utm_content <> leaders.leader
    group by leaders.period, leaders.utm_campaign

)

select * from final
