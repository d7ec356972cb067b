"""Queries about who the visitors are."""

from __future__ import annotations

from utm_pipeline.queries.model import Part, Query, Words
from utm_pipeline.queries.params import PERIOD, limit

GEO = Query(
    "geo",
    Words("Географія", "Geography"),
    Words(
        "сеанси й конверсії за країнами та містами", "sessions and conversions per country, city"
    ),
    (
        Part(
            """
            select country, code, sessions, conversions, conversion_rate
            from rpt_countries
            where period = $period
            order by sessions desc, country, code nulls last
            limit $limit
            """,
            key="countries",
        ),
        Part(
            """
            select city, country, code, sessions, conversions, conversion_rate
            from rpt_cities
            where period = $period
            order by sessions desc, city, country, code nulls last
            limit $limit
            """,
            key="cities",
        ),
    ),
    (PERIOD, limit(15)),
    "--period month",
)


def _technology(
    name: str, dimension: str, title: Words, about: Words, default: int | None
) -> Query:
    """A query over one dimension of rpt_technology, whose name is also the key of the answer."""
    statement = f"""
        select value as {dimension}, sessions, conversions, conversion_rate
        from rpt_technology
        where period = $period and dimension = '{dimension}'
        order by sessions desc, value
        limit $limit
    """
    return Query(name, title, about, (Part(statement),), (PERIOD, limit(default)), "--period month")


DEVICES = _technology(
    "devices",
    "device_type",
    Words("Пристрої", "Devices"),
    Words("сеанси й конверсії за пристроями", "sessions and conversions per kind of device"),
    None,
)
BROWSERS = _technology(
    "browsers",
    "browser_name",
    Words("Браузери", "Browsers"),
    Words("сеанси й конверсії за браузерами", "sessions and conversions per browser"),
    10,
)
OPERATING_SYSTEMS = _technology(
    "operating-systems",
    "os_name",
    Words("Операційні системи", "Operating systems"),
    Words("сеанси й конверсії за системами", "sessions and conversions per operating system"),
    10,
)

RETURNING_VISITORS = Query(
    "returning-visitors",
    Words("Нові й повторні відвідування", "First and returning visits"),
    Words("скільки сеансів перші, скільки повторні", "how many sessions are first, how many not"),
    (
        Part(
            """
            select
                total_sessions,
                first_visits,
                returning_visits,
                first_visits_rate,
                returning_visits_rate
            from rpt_visitors
            where period = $period
            """,
            many=False,
        ),
    ),
    (PERIOD,),
    "--period month",
)
