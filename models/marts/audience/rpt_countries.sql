with places as (select * from {{ ref('int_places') }})

select
    period,
    country,
    code,
    cast(sum(sessions) as bigint) as sessions,
    cast(sum(conversions) as bigint) as conversions,
    {{ rate('sum(conversions)', 'sum(sessions)') }} as conversion_rate
from places
group by period, country, code
