{#- the order of the kinds among insights of equal place -#}
{%- set kinds = [
    'spend_without_return', 'conversion_fell', 'creative_won', 'conversion_rose', 'cohort_below_target', 'split_source',
] -%}
-- The weightiest of each kind come first, then the second of each, so that no kind crowds the others out.
with found as (
    {% for rule in ['spend', 'conversions', 'creatives', 'cohorts', 'names'] %}
    select * from {{ ref('int_insight_' ~ rule) }}
    {{ 'union all' if not loop.last }}
    {%- endfor %}

),

ranked as (

    select
        *,
        case kind
            {%- for kind in kinds %}
            when '{{ kind }}' then {{ loop.index }}
            {%- endfor %}
        end as kind_position,
        row_number() over (
            partition by period, kind
            order by
                weight desc,
                {{ by_code_point("coalesce(utm_source, '')") }},
                {{ by_code_point("coalesce(utm_campaign, '')") }},
                {{ by_code_point("coalesce(utm_content, '')") }}
        ) as place
    from found

),

placed as (

    select
        *,
        row_number() over (partition by period order by place, kind_position) as position
    from ranked

),

final as (

    select
        period,
        position,
        kind,
        utm_source,
        other_source,
        sources,
        utm_campaign,
        utm_content,
        cohort_start,
        size,
        sessions,
        previous_sessions,
        other_sessions,
        conversions,
        conversion_rate,
        previous_conversion_rate,
        ad_spend,
        cost_per_conversion,
        retention,
        retention_high,
        target,
        confidence,
        winner_lift,
        recommendation,
        weight
    from placed
    where position <= {{ var('insight_rows') }}

)

select * from final
