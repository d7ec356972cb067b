with variants as (

    select * from {{ ref('int_ab_variants') }}

),

comparisons as (

    select * from {{ ref('int_ab_comparisons') }}

),

-- a leader is as certain as its least certain comparison, and not at all if one cannot be made
leaders as (

    select
        period,
        utm_campaign,
        utm_source,
        case when count(confidence) = count(*) then min(confidence) end as confidence
    from comparisons
    group by period, utm_campaign, utm_source

),

final as (

    select
        variants.period,
        variants.utm_campaign,
        variants.utm_source,
        variants.utm_content,
        variants.sessions,
        variants.conversions,
        variants.conversion_rate,
        variants.orders,
        variants.revenue,
        {{ ratio('variants.revenue', 'variants.orders') }} as avg_order_value,
        case when variants.place = 1 then leaders.confidence else comparisons.confidence end as confidence,
        variants.first_session_at,
        variants.last_session_at,
        variants.takes_part,
        variants.place
    from variants
    left join comparisons
        on variants.period = comparisons.period
            and coalesce(variants.utm_campaign, '') = coalesce(comparisons.utm_campaign, '')
            and coalesce(variants.utm_source, '') = coalesce(comparisons.utm_source, '')
            and variants.utm_content = comparisons.utm_content
    left join leaders
        on variants.period = leaders.period
            and coalesce(variants.utm_campaign, '') = coalesce(leaders.utm_campaign, '')
            and coalesce(variants.utm_source, '') = coalesce(leaders.utm_source, '')

)

select * from final
