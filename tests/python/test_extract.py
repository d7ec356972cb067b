"""extract: which tables and columns come, from where, and what is said where one is missing."""

from __future__ import annotations

from pathlib import Path

import duckdb
import pytest

from postgres_server import PostgresDatabase, PostgresServer
from shop_database import (
    DJANGO_NAMES,
    REQUIRED,
    all_rows,
    create_shop,
    environment_for,
    files_of,
    rows_of,
    settings_for,
)
from utm_pipeline.cli import main
from utm_pipeline.errors import InputError
from utm_pipeline.extract import ExtractResult, extract
from utm_pipeline.extract.tables import contract
from utm_pipeline.refresh.inputs import REQUIRED_COLUMNS, REQUIRED_TABLES, check_inputs


@pytest.fixture
def shop(postgres_database: PostgresDatabase) -> PostgresDatabase:
    create_shop(postgres_database)
    return postgres_database


def _run(
    database: PostgresDatabase, folder: Path, monkeypatch: pytest.MonkeyPatch, *words: str
) -> int:
    for name, value in environment_for(database, folder).items():
        monkeypatch.setenv(name, value)
    return main(words)


def _counts(result: ExtractResult) -> dict[str, int]:
    return {table.table: table.read for table in result.tables}


def test_all_tables_come(shop: PostgresDatabase, tmp_path: Path) -> None:
    settings = settings_for(shop, tmp_path)
    result = extract(settings)
    assert _counts(result) == {
        "utm_sessions": 40,
        "user_actions": 80,
        "orders": 10,
        "ad_spend": 30,
        "refunds": 2,
    }
    assert set(check_inputs(settings).tables) == set(_counts(result))
    columns = "id, session_key, utm_source, utm_term, visit_count, is_bot, is_converted"
    assert rows_of(settings.raw_dir, "utm_sessions", columns)[0] == (
        *(1, "key-1", "instagram", None, 1, False, False),
    )
    with shop.connect() as connection:
        wanted = connection.execute(
            "select id, first_seen at time zone 'UTC' from utm_sessions"
        ).fetchall()
        spent = connection.execute("select date, spend from ad_spend").fetchall()
    assert rows_of(settings.raw_dir, "utm_sessions", "id, first_seen") == sorted(wanted, key=repr)
    assert rows_of(settings.raw_dir, "ad_spend", "date, spend") == sorted(spent, key=repr)


def test_only_what_the_pipeline_reads_comes(shop: PostgresDatabase, tmp_path: Path) -> None:
    settings = settings_for(shop, tmp_path)
    extract(settings)
    with duckdb.connect() as connection:
        for table in contract():
            files = settings.raw_dir / table["name"] / "*"
            found = connection.sql(f"from read_parquet('{files}')").columns
            assert set(found) <= {column["name"] for column in table["columns"]}
            assert {"ip_address", "full_name", "fbp", "metadata"}.isdisjoint(found)
    assert all("203.0.113.7" not in repr(rows) for rows in all_rows(settings.raw_dir).values())


def test_the_contract_is_the_one_that_inputs_are_checked_by() -> None:
    tables = contract()
    assert {table["name"] for table in tables if "config" not in table} == set(REQUIRED_TABLES)
    required = {
        table["name"]: {
            column["name"] for column in table["columns"] if column.get("meta", {}).get("required")
        }
        for table in tables
    }
    assert required == {table: set(columns) for table, columns in REQUIRED_COLUMNS.items()}


def test_files_are_their_owners_alone(shop: PostgresDatabase, tmp_path: Path) -> None:
    settings = settings_for(shop, tmp_path)
    extract(settings)
    for file in settings.raw_dir.glob("*/*.parquet"):
        assert file.stat().st_mode & 0o777 == 0o600
    assert (settings.raw_dir / ".extract").stat().st_mode & 0o777 == 0o700


def test_names_and_schema_as_the_shop_has_them(
    postgres_database: PostgresDatabase, tmp_path: Path
) -> None:
    create_shop(postgres_database, tuple(DJANGO_NAMES), schema="shop", names=DJANGO_NAMES)
    names = ",".join(f"{table}={name}" for table, name in DJANGO_NAMES.items())
    settings = settings_for(
        postgres_database, tmp_path, UTM_RAW_SCHEMA="shop", UTM_RAW_TABLES=names
    )
    extract(settings)
    found = check_inputs(settings).tables
    assert {table: raw.place.name for table, raw in found.items() if raw} == DJANGO_NAMES


@pytest.mark.parametrize("name", ["utm_sessions", "UTM_Sessions"])
def test_quoted_names(shop: PostgresDatabase, tmp_path: Path, name: str) -> None:
    shop.execute(
        'alter table utm_sessions rename to "UTM_Sessions"',
        'alter table "UTM_Sessions" rename column utm_source to "Utm_Source"',
    )
    settings = settings_for(shop, tmp_path, UTM_RAW_TABLES=f"utm_sessions={name}")
    extract(settings)
    assert rows_of(settings.raw_dir, name, "utm_source")[0] == ("instagram",)


def test_optional_tables_may_be_absent(postgres_database: PostgresDatabase, tmp_path: Path) -> None:
    create_shop(postgres_database, REQUIRED)
    postgres_database.execute("alter table orders drop updated, drop sale_source")
    settings = settings_for(postgres_database, tmp_path)
    assert set(_counts(extract(settings))) == set(REQUIRED)
    assert set(check_inputs(settings).tables) == set(REQUIRED)


def test_an_empty_table_is_a_table(shop: PostgresDatabase, tmp_path: Path) -> None:
    shop.execute("truncate orders", "truncate refunds")
    settings = settings_for(shop, tmp_path)
    extract(settings)
    assert rows_of(settings.raw_dir, "orders") == []
    assert set(check_inputs(settings).tables) == set(REQUIRED_COLUMNS)
    shop.execute(
        "insert into orders (total_sum, payment_status, created, updated) "
        "values (1, 'paid', now(), now())"
    )
    extract(settings)
    assert len(rows_of(settings.raw_dir, "orders")) == 1
    shop.execute("delete from orders")
    extract(settings)
    assert rows_of(settings.raw_dir, "orders") == []


MISSING = {
    "a required table": ("drop table orders", "the required table orders is missing"),
    "a required column": (
        "alter table orders drop total_sum",
        "the required column total_sum of table orders is missing",
    ),
    "an optional table's required column": (
        "alter table refunds drop amount",
        "the required column amount of table refunds is missing",
    ),
    "an ambiguous column": (
        'alter table orders rename total_sum to "Total_Sum"; '
        'alter table orders add "TOTAL_sum" text',
        "the column total_sum of table orders is there twice",
    ),
    "an optional column in two cases": (
        """alter table orders add "Status" text default 'not this one'""",
        'the column status of table orders is there twice, as "Status" and status',
    ),
    "an ambiguous table": (
        'alter table orders rename to "Orders"; create table "ORDERS" (id int)',
        "the table orders is there twice",
    ),
    "the schema": ("drop schema public cascade", "the schema public is missing"),
}


@pytest.mark.parametrize(("change", "said"), MISSING.values(), ids=MISSING)
def test_what_is_missing_is_named(
    shop: PostgresDatabase,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    change: str,
    said: str,
) -> None:
    shop.execute(*change.split("; "))
    assert _run(shop, tmp_path, monkeypatch, "extract") == 3
    out, err = capsys.readouterr()
    assert out == ""
    error, fix = err.splitlines()
    assert said in error
    assert shop.keywords["dbname"] in error
    assert fix.startswith("fix: ")
    assert not (tmp_path / "raw").exists()


def test_a_table_by_another_name_is_proposed(
    postgres_database: PostgresDatabase, tmp_path: Path
) -> None:
    create_shop(postgres_database, names=DJANGO_NAMES)
    with pytest.raises(InputError) as raised:
        extract(settings_for(postgres_database, tmp_path))
    assert "utm_sessions=NAME; storefront_utmsession has such columns" in raised.value.fix


GRANTS = {
    "nothing": ([], "the role may not use the schema public"),
    "the schema alone": (
        ["grant usage on schema public to {role}"],
        "the role may not read the column id of table utm_sessions",
    ),
    "all but a column": (
        [
            "grant usage on schema public to {role}",
            "grant select on utm_sessions, user_actions, refunds, ad_spend to {role}",
            "grant select (id, total_sum, payment_status) on orders to {role}",
        ],
        "the role may not read the column order_number of table orders",
    ),
}


@pytest.mark.parametrize(("grants", "said"), GRANTS.values(), ids=GRANTS)
def test_a_missing_right_is_named(
    postgres: PostgresServer, tmp_path: Path, grants: list[str], said: str
) -> None:
    with postgres.role() as role, postgres.database() as database:
        create_shop(database)
        database.execute(*(grant.format(role=role) for grant in grants))
        reader = PostgresDatabase({**database.keywords, "user": role})
        with pytest.raises(InputError, match=said):
            extract(settings_for(reader, tmp_path))
    assert not (tmp_path / "raw").exists()


def test_a_role_that_may_only_read_is_enough(postgres: PostgresServer, tmp_path: Path) -> None:
    with postgres.role() as role, postgres.database() as database:
        create_shop(database)
        database.execute(
            f"grant usage on schema public to {role}",
            f"grant select on all tables in schema public to {role}",
        )
        # A column that nothing needs may be kept from it.
        database.execute(
            f"revoke select on orders from {role}",
            "grant select (id, order_number, user_id, session_key, utm_session_id, email, phone, "
            "total_sum, discount_amount, payment_status, status, pay_type, source, sale_source, "
            "utm_source, utm_medium, utm_campaign, utm_content, utm_term, created, updated) "
            f"on orders to {role}",
        )
        settings = settings_for(PostgresDatabase({**database.keywords, "user": role}), tmp_path)
        assert _counts(extract(settings))["orders"] == 10


SECRET = "s3cr:t/@é"
BAD_DSNS = {
    "no DSN": f"postgres//{SECRET}",
    "a broken one": f"host=127.0.0.1 password={SECRET}' dbname='x",
    "an unknown keyword": f"host=127.0.0.1 secret={SECRET}",
    "an unreachable one": "host=127.0.0.1 port=9 dbname=shop password=s3cr:t/@é",
    "a host that is none": "postgresql://u:s3cr%3At%2F%40%C3%A9@no.such.invalid/shop",
}


@pytest.mark.parametrize("dsn", BAD_DSNS.values(), ids=BAD_DSNS)
@pytest.mark.parametrize("debug", [[], ["--debug"]], ids=["", "debug"])
def test_the_password_is_never_shown(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    dsn: str,
    debug: list[str],
) -> None:
    monkeypatch.setenv("UTM_SHOP_DSN", dsn)
    assert main([*debug, "extract"]) == 3
    shown = "".join(capsys.readouterr())
    assert "UTM_SHOP_DSN" in shown
    assert "s3cr" not in shown
    assert not (tmp_path / "raw").exists()


def test_a_missing_dsn_is_named(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--lang", "en", "extract"]) == 3
    assert "the shop's database is not named, UTM_SHOP_DSN" in capsys.readouterr().err


def test_an_unknown_database_or_user_is_told(shop: PostgresDatabase, tmp_path: Path) -> None:
    for wrong in ({"dbname": "nothing_here"}, {"user": "nobody_here"}):
        settings = settings_for(PostgresDatabase({**shop.keywords, **wrong}), tmp_path)
        with pytest.raises(InputError, match="no such database or user"):
            extract(settings)


def test_the_summary_says_what_came(
    shop: PostgresDatabase,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert _run(shop, tmp_path, monkeypatch, "extract") == 0
    out, err = capsys.readouterr()
    lines = [line.split() for line in out.splitlines()]
    assert lines[0] == [
        "Table",
        "Read",
        "New",
        "Changed",
        "Gone",
        "Rows",
        "Files",
        "Seconds",
        "Rows/s",
    ]
    assert lines[2][:7] == ["utm_sessions", "40", "40", "0", "0", "40", "1"]
    assert out.splitlines()[-1].startswith("The shop's data as of ")
    assert err == ""
    shop.execute("update orders set updated = now(), status = 'ship' where id = 3")
    assert _run(shop, tmp_path, monkeypatch, "extract") == 0
    orders = next(
        line.split() for line in capsys.readouterr().out.splitlines() if line.startswith("orders")
    )
    assert orders[:7] == ["orders", "10", "0", "1", "0", "10", "1"]


FOREIGN = {
    "a file": "orders.csv",
    "a file in the folder": "orders/mine.parquet",
    "a file by the name of an extract": "orders/extract-000001.parquet",
}


@pytest.mark.parametrize("name", FOREIGN.values(), ids=FOREIGN)
def test_files_of_others_are_neither_replaced_nor_counted_twice(
    shop: PostgresDatabase, tmp_path: Path, name: str
) -> None:
    settings = settings_for(shop, tmp_path)
    file = settings.raw_dir / name
    file.parent.mkdir(parents=True)
    if name.endswith(".csv"):
        file.write_text("id,total_sum,payment_status,created\n1,1,paid,2025-01-01\n")
    else:
        with duckdb.connect() as connection:
            connection.execute(f"copy (select 1 as id) to '{file}'")
    before = file.read_bytes()
    for full in (False, True):
        with pytest.raises(InputError, match="no extract wrote") as raised:
            extract(settings, full)
        assert str(file) in str(raised.value)
    assert file.read_bytes() == before
    assert list(files_of(settings.raw_dir)) == [name] * (not name.endswith(".csv"))


def test_loaded_spend_stays_where_the_database_has_none(
    shop: PostgresDatabase, tmp_path: Path
) -> None:
    settings = settings_for(shop, tmp_path)
    file = settings.raw_dir / "ad_spend" / "loaded-meta.csv"
    file.parent.mkdir(parents=True)
    file.write_text("date,utm_source,spend\n2025-01-01,facebook,1\n")
    with pytest.raises(InputError, match="counted twice") as raised:
        extract(settings)
    assert "UTM_RAW_TABLES" in raised.value.fix
    shop.execute("drop table ad_spend")
    extract(settings)
    table = check_inputs(settings).tables["ad_spend"]
    assert table is not None
    assert table.files == (file,)


def test_the_way_out_for_spend_from_both_works(shop: PostgresDatabase, tmp_path: Path) -> None:
    """What the fix says: loaded exports alone, under a name that the database does not have."""
    settings = settings_for(shop, tmp_path, UTM_RAW_TABLES="ad_spend=ad_costs")
    file = settings.raw_dir / "ad_costs" / "loaded-meta.csv"
    file.parent.mkdir(parents=True)
    file.write_text("date,utm_source,spend\n2025-01-01,facebook,1\n")
    assert "ad_spend" not in _counts(extract(settings))
    table = check_inputs(settings).tables["ad_spend"]
    assert table is not None
    assert table.files == (file,)


def test_the_raw_folder_may_have_any_name(shop: PostgresDatabase, tmp_path: Path) -> None:
    settings = settings_for(shop, tmp_path / "id=7" / "what*ever[1]{a}")
    first = _counts(extract(settings))
    assert first["orders"] == 10
    assert _counts(extract(settings))["orders"] == 10
    assert set(check_inputs(settings).tables) == set(first)


def test_a_raw_folder_that_is_a_file_is_refused(shop: PostgresDatabase, tmp_path: Path) -> None:
    (tmp_path / "raw").write_text("")
    with pytest.raises(InputError, match="cannot be written"):
        extract(settings_for(shop, tmp_path))
