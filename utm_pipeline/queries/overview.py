"""Queries that compare periods and account for the raw rows."""

from __future__ import annotations

from utm_pipeline.queries.model import Kind, Part, Query, Words
from utm_pipeline.queries.params import PERIOD, limit

_COMPARED = (
    "total_sessions",
    "total_conversions",
    "conversion_rate",
    "total_orders",
    "total_revenue",
    "avg_order_value",
)
_CHANGE_KINDS = {key: Kind.POINTS if key == "conversion_rate" else Kind.RATE for key in _COMPARED}


def _side(side: str) -> Part:
    columns = ", ".join(f"{side}_{key} as {key}" for key in _COMPARED)
    return Part(
        f"select {columns} from rpt_compare where period = $period",
        many=False,
        key=side,
        kinds=_CHANGE_KINDS if side == "change" else None,
    )


COMPARE = Query(
    "compare",
    Words("Порівняння з попереднім періодом", "Comparison with the previous period"),
    Words(
        "показники періоду, попереднього й зміна у відсотках (конверсія: у в. п.)",
        "a period, the one before it, and the change in per cent (conversion: in points)",
    ),
    (_side("current"), _side("previous"), _side("change")),
    (PERIOD,),
    "--period last_month",
)

# A line through fewer days than two weeks would show nothing.
DAILY = Query(
    "daily",
    Words("За днями", "By day"),
    Words(
        "показники кожного дня періоду; коротший доповнюють до двох тижнів дні перед ним",
        "each day of a period; one that is shorter has the days before it, two weeks in all",
    ),
    (
        Part(
            """
            select
                days.calendar_date as "date",
                days.sessions,
                days.unique_visitors,
                days.conversions,
                days.conversion_rate,
                days.orders,
                days.revenue,
                days.avg_order_value
            from rpt_daily as days
            inner join rpt_periods as periods
                on days.calendar_date <= periods.last_date
                and days.calendar_date >= least(periods.first_date, periods.last_date - 13)
            where periods.period = $period
            order by days.calendar_date
            limit $limit
            """
        ),
    ),
    (PERIOD, limit()),
    "--period last_month",
)

DATA_QUALITY = Query(
    "data-quality",
    Words("Якість даних", "Data quality"),
    Words(
        "скільки сирих рядків прочитано, лишено, відкинуто й чому",
        "how many raw rows were read, kept, set aside, and why",
    ),
    (
        Part(
            """
            with reasons as (
                select
                    table_name,
                    array_agg(reason order by rows desc, reason) as reasons,
                    array_agg(rows order by rows desc, reason) as reason_rows
                from rpt_data_quality_reasons
                group by table_name
            )
            select
                quality.table_name as "table",
                quality.read,
                quality.kept,
                quality.duplicates,
                quality.quarantined,
                quality.after_as_of,
                reasons.reasons,
                reasons.reason_rows
            from rpt_data_quality as quality
            left join reasons on quality.table_name = reasons.table_name
            order by quality.table_name
            limit $limit
            """,
            paired=("reasons", "reason_rows"),
        ),
    ),
    (limit(),),
    "--format json",
)
