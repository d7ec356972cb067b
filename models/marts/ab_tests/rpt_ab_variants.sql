with variants as (select * from {{ ref('int_ab_variants') }}),
comparisons as (select * from {{ ref('int_ab_comparisons') }}),

-- a leader is as certain as its least certain comparison, and not at all if one cannot be made
leaders as (
    select
        period,
        scope,
        utm_campaign,
        utm_source,
        case when count(confidence) = count(*) then min(confidence) end as confidence
    from comparisons
    group by period, scope, utm_campaign, utm_source
)

select
    variants.period,
    variants.scope,
    variants.utm_campaign,
    variants.utm_source,
    variants.utm_content,
    variants.sessions,
    variants.conversions,
    variants.conversion_rate,
    variants.orders,
    variants.revenue,
    {{ ratio('variants.revenue', 'variants.orders') }} as avg_order_value,
    case when variants.rank_in_test = 1 then leaders.confidence else comparisons.confidence end as confidence,
    variants.first_session_at,
    variants.last_session_at,
    variants.takes_part,
    variants.rank_in_test as place
from variants
left join comparisons on {{ same_test('variants', 'comparisons') }} and variants.utm_content = comparisons.utm_content
left join leaders on {{ same_test('variants', 'leaders') }}
