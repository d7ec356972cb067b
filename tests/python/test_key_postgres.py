"""The key of the hashes on PostgreSQL: where it must not be, and that dbt alone finds it."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from fault_process import Commands, commands
from fault_shop import AS_OF, KEY, Shop, make_shop
from postgres_server import PostgresDatabase, PostgresServer
from utm_pipeline.refresh.key import KEY_FILE, pads, set_build_options

ROOT = Path(__file__).resolve().parents[2]
REFRESH = ("refresh", "--as-of", AS_OF)
SECRETS = [KEY, KEY.encode().hex(), pads(KEY).ipad.hex(), pads(KEY).opad.hex()]


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Commands]:
    with commands(tmp_path_factory.mktemp("commands")) as started:
        yield started


@pytest.fixture(scope="module")
def shop(
    run: Commands, tmp_path_factory: pytest.TempPathFactory, postgres: PostgresServer
) -> Iterator[Shop]:
    """A shop that was refreshed once, on a server that logs every statement."""
    with postgres.database() as database:
        database.execute(
            f"alter database {database.keywords['dbname']} set log_statement = 'all'",
            f"alter database {database.keywords['dbname']} set log_min_duration_statement = 0",
        )
        shop = make_shop(tmp_path_factory.mktemp("shop"), database)
        ended = run.run(shop.variables, *REFRESH)
        assert ended.code == 0, ended
        yield shop


def assert_no_secret(text: str, place: object) -> None:
    for secret in SECRETS:
        assert secret not in text, place


def test_the_key_is_in_no_statement_file_or_table(
    shop: Shop, run: Commands, postgres: PostgresServer
) -> None:
    database = shop.database
    assert database is not None
    for name, content in tables(database):
        assert_no_secret(content, name)
    command = run.start(shop.variables, *REFRESH, fault="stop at:fct_orders")
    command.wait_until_it_stops()
    with database.connect() as connection:
        running = connection.execute(
            "select query, application_name from pg_stat_activity"
        ).fetchall()
    # A build that fails says something too.
    database.execute("drop schema analytics_int cascade")
    command.go_on()
    ended = command.end()
    assert ended.code == 1
    assert len(running) > 2
    assert_no_secret(ended.out + ended.err + str(running), "messages")
    files = [path for path in shop.settings.state_dir.rglob("*") if path.is_file()]
    assert len(files) > 50
    for path in files:
        assert_no_secret(path.read_bytes().decode("latin-1"), path)
    if statistics := statements(database):
        assert_no_secret(statistics, "pg_stat_statements")
    if postgres.bin_dir is not None:
        log = (Path(postgres.keywords["host"]) / "log").read_text(encoding="utf-8")
        # So the log does hold the statements of the build.
        assert "hmac" in log or "sha256" in log
        assert_no_secret(log, "the server's log")


def tables(database: PostgresDatabase) -> Iterator[tuple[str, str]]:
    with database.connect() as connection:
        rows = connection.execute(
            "select format('%I.%I', schemaname, tablename) from pg_tables "
            "where schemaname like 'analytics%'"
        ).fetchall()
        assert len(rows) > 50
        for (name,) in rows:
            yield str(name), str(connection.execute(f"select * from {name}".encode()).fetchall())


def statements(database: PostgresDatabase) -> str:
    """What the server keeps of statements, where it has the extension."""
    try:
        with database.connect() as connection:
            return str(connection.execute("select query from pg_stat_statements").fetchall())
    except psycopg.errors.UndefinedTable:
        return ""


def dbt_build(shop: Shop, folder: Path, **variables: str) -> None:
    """dbt by itself, with environment variables and nothing else."""
    shutil.copyfile(ROOT / "profiles.yml.example", folder / "profiles.yml")
    ended = subprocess.run(
        [
            *(sys.executable, "-m", "dbt.cli.main", "build", "--target", "postgres"),
            # The tests of data and of units have runs of their own.
            *("--exclude-resource-type", "unit_test", "--exclude-resource-type", "test"),
            *("--project-dir", str(ROOT), "--profiles-dir", str(folder)),
            *("--target-path", str(folder / "target"), "--log-path", str(folder / "logs")),
        ],
        env={
            "PATH": os.environ["PATH"],
            "HOME": str(folder),
            "PYTHONPATH": str(ROOT),
            "DBT_SEND_ANONYMOUS_USAGE_STATS": "false",
            **{name: value for name, value in shop.variables.items() if name != "UTM_PII_KEY"},
            "UTM_SCHEMA": "alone",
            "UTM_AS_OF": AS_OF,
            **variables,
        },
        capture_output=True,
        text=True,
        check=False,
        cwd=folder,
    )
    assert ended.returncode == 0, ended.stdout[-3000:]
    for path in (path for path in folder.rglob("*") if path.is_file() and path.name != KEY_FILE):
        assert_no_secret(path.read_bytes().decode("latin-1"), path)


def orders(database: PostgresDatabase, schema: str) -> list[tuple[object, ...]]:
    with database.connect() as connection:
        statement = f"select order_id, person_id from {schema}.fct_orders order by 1"
        return connection.execute(statement.encode()).fetchall()


def test_dbt_alone_hashes_as_a_refresh_does(shop: Shop, tmp_path: Path) -> None:
    """Without UTM_PII_KEY: by the key file."""
    database = shop.database
    assert database is not None
    warehouse = tmp_path / "warehouse" / "utm.duckdb"
    warehouse.parent.mkdir()
    (warehouse.parent / KEY_FILE).write_text(KEY + "\n")
    dbt_build(shop, tmp_path, UTM_WAREHOUSE=str(warehouse))
    expected = orders(database, "analytics")
    assert len({person for _, person in expected}) > 1
    assert orders(database, "alone") == expected


def test_the_variable_gives_the_same_options_as_the_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = []
    for name, value in {
        "UTM_PII_KEY": KEY,
        "UTM_WAREHOUSE": str(tmp_path / "utm.duckdb"),
    }.items():
        (tmp_path / KEY_FILE).write_text(KEY + "\n")
        with monkeypatch.context() as patch:
            patch.delenv("PGOPTIONS", raising=False)
            patch.setenv(name, value)
            set_build_options()
            found.append(os.environ["PGOPTIONS"])
    assert found[0] == found[1]
    assert SECRETS[-1] in found[0]
    assert KEY not in found[0]
