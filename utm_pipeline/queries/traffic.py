"""Queries about where visitors come from and what they do."""

from __future__ import annotations

from utm_pipeline.queries import sql
from utm_pipeline.queries.model import Part, Query, Words
from utm_pipeline.queries.params import CAMPAIGN, PERIOD, SOURCE, limit

GENERAL_STATS = Query(
    "general-stats",
    Words("Загальна статистика", "General statistics"),
    Words(
        "сеанси, відвідувачі, конверсії, замовлення й дохід за період",
        "sessions, visitors, conversions, orders and revenue of a period",
    ),
    (
        Part(
            """
            select
                total_sessions,
                unique_visitors,
                total_conversions,
                conversion_rate,
                total_orders,
                total_revenue,
                avg_order_value,
                total_score,
                avg_score_per_session
            from rpt_general_stats
            where period = $period
            """,
            many=False,
        ),
    ),
    (PERIOD,),
    "--period month",
)

SOURCES = Query(
    "sources",
    Words("Джерела", "Sources"),
    Words("те саме за джерелами", "the same per source"),
    (
        Part(
            f"""
            select utm_source,{sql.MEASURES}
            from rpt_sources
            where period = $period
            order by sessions desc, revenue desc, utm_source
            limit $limit
            """
        ),
    ),
    (PERIOD, limit(20)),
    "--period month --limit 5",
)

CAMPAIGNS = Query(
    "campaigns",
    Words("Кампанії", "Campaigns"),
    Words("те саме за кампаніями", "the same per campaign, source and medium"),
    (
        Part(
            f"""
            select
                coalesce(utm_campaign, $no_value) as utm_campaign,
                utm_source,
                coalesce(utm_medium, $not_set) as utm_medium,{sql.MEASURES}
            from rpt_campaigns
            where
                period = $period
                and (
                    cast($source as varchar) is null
                    or utm_source is not distinct from cast($wanted_source as varchar)
                )
            order by
                sessions desc,
                revenue desc,
                coalesce(rpt_campaigns.utm_campaign, 'N/A'),
                utm_source,
                coalesce(rpt_campaigns.utm_medium, '(not set)')
            limit $limit
            """
        ),
    ),
    (PERIOD, SOURCE, limit(20)),
    "--source instagram",
)

CONTENT = Query(
    "content",
    Words("Креативи", "Creatives"),
    Words("те саме за креативами", "the same per creative, campaign and source"),
    (
        Part(
            f"""
            select
                coalesce(utm_content, $no_value) as utm_content,
                coalesce(utm_campaign, $no_value) as utm_campaign,
                utm_source,{sql.MEASURES}
            from rpt_content
            where
                period = $period
                and (
                    cast($campaign as varchar) is null
                    or utm_campaign is not distinct from cast($wanted_campaign as varchar)
                )
            order by
                sessions desc,
                revenue desc,
                coalesce(rpt_content.utm_content, 'N/A'),
                coalesce(rpt_content.utm_campaign, 'N/A'),
                utm_source
            limit $limit
            """
        ),
    ),
    (PERIOD, CAMPAIGN, limit(20)),
    "--campaign spring_sale",
)

# The row without a source is that of all sources. A source that nobody came from has no row:
# its funnel is empty, not missing.
_CHOSEN_FUNNEL = """
with chosen as (
    select *
    from rpt_funnel
    where
        period = $period
        and case
            when cast($source as varchar) is null then utm_source is null
            else utm_source = cast($wanted_source as varchar)
        end
),
funnel as (
    select
        coalesce(total, 0) as total,
        coalesce(product_views, 0) as product_views,
        coalesce(add_to_cart, 0) as add_to_cart,
        coalesce(initiate_checkout, 0) as initiate_checkout,
        coalesce(leads, 0) as leads,
        coalesce(purchases, 0) as purchases,
        product_views_rate,
        add_to_cart_rate,
        checkout_rate,
        lead_rate,
        purchase_rate,
        product_views_of_previous,
        add_to_cart_of_previous,
        checkout_of_previous,
        lead_of_previous,
        purchase_of_previous
    from (select 1 as one) as single
    left join chosen on true
)"""

_STEPS = (
    ("product_views", "product_views_rate", "product_views_of_previous"),
    ("add_to_cart", "add_to_cart_rate", "add_to_cart_of_previous"),
    ("initiate_checkout", "checkout_rate", "checkout_of_previous"),
    ("leads", "lead_rate", "lead_of_previous"),
    ("purchases", "purchase_rate", "purchase_of_previous"),
)
_STEP_ROWS = "".join(
    f"""
    union all
    select {place}, '{name}', {name}, {of_total}, {of_previous} from funnel"""
    for place, (name, of_total, of_previous) in enumerate(_STEPS, start=1)
)

FUNNEL = Query(
    "funnel",
    Words("Воронка", "Funnel"),
    Words("кроки від сеансу до покупки", "the steps from a session to a purchase"),
    (
        Part(
            f"""{_CHOSEN_FUNNEL}
            select
                total,
                product_views,
                add_to_cart,
                initiate_checkout,
                leads,
                purchases,
                product_views_rate,
                add_to_cart_rate,
                checkout_rate,
                lead_rate,
                purchase_rate
            from funnel
            """,
            many=False,
        ),
        Part(
            f"""{_CHOSEN_FUNNEL},
            steps as (
                select
                    0 as place,
                    'sessions' as name,
                    total as sessions,
                    case when total > 0 then cast(100 as double precision) end as rate_of_total,
                    cast(null as double precision) as rate_of_previous
                from funnel{_STEP_ROWS}
            )
            select name, sessions, rate_of_total, rate_of_previous
            from steps
            order by place
            """,
            key="steps",
        ),
    ),
    (PERIOD, SOURCE),
    "--period month --source google",
)
