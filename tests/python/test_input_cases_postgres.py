"""Raw tables as a database may hold them: quoted names, hidden rows, odd types (inputs.md)."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from cases import case
from postgres_server import PostgresDatabase, PostgresServer
from utm_pipeline import cli

AS_OF = "2025-06-15T12:00:00Z"
Ask = Callable[..., Any]


@pytest.fixture
def database(postgres: PostgresServer) -> Iterator[PostgresDatabase]:
    with postgres.database() as fresh:
        yield fresh


@pytest.fixture(params=["warehouse", "extract"])
def ask(
    request: pytest.FixtureRequest,
    database: PostgresDatabase,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> Ask:
    """The JSON of a query after a refresh: of tables beside the marts, or of what is extracted."""
    dsn = " ".join(f"{key}={value}" for key, value in database.keywords.items())
    for name, value in {
        **(
            {**database.environment, "UTM_TARGET": "postgres"}
            if request.param == "warehouse"
            else {"UTM_SHOP_DSN": dsn, "UTM_RAW_DIR": str(tmp_path / "raw")}
        ),
        "UTM_WAREHOUSE": str(tmp_path / "warehouse" / "utm.duckdb"),
        "UTM_LANG": "en",
        "UTM_THREADS": "2",
        "UTM_FRESHNESS_MINUTES": "99999999",
    }.items():
        monkeypatch.setenv(name, value)

    def answer(*query: str) -> Any:
        code = cli.main(["refresh", "--as-of", AS_OF])
        assert code == 0, capsys.readouterr().err
        capsys.readouterr()
        assert cli.main(["query", *query, "--format", "json"]) == 0
        return json.loads(capsys.readouterr().out)

    return answer


@pytest.mark.parametrize(
    ("ask", "script", "orders", "revenue"),
    [("warehouse", "setup.sql", 1, 100.0), ("extract", "setup-optional.sql", 1, 50.0)],
    indirect=["ask"],
)
def test_names_of_columns_are_compared_without_case(
    database: PostgresDatabase, ask: Ask, script: str, orders: int, revenue: float
) -> None:
    setup = case("mixed-case-postgres", script).read_text(encoding="utf-8")
    database.execute(*filter(str.strip, setup.split(";")))
    sources = {row["utm_source"]: row for row in ask("sources", "--period", "all_time")}
    assert sources["facebook"]["sessions"] == 1
    assert sum(row["orders"] for row in sources.values()) == orders
    assert sum(row["revenue"] for row in sources.values()) == revenue


def test_whatever_a_database_calls_text(database: PostgresDatabase, ask: Ask) -> None:
    """And a decimal of ten digits is one before it is rounded."""
    database.execute(
        "create type state as enum ('paid', ' Paid ')",
        "create domain word as text",
        "create domain inner_word as word",
        "create table utm_sessions (id jsonb, session_key uuid, utm_source char(20), "
        "first_seen text)",
        "insert into utm_sessions values ('\"1\"', 'a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11', "
        "'ютуб', ' 2025-06-14 ')",
        "create table orders (id int, total_sum numeric, payment_status state, "
        "status inner_word, created timestamp, utm_source json, utm_session_id jsonb)",
        "insert into orders values "
        "(1, 9999999999.9999, ' Paid ', 'done', '2025-06-14', '\" Fb \"', null), "
        "(2, 2, 'paid', ' CANCELLED ', '2025-06-14', null, null), "
        "(3, 10000000000, 'paid', null, '2025-06-14', null, null), "
        "(4, 4, ' Paid ', null, '2025-06-14', 'null', '\"1\"')",
    )
    rows = ask("sources", "--period", "all_time")
    assert {row["utm_source"]: row["revenue"] for row in rows} == {
        "facebook": 10000000000.0,
        "ютуб": 4.0,
    }


@pytest.fixture
def reader(postgres: PostgresServer) -> Iterator[str]:
    with postgres.role() as name:
        yield name


@pytest.mark.parametrize("kind", ["some rows", "all rows", "a view"])
def test_hidden_rows_are_an_error(
    postgres: PostgresServer,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    reader: str,
    kind: str,
) -> None:
    setup = case("row-level-security", "setup.sql").read_text(encoding="utf-8")
    setup = setup.replace("create role reader login;", "").replace("to reader", f"to {reader}")
    setup = "\n".join(line for line in setup.splitlines() if not line.startswith("--"))
    statements = [part for part in setup.split(";") if part.strip()]
    with postgres.database() as database:
        before, after = statements[:-2], statements[-2:]
        database.execute(*before)
        name = database.keywords["dbname"]
        database.execute(f"grant create on database {name} to {reader}")
        keywords = {**database.keywords, "user": reader}
        dsn = " ".join(f"{key}={value}" for key, value in keywords.items())
        for key, value in {
            "UTM_SHOP_DSN": dsn,
            "UTM_RAW_DIR": str(tmp_path / "raw"),
            "UTM_WAREHOUSE": str(tmp_path / "warehouse" / "utm.duckdb"),
            "UTM_LANG": "en",
        }.items():
            monkeypatch.setenv(key, value)
        assert cli.main(["extract"]) == 0
        files = sorted((tmp_path / "raw" / "orders").iterdir())
        database.execute(*after)
        if kind == "all rows":
            database.execute("drop policy p on orders")
        elif kind == "a view":
            database.execute(
                "alter table orders rename to hidden",
                "create view orders with (security_invoker) as select * from hidden",
                f"grant select on orders to {reader}",
            )
        capsys.readouterr()
        for command, target in (("extract", "duckdb"), ("refresh", "postgres")):
            monkeypatch.setenv("UTM_TARGET", target)
            for key, value in database.environment.items() if target == "postgres" else ():
                monkeypatch.setenv(key, reader if key == "PGUSER" else value)
            assert cli.main([command]) == 3
            error, fix = capsys.readouterr().err.splitlines()
            assert error.startswith("error: row-level security hides rows of the table orders")
            assert "BYPASSRLS" in fix
        assert sorted((tmp_path / "raw" / "orders").iterdir()) == files


def test_two_columns_that_differ_by_case_alone(
    database: PostgresDatabase,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """Whether the column is required or not."""
    setup = case("mixed-case-postgres", "setup-optional.sql").read_text(encoding="utf-8")
    database.execute(*filter(str.strip, setup.split(";")), "alter table orders add status text")
    dsn = " ".join(f"{key}={value}" for key, value in database.keywords.items())
    variables = {
        **database.environment,
        "UTM_SHOP_DSN": dsn,
        "UTM_RAW_DIR": str(tmp_path / "raw"),
        "UTM_LANG": "en",
    }
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    for command, target in (("extract", "duckdb"), ("refresh", "postgres")):
        monkeypatch.setenv("UTM_TARGET", target)
        assert cli.main([command]) == 3
        error = capsys.readouterr().err.splitlines()[0]
        assert "the column status of table orders is there twice" in error
        assert "Status" in error
        assert error.count("tatus") >= 3
