"""extract: values arrive as they are, whatever they hold and whatever the server prefers."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as examples
from hypothesis import strategies as st

from postgres_server import PostgresDatabase, PostgresServer
from shop_database import REQUIRED, create_shop, rows_of, settings_for
from utm_pipeline.extract import extract, parts
from utm_pipeline.extract import shop as shop_module
from utm_pipeline.extract.tables import selected

HOSTILE = [
    "",
    " ",
    "\\N",
    "\\.",
    "\n\\.\n",
    '"',
    '""',
    '","',
    "'; drop table orders; --",
    "a,b",
    "a\nb",
    "a\r\nb",
    "\r",
    "\n",
    "\ufeff",
    "\ufeffid",
    "\u00a0",
    "\u200b\u202e\u0085\u2028",
    "\U0001f6d2 купити «зараз»",
    "\ud7ff\ue000\ufffe\uffff\U0010ffff",
    "NULL",
    "#comment",
    "\t;|",
    "\x01\x1f\x7f",
    "=1+1",
    "{{campaign.name}}",
    "id,session_key",
]


@pytest.fixture
def shop(postgres_database: PostgresDatabase) -> PostgresDatabase:
    create_shop(postgres_database, REQUIRED, count=4)
    return postgres_database


def _put_texts(database: PostgresDatabase, texts: list[str | None]) -> None:
    with database.connect() as connection, connection.cursor() as cursor:
        cursor.execute("truncate utm_sessions")
        cursor.executemany(
            "insert into utm_sessions (id, session_key, utm_campaign, landing_page, first_seen, "
            "last_seen) values (%s, %s, %s, %s, now(), now())",
            [(n, f"key-{n}", text, text) for n, text in enumerate(texts, start=1)],
        )


def _texts(raw_dir: Path) -> list[str | None]:
    rows = sorted(rows_of(raw_dir, "utm_sessions", "id, utm_campaign, landing_page"))
    assert all(row[1] == row[2] for row in rows)
    return [row[1] for row in rows]


def test_texts_arrive_as_they_are(shop: PostgresDatabase, tmp_path: Path) -> None:
    """And empty text is not a missing one."""
    texts = [None, *HOSTILE, None]
    _put_texts(shop, texts)
    settings = settings_for(shop, tmp_path)
    extract(settings)
    assert _texts(settings.raw_dir) == texts
    # The first column of the first row, where a file's own marks would stand.
    shop.execute(
        "alter table utm_sessions alter id type text",
        "update utm_sessions set id = e'\\uFEFF1' where id = '1'",
    )
    extract(settings)
    assert ("\ufeff1",) in rows_of(settings.raw_dir, "utm_sessions", "id")


_ANY_TEXT = st.text(
    st.characters(exclude_categories=["Cs"], exclude_characters="\0")
    | st.sampled_from('",\\\n\r.N'),
    max_size=30,
)


@examples(
    deadline=None, max_examples=15, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(texts=st.lists(st.none() | _ANY_TEXT, min_size=1, max_size=40))
def test_any_text_arrives(shop: PostgresDatabase, tmp_path: Path, texts: list[str | None]) -> None:
    _put_texts(shop, texts)
    settings = settings_for(shop, tmp_path)
    extract(settings)
    assert _texts(settings.raw_dir) == texts


def test_rows_fall_into_files_wherever_they_end(
    shop: PostgresDatabase, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A file is full after two rows, or after a few bytes; values hold line breaks."""
    texts: list[str | None] = [*HOSTILE, None]
    _put_texts(shop, texts)
    monkeypatch.setattr(shop_module, "LINES", 1)
    for limits in ({"PART_ROWS": 2}, {"PART_ROWS": 1}, {"PART_ROWS": 99, "PART_BYTES": 120}):
        for name, value in limits.items():
            monkeypatch.setattr(parts, name, value)
        settings = settings_for(shop, tmp_path / str(limits["PART_ROWS"]))
        extract(settings, True)
        assert _texts(settings.raw_dir) == texts
        assert len(list((settings.raw_dir / "utm_sessions").iterdir())) > 5


def test_very_long_texts_arrive(shop: PostgresDatabase, tmp_path: Path) -> None:
    shop.execute("alter table utm_sessions alter utm_campaign type text")
    long = 'ї"\n' * 3_000_000
    settings = settings_for(shop, tmp_path)
    for text in ("x" * 600_000, "x" * 1_100_000, "x" * 5_000_000, long):
        _put_texts(shop, ["short", text, "short", text])
        extract(settings)
        assert _texts(settings.raw_dir) == ["short", text, "short", text]


_at = datetime.fromisoformat

# Type in the shop, value there, value in the raw file.
TYPED: list[tuple[str, str, str, Any]] = [
    ("orders", "total_sum numeric", "'12.345'", Decimal("12.345")),
    ("orders", "total_sum numeric", "'-0.005'", Decimal("-0.005")),
    ("orders", "total_sum numeric", "'2.00499999999999999999'", Decimal("2.004")),
    ("orders", "total_sum numeric", "'-9999999999.995'", Decimal("-9999999999.995")),
    ("orders", "total_sum numeric(12,2)", "'99.90'", Decimal("99.90")),
    ("orders", "total_sum numeric(12,4)", "'1.0050'", Decimal("1.005")),
    ("orders", "total_sum numeric(6,-2)", "'1234'", Decimal("1200.00")),
    ("orders", "total_sum numeric", "'NaN'", Decimal("100000000000.00")),
    ("orders", "total_sum numeric(12,2)", "'NaN'", Decimal("100000000000.00")),
    ("orders", "total_sum numeric", "'Infinity'", Decimal("100000000000.00")),
    ("orders", "total_sum numeric", "'-Infinity'", Decimal("100000000000.00")),
    ("orders", "total_sum numeric", "'1e30'", Decimal("100000000000.00")),
    ("orders", "total_sum integer", "7", 7),
    ("orders", "total_sum double precision", "'12.5'", "12.5"),
    ("orders", "total_sum double precision", "'NaN'", "NaN"),
    ("orders", "total_sum real", "0.1", "0.1"),
    ("orders", "total_sum text", "'1 200,50'", "1 200,50"),
    ("orders", "created timestamptz", "'2025-03-30 03:30+03'", _at("2025-03-30 00:30:00")),
    (
        *("orders", "created timestamptz", "'2025-03-30 03:30:00.123456Z'"),
        _at("2025-03-30 03:30:00.123456"),
    ),
    ("orders", "created timestamp", "'2025-03-30 03:30:01'", _at("2025-03-30 03:30:01")),
    ("orders", "created date", "'2025-03-30'", date(2025, 3, 30)),
    ("orders", "created timestamptz", "'infinity'", _at("2200-01-01 00:00:00")),
    ("orders", "created timestamptz", "'-infinity'", _at("1969-12-31 00:00:00")),
    ("orders", "created timestamptz", "'0044-03-15 BC'", _at("1969-12-31 00:00:00")),
    ("orders", "created timestamptz", "'294276-12-31'", _at("2200-01-01 00:00:00")),
    ("orders", "created timestamptz", "'1970-01-01Z'", _at("1970-01-01 00:00:00")),
    ("orders", "created timestamptz", "'1970-01-01 01:00+02'", _at("1969-12-31 00:00:00")),
    ("orders", "created timestamptz", "'2199-12-31 23:59:59Z'", _at("2199-12-31 23:59:59")),
    ("orders", "created timestamp", "'infinity'", _at("2200-01-01 00:00:00")),
    ("orders", "created timestamp", "'0044-03-15 BC'", _at("1969-12-31 00:00:00")),
    ("orders", "created date", "'infinity'", date(2200, 1, 1)),
    ("orders", "created date", "'0044-03-15 BC'", date(1969, 12, 31)),
    ("orders", "created text", "'2025-03-30T03:30+03'", "2025-03-30T03:30+03"),
    ("orders", "created timetz", "'03:30:00+03'", "03:30:00+03"),
    ("orders", "created interval", "'1 day 2 hours'", "1 day 02:00:00"),
    ("orders", "session_key uuid", "'A0EEBC99-9C0B-4EF8-BB6D-6BB9BD380A11'", None),
    ("orders", "session_key bytea", "'\\xdeadbeef'", "\\xdeadbeef"),
    ("orders", "session_key json", """'{"a": [1, "\\n"]}'""", '{"a": [1, "\\n"]}'),
    ("orders", "session_key jsonb", """'{"b":1}'""", '{"b": 1}'),
    ("orders", "session_key text[]", "array['a', null, 'b c']", '{a,NULL,"b c"}'),
    ("orders", "session_key char(5)", "'ab'", "ab"),
    ("orders", "session_key name", "'ab'", "ab"),
    ("orders", "session_key inet", "'203.0.113.7'", "203.0.113.7/32"),
    ("orders", "session_key bigint", "12", 12),
    ("orders", "session_key boolean", "true", "true"),
    ("orders", "session_key timestamptz", "'2025-01-02 03:04:05Z'", "2025-01-02 03:04:05+00"),
    ("orders", "session_key status_enum", "'new'", "new"),
    ("orders", "session_key trimmed", "'x'", "x"),
    ("orders", "session_key pair", "row(1, 'a b')", '(1,"a b")'),
    ("orders", "user_id smallint", "3", 3),
    ("orders", "user_id nested", "3", 3),
    ("orders", "user_id numeric", "'12.0'", "12.0"),
    ("orders", "user_id text", "' 12 '", " 12 "),
    ("utm_sessions", "is_bot boolean", "true", True),
    ("utm_sessions", "is_bot integer", "1", 1),
    ("utm_sessions", "is_bot text", "'T'", "T"),
]


@pytest.mark.parametrize(
    ("table", "column", "value", "wanted"), TYPED, ids=[f"{row[1]} {row[2]}" for row in TYPED]
)
def test_types(
    shop: PostgresDatabase, tmp_path: Path, table: str, column: str, value: str, wanted: object
) -> None:
    name, _, kind = column.partition(" ")
    shop.execute(
        "create type status_enum as enum ('new', 'done')",
        "create type pair as (a int, b text)",
        "create domain trimmed as text check (value = btrim(value))",
        "create domain whole as bigint",
        "create domain nested as whole check (value > 0)",
        f"alter table {table} drop {name}",
        f"alter table {table} add {name} {kind}",
        f"update {table} set {name} = {value} where id = 1",
        f"insert into {table} select * from {table} where false",
    )
    settings = settings_for(shop, tmp_path)
    extract(settings)
    rows = rows_of(settings.raw_dir, table, f"id, {name}")
    found = next(row[1] for row in rows if row[0] == 1)
    if kind == "uuid":
        wanted = "a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11"
    assert found == wanted
    assert type(found) is type(wanted)
    # What is missing stays missing, of every type.
    if table == "utm_sessions":
        assert {row[1] for row in rows if row[0] != 1} == {None}


def test_case_insensitive_text(shop: PostgresDatabase, tmp_path: Path) -> None:
    """citext is an extension, which not every server has; its name in the catalogue decides."""
    assert selected('"email"', "text", "citext") == ('"email"::text', "VARCHAR")
    with shop.connect() as connection:
        there = connection.execute(
            "select exists (select from pg_available_extensions where name = 'citext')"
        ).fetchone()
    if there == (True,):
        shop.execute(
            "create extension citext",
            "alter table orders alter email type citext, alter updated type citext",
            "update orders set email = 'BUYER@Example.com'",
        )
        settings = settings_for(shop, tmp_path)
        extract(settings)
        extract(settings)
        assert rows_of(settings.raw_dir, "orders", "email")[0] == ("BUYER@Example.com",)


def test_what_the_role_prefers_changes_nothing(postgres: PostgresServer, tmp_path: Path) -> None:
    preferences = {
        "datestyle": "'German, DMY'",
        "intervalstyle": "'sql_standard'",
        "timezone": "'Asia/Kathmandu'",
        "bytea_output": "'escape'",
        "extra_float_digits": "-15",
        "client_encoding": "'LATIN1'",
        "standard_conforming_strings": "off",
        "search_path": "evil, pg_catalog",
        "quote_all_identifiers": "on",
        "default_transaction_isolation": "'read committed'",
        "default_transaction_read_only": "off",
    }
    with postgres.role() as role, postgres.database() as database:
        create_shop(database, REQUIRED, count=4)
        database.execute(
            "alter table orders drop session_key, drop pay_type, drop sale_source",
            "alter table orders add session_key bytea default '\\x0001ff'",
            "alter table orders add pay_type double precision default 0.123456789",
            "alter table orders add sale_source interval default '1 day 2 hours'",
            "update orders set updated = '2025-03-30 03:30+03', order_number = 'Їжак'",
            "create schema evil",
            "create function evil.btrim(text, text) returns text language sql "
            "as 'select (1 / 0)::text'",
            "alter table utm_sessions alter last_seen type text",
            "create table evil.orders ()",
            f"grant usage on schema public, evil to {role}",
            f"grant select on all tables in schema public to {role}",
            *(f"alter role {role} set {name} = {value}" for name, value in preferences.items()),
        )
        settings = settings_for(PostgresDatabase({**database.keywords, "user": role}), tmp_path)
        extract(settings)
        extract(settings)
    columns = "order_number, session_key, pay_type, sale_source, updated"
    assert rows_of(settings.raw_dir, "orders", columns) == [
        ("Їжак", "\\x0001ff", "0.123456789", "1 day 02:00:00", _at("2025-03-30 00:30:00"))
    ]


ENCODINGS = {
    "LATIN1": ("café ¿ÿ", "café ¿ÿ"),
    "WIN1251": ("Їжак «№»", "Їжак «№»"),
    "KOI8U": ("Їжак", "Їжак"),
    "LATIN2": ("Łódź", "Łódź"),
    "EUC_JP": ("日本", "日本"),
}


@pytest.mark.parametrize("encoding", ENCODINGS)
def test_databases_in_other_encodings(
    postgres: PostgresServer, tmp_path: Path, encoding: str
) -> None:
    text, wanted = ENCODINGS[encoding]
    with postgres.database(encoding) as database:
        create_shop(database, REQUIRED, count=4)
        with database.connect() as connection:
            connection.execute("set client_encoding = 'UTF8'")
            connection.execute("update utm_sessions set utm_campaign = %s", [text])
            connection.execute("alter table utm_sessions alter last_seen type text")
        settings = settings_for(database, tmp_path)
        extract(settings)
        extract(settings)
        assert rows_of(settings.raw_dir, "utm_sessions", "utm_campaign")[0] == (wanted,)


def test_a_database_without_an_encoding(postgres: PostgresServer, tmp_path: Path) -> None:
    """It keeps any bytes. What is UTF-8 arrives, what is not is marked."""
    with postgres.database("SQL_ASCII") as database:
        create_shop(database, REQUIRED, count=4)
        with database.connect() as connection:
            connection.execute(
                "update utm_sessions set utm_campaign = convert_from(%s, 'SQL_ASCII'), utm_term = "
                "convert_from(%s, 'SQL_ASCII'), utm_content = e'a\\nb\"'",
                ["Їжак".encode(), "Їжак".encode("cp1251") + b'",\n'],
            )
        settings = settings_for(database, tmp_path)
        extract(settings)
        columns = "utm_campaign, utm_term, utm_content"
        assert rows_of(settings.raw_dir, "utm_sessions", columns)[0] == (
            *("Їжак", '\ufffd\ufffd\ufffd\ufffd",\n', 'a\nb"'),
        )


def test_the_session_is_read_only_and_says_who_it_is(
    shop: PostgresDatabase, tmp_path: Path
) -> None:
    seen: list[tuple[Any, ...]] = []
    shop.execute(
        "create sequence counter",
        "alter table orders rename to orders_table",
        "create view orders as select *, "
        "concat(current_setting('application_name'), '/', "
        "current_setting('transaction_read_only'), '/', "
        "current_setting('transaction_isolation'), '/', current_setting('lock_timeout'), '/', "
        "current_setting('statement_timeout'), '/', "
        "current_setting('idle_in_transaction_session_timeout'), '/', "
        "(select count(*) from pg_prepared_statements), ' prepared') as pay from orders_table",
        "alter view orders rename column pay_type to old_pay_type",
        "alter view orders rename column pay to pay_type",
    )
    settings = settings_for(shop, tmp_path)
    extract(settings)
    seen = rows_of(settings.raw_dir, "orders", "pay_type")
    assert seen == [("utm-pipeline extract/on/repeatable read/5s/1h/5min/0 prepared",)]


def test_all_tables_show_one_instant(shop: PostgresDatabase, tmp_path: Path) -> None:
    """Rows that are committed while the first table is read are in no table."""
    create_shop(shop, count=40)
    told: list[str] = []

    def progress(table: str, rows: int, expected: int | None, seconds: float) -> None:
        if not told:
            shop.execute(
                "insert into orders (total_sum, payment_status, created, updated) "
                "values (1, 'paid', now(), now())",
                "insert into refunds (order_id, amount, created) values (1, 1, now())",
            )
        told.append(table)

    settings = settings_for(shop, tmp_path)
    result = extract(settings, progress=progress)
    assert told[0] == "utm_sessions"
    assert {table.table: table.rows for table in result.tables}["orders"] == 10
    assert {table.table: table.rows for table in result.tables}["refunds"] == 2
    assert result.snapshot < datetime.now(UTC)
    again = {table.table: table.new for table in extract(settings).tables}
    assert (again["orders"], again["refunds"]) == (1, 1)
