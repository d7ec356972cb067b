"""Marts of known content in a DuckDB file, with the columns that the dbt project gives them.

The instants are of the night on which Kyiv puts its clocks forward (31 March 2024, 03:00 to 04:00).
"""

from __future__ import annotations

from pathlib import Path

import duckdb

import analyses_fixture as analyses

AS_OF = "2024-04-02 09:00:00"
PERIODS = ("today", "yesterday", "week", "last_week", "month", "last_month", "all_time")

_MEASURES = """
    sessions bigint, unique_visitors bigint, conversions bigint, conversion_rate double,
    orders bigint, revenue decimal(18, 2), avg_order_value double, total_score bigint"""

_FUNNEL_RATES = ", ".join(
    f"{name} double"
    for name in (
        "product_views_rate",
        "add_to_cart_rate",
        "checkout_rate",
        "lead_rate",
        "purchase_rate",
        "product_views_of_previous",
        "add_to_cart_of_previous",
        "checkout_of_previous",
        "lead_of_previous",
        "purchase_of_previous",
    )
)

_COMPARED = (
    ("total_sessions", "bigint"),
    ("unique_visitors", "bigint"),
    ("total_conversions", "bigint"),
    ("conversion_rate", "double"),
    ("total_orders", "bigint"),
    ("total_revenue", "decimal(18, 2)"),
    ("avg_order_value", "double"),
    ("total_score", "bigint"),
)
_COMPARE_COLUMNS = ", ".join(
    [f"{side}_{name} {kind}" for side in ("current", "previous") for name, kind in _COMPARED]
    + [f"change_{name} double" for name, _ in _COMPARED]
    + [
        f"{side}_{end}_at timestamp"
        for side in ("current", "previous")
        for end in ("starts", "ends")
    ]
)

_TABLES = f"""
create table rpt_refresh (
    as_of timestamp, timezone varchar, as_of_date date, first_seen_at timestamp
);
create table rpt_run (
    table_name varchar, read_anew bigint, quarantined_anew bigint, loss varchar,
    started_at timestamp, refreshed_in_seconds double
);
create table rpt_periods (
    period varchar, starts_at timestamp, ends_at timestamp, first_date date, last_date date,
    previous_starts_at timestamp, previous_ends_at timestamp
);
create table rpt_general_stats (
    period varchar, total_sessions bigint, unique_visitors bigint, total_conversions bigint,
    conversion_rate double, total_orders bigint, total_revenue decimal(18, 2),
    avg_order_value double, total_score bigint, avg_score_per_session double
);
create table rpt_sources (period varchar, utm_source varchar, {_MEASURES});
create table rpt_campaigns (
    period varchar, utm_campaign varchar, utm_source varchar, utm_medium varchar, {_MEASURES}
);
create table rpt_content (
    period varchar, utm_content varchar, utm_campaign varchar, utm_source varchar, {_MEASURES}
);
create table rpt_funnel (
    period varchar, utm_source varchar, total bigint, product_views bigint, add_to_cart bigint,
    initiate_checkout bigint, leads bigint, purchases bigint, {_FUNNEL_RATES}
);
create table rpt_countries (
    period varchar, country varchar, code varchar, sessions bigint, conversions bigint,
    conversion_rate double
);
create table rpt_cities (
    period varchar, city varchar, country varchar, code varchar, sessions bigint,
    conversions bigint, conversion_rate double
);
create table rpt_technology (
    period varchar, dimension varchar, value varchar, sessions bigint, conversions bigint,
    conversion_rate double
);
create table rpt_visitors (
    period varchar, total_sessions bigint, first_visits bigint, returning_visits bigint,
    first_visits_rate double, returning_visits_rate double
);
create table rpt_daily (
    calendar_date date, sessions bigint, unique_visitors bigint, conversions bigint,
    conversion_rate double, orders bigint, revenue decimal(38, 2), avg_order_value double
);
create table rpt_compare (period varchar, {_COMPARE_COLUMNS});
create table rpt_data_quality (
    table_name varchar, read bigint, kept bigint, duplicates bigint, quarantined bigint,
    after_as_of bigint, position integer, data_until timestamp
);
create table rpt_data_quality_reasons (table_name varchar, reason varchar, rows bigint);
create table fct_sessions (
    session_id bigint, utm_session_id bigint, session_key varchar, person_id varchar,
    utm_source varchar, utm_medium varchar, utm_campaign varchar, utm_content varchar,
    utm_term varchar, country varchar, country_name varchar, city varchar, device_type varchar,
    os_name varchar, browser_name varchar, first_seen_at timestamp, last_seen_at timestamp,
    is_converted boolean, conversion_type varchar, converted_at timestamp, revenue decimal(18, 2),
    person_key bigint generated always as (ord(person_id)) virtual
);
create table fct_actions (
    action_id bigint, session_id bigint, action_type varchar, acted_at timestamp, points bigint,
    page_path varchar, product_id varchar, product_name varchar, cart_value decimal(18, 2),
    order_id varchar, order_number varchar
);
create table fct_orders (
    order_id bigint, order_number varchar, session_id bigint, created_at timestamp,
    payment_status varchar, status varchar, total_sum decimal(18, 2), revenue decimal(18, 2)
);
create table dim_session_ids (utm_session_id bigint, session_id bigint);
"""

_MACROS = """
create macro clean_tag(value) as nullif(nullif(nullif(
    lower(replace(trim(value), ' ', '_')), ''), 'none'), '(not_set)');
create macro clean_source(value) as
    case clean_tag(value) when 'ig' then 'instagram' else clean_tag(value) end;
"""

_ROWS = f"""
insert into rpt_refresh values
    (timestamp '{AS_OF}', 'Europe/Kyiv', date '2024-04-02', timestamp '2024-03-01');
insert into rpt_run values
    ('utm_sessions', 10, 0, null, timestamp '{AS_OF}', 12.34),
    ('orders', 0, 0, null, timestamp '{AS_OF}', 12.34),
    ('refunds', 0, 0, null, timestamp '{AS_OF}', 12.34);
insert into rpt_periods values
    ('week', '2024-03-26 22:00:00', '{AS_OF}', '2024-03-27', '2024-04-02',
     '2024-03-19 22:00:00', '2024-03-26 09:00:00'),
    ('today', '2024-04-01 21:00:00', '{AS_OF}', '2024-04-02', '2024-04-02',
     '2024-03-31 21:00:00', '2024-04-01 09:00:00'),
    ('all_time', null, '{AS_OF}', '2024-03-01', '2024-04-02', null, null);
insert into rpt_general_stats values
    ('week', 1234, 1000, 25, 2.025, 20, 12345.60, 617.285, 5000, 4.051863857374392),
    ('today', 0, 0, 0, null, 0, 0, null, 0, null);
insert into rpt_sources values
    ('week', 'google', 500, 400, 5, 1.005, 3, 300.00, 100.0, 10),
    ('week', 'facebook', 500, 390, 5, 1.0, 3, 300.00, 100.0, 10),
    ('week', 'instagram', 500, 390, 6, 1.2, 4, 300.01, 75.0025, 10),
    ('week', '=cmd()', 7, 7, 0, 0.0, 0, 0, null, -3),
    ('week', 'яблуко', 7, 7, 0, 0.0, 0, 0, null, 0),
    ('week', 'direct', 9, 9, 1, 11.11111111111111, 1, 10.00, 10.0, 5),
    ('month', 'google', 1, 1, 0, 0.0, 0, 0, null, 0);
insert into rpt_campaigns values
    ('week', 'spring', 'google', 'cpc', 50, 40, 5, 10.0, 3, 300.00, 100.0, 10),
    ('week', null, 'google', null, 60, 40, 5, 8.333333333333334, 3, 300.00, 100.0, 10),
    ('week', 'spring', 'instagram', null, 50, 40, 5, 10.0, 3, 300.00, 100.0, 10),
    ('week', '(x)', 'instagram', 'cpc', 50, 40, 5, 10.0, 3, 400.00, 133.33333333333334, 10);
insert into rpt_content values
    ('week', 'video_1', 'spring', 'google', 50, 40, 5, 10.0, 3, 300.00, 100.0, 10),
    ('week', null, 'spring', 'google', 40, 40, 5, 12.5, 3, 300.00, 100.0, 10),
    ('week', null, null, 'google', 40, 40, 5, 12.5, 3, 300.00, 100.0, 10);
insert into rpt_funnel values
    ('week', null, 1234, 600, 100, 50, 10, 20, 48.62236628849271, 8.103727714748784,
     4.051863857374392, 0.8103727714748784, 1.6207455429497568, 48.62236628849271,
     16.666666666666668, 50.0, 20.0, 40.0),
    ('week', 'instagram', 500, 200, 0, 0, 0, 0, 40.0, 0.0, 0.0, 0.0, 0.0, 40.0, 0.0, null, null,
     null),
    ('today', null, 0, 0, 0, 0, 0, 0, null, null, null, null, null, null, null, null, null, null);
insert into rpt_countries values
    ('week', 'Ukraine', 'UA', 900, 20, 2.2222222222222223),
    ('week', 'Unknown', null, 30, 0, 0.0),
    ('week', 'Poland', 'PL', 30, 1, 3.3333333333333335);
insert into rpt_cities values
    ('week', 'Kyiv', 'Ukraine', 'UA', 500, 10, 2.0),
    ('week', 'Lviv', 'Ukraine', 'UA', 300, 8, 2.6666666666666665);
insert into rpt_technology values
    ('week', 'device_type', 'mobile', 800, 20, 2.5),
    ('week', 'device_type', 'desktop', 400, 5, 1.25),
    ('week', 'browser_name', 'Chrome', 700, 20, 2.857142857142857),
    ('week', 'os_name', 'Android', 700, 20, 2.857142857142857);
insert into rpt_visitors values ('week', 1234, 1000, 234, 81.03727714748785, 18.962722852512156);
insert into rpt_daily values
    ('2024-03-19', 9, 9, 0, 0.0, 0, 0, null), ('2024-03-20', 10, 8, 1, 10.0, 1, 100.50, 100.5),
    ('2024-04-01', 0, 0, 0, null, 0, 0, null),
    ('2024-04-02', 3, 2, 1, 33.33333333333333, 2, 1, 0.5);
insert into rpt_compare values
    ('week', 1234, 1000, 25, 2.025, 20, 12345.60, 617.285, 5000,
     1000, 800, 20, 2.0, 25, 12000.00, 480.0, 4000,
     23.4, 25.0, 25.0, 0.025, -20.0, 2.88, 28.601041666666667, 25.0,
     '2024-03-26 22:00:00', '{AS_OF}', '2024-03-19 22:00:00', '2024-03-26 09:00:00'),
    ('today', 0, 0, 0, null, 0, 0, null, 0, 0, 0, 0, null, 0, 0, null, 0,
     null, null, null, null, null, null, null, null,
     '2024-04-01 21:00:00', '{AS_OF}', '2024-03-31 21:00:00', '2024-04-01 09:00:00');
insert into rpt_data_quality values
    ('utm_sessions', 110, 100, 4, 5, 1, 1, '2024-04-01 21:00:00'),
    ('orders', 20, 20, 0, 0, 0, 3, '2024-03-31 01:00:00'),
    ('refunds', 0, 0, 0, 0, 0, 5, null);
insert into rpt_data_quality_reasons values
    ('utm_sessions', 'id missing', 2), ('utm_sessions', 'first_seen unreadable', 3);
insert into fct_sessions values
    (1, 101, 'a1', 'p1', 'google', 'cpc', 'spring', null, null, 'UA', 'Ukraine', 'Kyiv', 'mobile',
     'Android', 'Chrome', '2024-03-31 00:30:00', '2024-03-31 01:30:00', true, 'purchase',
     '2024-03-31 01:00:00.25', 100.50),
    (2, 102, 'b2', 'p1', 'direct', 'none', null, null, null, null, null, null, 'desktop', null,
     null, '2024-04-01 21:00:00', '2024-04-01 21:05:00', false, null, null, 0),
    (3, 103, 'c3', 'p2', 'instagram', null, 'spring', 'video_1', null, 'UA', 'Ukraine', 'Lviv',
     'mobile', 'iOS', 'Safari', '2024-04-01 21:00:00', '2024-04-01 21:00:00', false, null, null, 0),
    (4, 104, 'd4', 'p3', 'google', 'cpc', null, null, null, 'UA', 'Ukraine', 'Kyiv', 'mobile',
     'Android', 'Chrome', '2024-03-02 10:00:00', '2024-03-02 10:00:00', false, null, null, 0);
insert into fct_actions values
    (1, 1, 'page_view', '2024-03-31 00:30:00', 1, '/', null, null, null, null, null),
    (2, 1, 'purchase', '2024-03-31 01:00:00', 101, '/done', '7', 'Hat', 100.50, 900, 'N-900'),
    (3, 1, 'page_view', '2024-03-31 01:00:00', 1, '/', null, null, null, null, null),
    (4, 3, 'page_view', '2024-04-01 21:00:00', 1, '/', null, null, null, null, null);
insert into fct_orders values
    (900, 'N-900', 1, '2024-03-31 01:00:00', 'paid', 'done', 120.50, 100.50),
    (901, 'N-901', 1, '2024-03-31 02:00:00', 'unpaid', 'new', 10, 0),
    (902, 'N-902', null, '2024-03-31 02:00:00', 'paid', 'done', 10, 10);
insert into dim_session_ids values (101, 1), (99, 1), (102, 2), (103, 3), (104, 4);
alter table rpt_funnel add scope varchar;
update rpt_funnel set scope = if(utm_source is null, 'shop', 'source');
"""

_VIEWS = """
create view rpt_funnel_steps as
from rpt_funnel select period, scope, utm_source, unnest([
    {position: 0, name: 'sessions', sessions: total,
     rate_of_total: if(total > 0, 100.0, null), rate_of_previous: null},
    {position: 1, name: 'product_views', sessions: product_views,
     rate_of_total: product_views_rate, rate_of_previous: product_views_of_previous},
    {position: 2, name: 'add_to_cart', sessions: add_to_cart,
     rate_of_total: add_to_cart_rate, rate_of_previous: add_to_cart_of_previous},
    {position: 3, name: 'initiate_checkout', sessions: initiate_checkout,
     rate_of_total: checkout_rate, rate_of_previous: checkout_of_previous},
    {position: 4, name: 'leads', sessions: leads,
     rate_of_total: lead_rate, rate_of_previous: lead_of_previous},
    {position: 5, name: 'purchases', sessions: purchases,
     rate_of_total: purchase_rate, rate_of_previous: purchase_of_previous}
], recursive := true);
"""


def write_marts(path: Path, schema: str = "analytics") -> None:
    """Makes a warehouse file; the marts have rows for the periods week, today and all_time."""
    with duckdb.connect(str(path)) as connection:
        connection.execute(f'create schema "{schema}"; use "{schema}"')
        connection.execute(_TABLES + analyses.TABLES + _MACROS + _ROWS + analyses.ROWS)
        connection.execute(analyses.SCOPES + _VIEWS + analyses.VIEWS)


def add_actions(path: Path, session_id: int, count: int) -> None:
    """Adds page views a minute apart, with ids from 1000."""
    with duckdb.connect(str(path)) as connection:
        connection.execute(
            """
            insert into analytics.fct_actions by name
            select
                1000 + i as action_id, $session as session_id, 'page_view' as action_type,
                timestamp '2024-04-01' + to_minutes(i) as acted_at, 1 as points
            from range($count) as r(i)
            """,
            {"session": session_id, "count": count},
        )


def set_as_of(path: Path, as_of: str) -> None:
    """Moves the instant that the marts claim to describe."""
    with duckdb.connect(str(path)) as connection:
        connection.execute("update analytics.rpt_refresh set as_of = $1::timestamp", [as_of])
