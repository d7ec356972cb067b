"""A shop's database like Django makes it, and what an extract left of it."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import duckdb

from postgres_server import PostgresDatabase
from utm_pipeline.settings import Settings, load_settings

DJANGO_NAMES = {
    "utm_sessions": "storefront_utmsession",
    "user_actions": "storefront_useraction",
    "orders": "orders_order",
}

SESSIONS = """
create table {schema}.{utm_sessions} (
    id bigserial primary key,
    session_key varchar(40) not null,
    visitor_id varchar(64),
    utm_source varchar(255), utm_medium varchar(255), utm_campaign varchar(255),
    utm_content varchar(255), utm_term varchar(255),
    fbclid text, gclid text, ttclid text, msclkid text, fbc text, fbp text,
    ip_address inet, user_agent text,
    country varchar(2), country_name text, region text, city text, timezone text,
    device_type varchar(20), os_name text, browser_name text,
    referrer text, landing_page text,
    visit_count integer not null default 1,
    is_returning_visitor boolean not null default false,
    is_bot boolean not null default false,
    first_seen timestamptz not null,
    last_seen timestamptz not null,
    is_converted boolean not null default false,
    converted_at timestamptz,
    conversion_type varchar(20)
)
"""
ACTIONS = """
create table {schema}.{user_actions} (
    id bigserial primary key,
    utm_session_id bigint,
    action_type varchar(30) not null,
    timestamp timestamptz not null,
    page_path text, product_id bigint, product_name text,
    cart_value numeric(10, 2), order_id bigint, order_number text,
    points_earned integer,
    metadata jsonb not null default '{{}}'
)
"""
ORDERS = """
create table {schema}.{orders} (
    id bigserial primary key,
    order_number varchar(20),
    user_id integer,
    session_key varchar(40),
    utm_session_id bigint,
    full_name text not null default '', email varchar(254), phone varchar(20),
    total_sum numeric(12, 2) not null,
    discount_amount numeric(12, 2),
    payment_status varchar(20) not null,
    status varchar(20), pay_type varchar(20), source varchar(10), sale_source text,
    utm_source text, utm_medium text, utm_campaign text, utm_content text, utm_term text,
    created timestamptz not null,
    updated timestamptz not null
)
"""
REFUNDS = """
create table {schema}.{refunds} (
    id serial primary key, order_id bigint not null, amount numeric(12, 2) not null,
    created timestamptz not null
)
"""
SPEND = """
create table {schema}.{ad_spend} (
    date date not null, utm_source text not null, utm_medium text, utm_campaign text,
    utm_content text, spend numeric(12, 2) not null, impressions bigint, clicks bigint
)
"""

FILL = {
    "utm_sessions": """
insert into {schema}.{utm_sessions}
    (session_key, visitor_id, utm_source, utm_medium, ip_address, first_seen, last_seen)
select 'key-' || n, 'visitor-' || n % 7, 'instagram', 'cpc', '203.0.113.7',
    now() - interval '40 days' + n * interval '1 minute',
    now() - interval '39 days' + n * interval '1 minute'
from generate_series(1, {count}) as n
""",
    "user_actions": """
insert into {schema}.{user_actions} (utm_session_id, action_type, timestamp, cart_value)
select 1 + n % {count}, 'page_view', now() - interval '39 days' + n * interval '1 minute', n / 7.0
from generate_series(1, 2 * {count}) as n
""",
    "orders": """
insert into {schema}.{orders}
    (order_number, session_key, full_name, email, total_sum, payment_status, status, created,
    updated)
select 'N' || n, 'key-' || n, 'Somebody', 'buyer' || n || '@example.com', 100 + n, 'paid', 'done',
    now() - interval '38 days' + n * interval '1 minute',
    now() - interval '37 days' + n * interval '1 minute'
from generate_series(1, {count} / 4) as n
""",
    "refunds": """
insert into {schema}.{refunds} (order_id, amount, created)
select n, n, now() - interval '30 days' from generate_series(1, {count} / 20) as n
""",
    "ad_spend": """
insert into {schema}.{ad_spend} (date, utm_source, spend)
select (now() - n * interval '1 day')::date, 'instagram', 10 * n
from generate_series(1, 30) as n
""",
}
TABLES = {
    "utm_sessions": SESSIONS,
    "user_actions": ACTIONS,
    "orders": ORDERS,
    "refunds": REFUNDS,
    "ad_spend": SPEND,
}
REQUIRED = ("utm_sessions", "orders")


def create_shop(
    database: PostgresDatabase,
    tables: tuple[str, ...] = tuple(TABLES),
    *,
    schema: str = "public",
    names: Mapping[str, str] | None = None,
    count: int = 40,
) -> None:
    """Makes the tables anew, with ``count`` sessions and what belongs to them."""
    called = {table: table for table in TABLES} | dict(names or {})
    database.execute(
        f"drop schema if exists {schema} cascade",
        f"create schema {schema}",
        *(TABLES[table].format(schema=schema, **called) for table in tables),
        *(FILL[table].format(schema=schema, count=count, **called) for table in tables),
    )


def settings_for(database: PostgresDatabase, folder: Path, **more: str) -> Settings:
    """Settings of a shop whose raw files are in ``folder``."""
    folder.mkdir(parents=True, exist_ok=True)
    return load_settings(environment_for(database, folder) | more, folder)


def environment_for(database: PostgresDatabase, folder: Path) -> dict[str, str]:
    """The same as variables."""
    return {
        "UTM_SHOP_DSN": database.dsn,
        "UTM_RAW_DIR": str(folder / "raw"),
        "UTM_WAREHOUSE": str(folder / "warehouse" / "utm.duckdb"),
        "UTM_LANG": "en",
        "UTM_THREADS": "2",
    }


def rows_of(raw_dir: Path, name: str, columns: str = "*") -> list[tuple[Any, ...]]:
    """The rows of a table's files, in the order of their text."""
    files = sorted(str(file) for file in (raw_dir / name).glob("*.parquet"))
    with duckdb.connect() as connection:
        rows = connection.execute(f"select {columns} from read_parquet($1)", [files]).fetchall()
    return sorted(rows, key=repr)


def files_of(raw_dir: Path) -> dict[str, tuple[int, int]]:
    """Every raw file, with what tells whether it was written anew."""
    return {
        file.relative_to(raw_dir).as_posix(): (file.stat().st_mtime_ns, file.stat().st_size)
        for file in sorted(raw_dir.glob("*/*.parquet"))
    }


def all_rows(raw_dir: Path) -> dict[str, list[tuple[Any, ...]]]:
    """The rows of every table that has files."""
    folders = sorted(folder.name for folder in raw_dir.iterdir() if any(folder.glob("*.parquet")))
    return {name: rows_of(raw_dir, name) for name in folders}
