with categories as (select * from {{ ref('ga4_source_categories') }}),
referrers as (select * from {{ ref('referrer_sources') }}),

aliases_by_host as (
    select
        referrers.source,
        coalesce(own_name.category, without_www.category) as category,
        row_number() over (
            partition by referrers.source
            order by {{ by_code_point('referrers.host') }}
        ) as nth
    from referrers
    left join categories as own_name on referrers.host = own_name.source
    left join categories as without_www on {{ replace_all('referrers.host', '^www[.]', '') }} = without_www.source
    -- Google lists the link redirectors of some mail providers as search
    where referrers.medium <> 'email' and coalesce(own_name.category, without_www.category) is not null
),

-- a source is looked up by its own name first, then without www., then by the hosts it is known by
candidates as (
    select
        source,
        category,
        1 as preference
    from categories
    union all
    select
        'www.' || source as source,
        category,
        2 as preference
    from categories
    union all
    select
        source,
        category,
        3 as preference
    from aliases_by_host
    where nth = 1
),

ranked as (
    select
        source,
        category,
        row_number() over (partition by source order by preference) as nth
    from candidates
)

select
    source,
    category
from ranked
where nth = 1
