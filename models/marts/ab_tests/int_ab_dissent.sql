-- Sources in which another creative than the campaign's leader is the best, of those where all
-- contenders of the whole campaign have enough sessions.
with variants as (select * from {{ ref('int_ab_variants') }} where takes_part),
leaders as (select * from {{ ref('int_ab_variants') }} where scope = 'campaign' and rank_in_test = 1),

-- the campaign's contenders, ranked anew within each source
in_sources as (
    select
        sources.period,
        sources.utm_campaign,
        sources.utm_content,
        row_number() over (
            partition by sources.period, sources.utm_campaign, sources.utm_source
            order by sources.conversion_rate desc, sources.sessions desc, sources.utm_content asc
        ) as rank_in_source,
        count(*) over (partition by sources.period, sources.utm_campaign, sources.utm_source) as present
    from variants as sources
    inner join variants as overall
        on sources.period = overall.period
            and coalesce(sources.utm_campaign, '') = coalesce(overall.utm_campaign, '')
            and sources.utm_content = overall.utm_content
    where sources.scope = 'source' and overall.scope = 'campaign'
)

select
    leaders.period,
    leaders.utm_campaign,
    count(*) as sources
from leaders
inner join in_sources
    on leaders.period = in_sources.period
        and coalesce(leaders.utm_campaign, '') = coalesce(in_sources.utm_campaign, '')
        and leaders.contenders = in_sources.present
where in_sources.rank_in_source = 1 and in_sources.utm_content <> leaders.utm_content
group by leaders.period, leaders.utm_campaign
