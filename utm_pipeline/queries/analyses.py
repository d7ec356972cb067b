"""Queries about money: what ads return, what customers are worth, whether they come again."""

from __future__ import annotations

from utm_pipeline.queries.model import Kind, Part, Query, Words
from utm_pipeline.queries.params import AD_SPEND, PERIOD, UTM_SOURCE, limit

# A spend that is given stands for the table's sum, in the totals alone.
_ROI_TOTALS = """
with summed as (
    select
        sum(revenue) as revenue,
        coalesce(cast($ad_spend as decimal(38, 2)), sum(ad_spend), 0) as ad_spend,
        sum(conversions) as conversions,
        sum(orders) as orders
    from rpt_roi
    where period = $period
)
select
    coalesce(revenue, 0) as revenue,
    ad_spend,
    coalesce(revenue, 0) - ad_spend as profit,
    cast(100 * (coalesce(revenue, 0) - ad_spend) as double precision)
    / nullif(cast(ad_spend as double precision), 0) as roi,
    cast(coalesce(revenue, 0) as double precision)
    / nullif(cast(ad_spend as double precision), 0) as roas,
    coalesce(conversions, 0) as conversions,
    cast(ad_spend as double precision)
    / nullif(cast(conversions as double precision), 0) as cost_per_conversion,
    cast(revenue as double precision)
    / nullif(cast(orders as double precision), 0) as avg_order_value
from summed"""

_ROI_ROWS = """
select
    utm_source,
    coalesce(utm_campaign, $no_value) as utm_campaign,
    revenue,
    ad_spend,
    profit,
    roi,
    roas,
    conversions,
    cost_per_conversion,
    avg_order_value
from rpt_roi
where period = $period
order by
    ad_spend desc,
    revenue desc,
    utm_source,
    coalesce(rpt_roi.utm_campaign, 'N/A')
limit $limit"""

ROI = Query(
    "roi",
    Words("Окупність реклами", "Return on ad spend"),
    Words(
        "дохід, витрати, прибуток і окупність: разом і за кампаніями",
        "revenue, spend, profit and return: in all and per campaign",
    ),
    (Part(_ROI_TOTALS, many=False), Part(_ROI_ROWS, key="rows")),
    (PERIOD, AD_SPEND, limit()),
    "--period month --ad-spend 12000",
)

LTV_COMPARISON = Query(
    "ltv-comparison",
    Words("Цінність клієнтів за джерелами", "Customer value by source"),
    Words(
        "дохід на сеанс і на клієнта, вартість залучення, граничні ціни",
        "revenue per session and customer, cost of acquisition, what a visit may cost",
    ),
    (
        Part(
            """
            select
                utm_source,
                total_sessions,
                converted_sessions,
                total_orders,
                total_revenue,
                ltv_per_session,
                avg_order_value,
                orders_per_session,
                ad_spend,
                new_customers,
                ltv_per_customer,
                cpa,
                ltv_cpa_ratio,
                max_cpc,
                max_cpa
            from rpt_ltv
            where period = $period
            order by ltv_per_session desc nulls last, utm_source
            limit $limit
            """
        ),
    ),
    (PERIOD, limit()),
    "--period month --limit 5",
)

REPEAT_RATE = Query(
    "repeat-rate",
    Words("Повторні покупки", "Repeat purchases"),
    Words(
        "скільки покупців купують знову і як часто",
        "how many customers buy again, and how often",
    ),
    (
        Part(
            """
            select
                coalesce(rates.total_customers, 0) as total_customers,
                coalesce(rates.repeat_customers, 0) as repeat_customers,
                coalesce(rates.one_time_customers, 0) as one_time_customers,
                rates.repeat_rate,
                rates.avg_orders_per_customer,
                rates.avg_time_between_orders,
                coalesce(rates.total_orders, 0) as total_orders,
                rates.rating,
                rates.order_interval as interval
            from (select 1 as one) as single
            left join rpt_repeat_rate as rates
                on rates.period = $period
                and case
                    when cast($utm_source as varchar) is null then rates.utm_source is null
                    else rates.utm_source = cast($wanted_utm_source as varchar)
                end
            """,
            many=False,
        ),
    ),
    (PERIOD, UTM_SOURCE),
    "--period all_time --utm-source instagram",
)

# Each KPI with its target, in the order of metrics.md 5. Retention is served with one decimal.
KPIS = Query(
    "kpis",
    Words("Ключові показники", "Key figures"),
    Words("показники, їхні цілі й чи досягнуто", "key figures, their targets, and whether met"),
    (
        Part(
            """
            with kpis as (
                select
                    rpt_kpis.*,
                    cast(
                        extract(epoch from cast($asked_at as timestamp) - rpt_refresh.as_of)
                        as double precision
                    ) / 60 as data_freshness_minutes
                from rpt_kpis
                cross join rpt_refresh
                where rpt_kpis.period = $period
            ),
            named as (
                select 1 as position, 'ltv_cpa_ratio' as name, ltv_cpa_ratio as value,
                    3.0 as target, ltv_cpa_ratio > 3 as met from kpis
                union all
                select 2, 'repeat_rate', repeat_rate, 20.0, repeat_rate > 20 from kpis
                union all
                select 3, 'roi', roi, 150.0, roi > 150 from kpis
                union all
                select
                    4, 'retention_week_1',
                    cast(round(cast(cast(retention_week_1 as varchar) as decimal(38, 20)), 1)
                        as double precision),
                    30.0, retention_week_1 > 30
                from kpis
                union all
                select 5, 'cohort_coverage', cohort_coverage, 80.0, cohort_coverage > 80 from kpis
                union all
                select
                    6, 'data_freshness_minutes', data_freshness_minutes, 5.0,
                    data_freshness_minutes < 5
                from kpis
            )
            select name, value, target, met
            from named
            order by position
            limit $limit
            """,
            kinds={"name": Kind.CODE},
        ),
    ),
    (PERIOD, limit()),
    "--period month",
)
