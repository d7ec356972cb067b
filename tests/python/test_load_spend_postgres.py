"""load-spend where the raw tables are in PostgreSQL: each load's rows stand in the table once."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import pytest

from postgres_server import PostgresDatabase
from utm_pipeline.cli import main
from utm_pipeline.errors import ExitCode

HEAD = "Day,Campaign name,Amount spent (UAH)\n"
TABLE = "shop.ad_spend"


@pytest.fixture
def shop(
    postgres_database: PostgresDatabase, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> PostgresDatabase:
    """An empty schema, and the command line's settings."""
    postgres_database.execute("drop schema if exists shop cascade", "create schema shop")
    for name, value in postgres_database.environment.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("UTM_TARGET", "postgres")
    monkeypatch.setenv("UTM_RAW_SCHEMA", "shop")
    monkeypatch.setenv("UTM_LANG", "en")
    monkeypatch.chdir(tmp_path)
    return postgres_database


def load(text: str, *options: str) -> int:
    Path("export.csv").write_text(HEAD + text, encoding="utf-8")
    return main(["load-spend", "export.csv", "--platform", "meta", *options])


def spent(shop: PostgresDatabase) -> dict[str, Decimal]:
    with shop.connect() as connection:
        rows = connection.execute(
            f"select utm_campaign, sum(spend::numeric) from {TABLE} group by 1"
        ).fetchall()
    return {str(name): Decimal(str(spend)) for name, spend in rows}


def test_a_table_is_made_and_a_load_again_doubles_nothing(shop: PostgresDatabase) -> None:
    assert load("2026-07-01,spring,10.50\n2026-07-02,spring,1.00\n") == ExitCode.DONE
    assert spent(shop) == {"spring": Decimal("11.50")}
    assert load("2026-07-01,spring,10.50\n2026-07-02,spring,1.00\n") == ExitCode.DONE
    assert load("2026-07-02,spring,2.00\n2026-07-03,spring,4.00\n") == ExitCode.DONE
    assert spent(shop) == {"spring": Decimal("16.50")}


def test_the_shops_own_rows_stay_in_their_types(shop: PostgresDatabase) -> None:
    shop.execute(
        f"create table {TABLE} (date date, utm_source text, utm_medium text, utm_campaign text,"
        " utm_content text, spend numeric(12, 2), impressions bigint, clicks bigint)",
        f"insert into {TABLE} values ('2026-07-01', 'bing', null, 'own', null, 3, null, 4)",
    )
    assert load("2026-07-01,spring,10.50\n") == ExitCode.DONE
    assert load("2026-07-01,spring,12.00\n") == ExitCode.DONE
    assert spent(shop) == {"own": Decimal(3), "spring": Decimal(12)}


def test_money_that_the_table_has_is_refused(
    shop: PostgresDatabase, capsys: pytest.CaptureFixture[str]
) -> None:
    shop.execute(
        f"create table {TABLE} (date timestamptz, utm_source text, utm_medium text,"
        " utm_campaign text, utm_content text, spend text, impressions text, clicks text)",
        f"insert into {TABLE} (date, utm_source, spend) values ('2026-07-01', ' Facebook ', '3')",
    )
    assert load("2026-07-01,spring,10.50\n") == ExitCode.CONFIGURATION
    assert "would count it twice" in capsys.readouterr().err
    assert load("2026-07-02,spring,10.50\n") == ExitCode.DONE


def test_a_role_that_may_not_write_is_told_so(
    shop: PostgresDatabase,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    shop.execute("drop role if exists utm_reads_only", "create role utm_reads_only login")
    monkeypatch.setenv("PGUSER", "utm_reads_only")
    try:
        shop.execute("grant usage on schema shop to utm_reads_only")
        assert load("2026-07-01,spring,10.50\n") == ExitCode.CONFIGURATION
        assert "may not write the table of ad spend" in capsys.readouterr().err
    finally:
        shop.execute("drop owned by utm_reads_only", "drop role utm_reads_only")
