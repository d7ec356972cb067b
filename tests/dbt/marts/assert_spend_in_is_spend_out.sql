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

    select 'roi' as part, period, sum(ad_spend) as ad_spend
    from {{ ref('rpt_roi') }}
    group by period
    union all
    select 'ltv' as part, period, sum(ad_spend) as ad_spend
    from {{ ref('rpt_ltv') }}
    group by period

)

select names.part, spend.period, spend.ad_spend, parts.ad_spend as reported
from spend
cross join (select 'roi' as part union all select 'ltv' as part) as names
left join parts on spend.period = parts.period and names.part = parts.part
where coalesce(parts.ad_spend, 0) is distinct from spend.ad_spend
