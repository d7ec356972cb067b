-- Spend that earned nothing stays visible: all of it is in the return and in the lifetime value of
-- every period, and customers brought by all sources are the customers whose first session began then.
with spend as (

    select
        periods.period,
        coalesce(sum(ad_spend.spend), 0) as ad_spend
    from {{ ref('int_periods') }} as periods
    left join {{ ref('stg_ad_spend') }} as ad_spend
        on ad_spend.spend_date between periods.first_date and periods.last_date
    group by periods.period

),

parts as (

    select
        'roi' as part,
        period,
        sum(ad_spend) as ad_spend
    from {{ ref('rpt_roi') }}
    group by period
    union all
    select
        'totals' as part,
        period,
        ad_spend
    from {{ ref('rpt_roi_totals') }}
    union all
    select
        'ltv' as part,
        period,
        sum(ad_spend) as ad_spend
    from {{ ref('rpt_ltv') }}
    group by period

),

expected as (
    {% for part in ['roi', 'totals', 'ltv'] %}
    select
        '{{ part }}' as part,
        period,
        ad_spend
    from spend
    {{ 'union all' if not loop.last }}
    {%- endfor %}

)

select
    expected.part,
    expected.period,
    expected.ad_spend,
    parts.ad_spend as reported
from expected
left join parts on expected.period = parts.period and expected.part = parts.part
where coalesce(parts.ad_spend, 0) is distinct from expected.ad_spend
