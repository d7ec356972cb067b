"""Loss is told: rows set aside, and a source that delivers no more (metrics.md 2)."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from cases import case
from postgres_server import PostgresDatabase, PostgresServer
from postgres_shop import load_raw
from utm_pipeline import cli

AS_OF = "2025-06-15T12:00:00Z"
SESSIONS = "id,session_key,utm_source,first_seen\n1,a,g,2025-06-14 10:00:00\n"
ORDERS = "id,email,total_sum,payment_status,created\n"


class Shop:
    """A shop on one engine, by the command line."""

    def __init__(
        self,
        folder: Path,
        capsys: pytest.CaptureFixture[str],
        database: PostgresDatabase | None = None,
    ) -> None:
        self.raw = folder / "raw"
        self._capsys = capsys
        self._database = database

    def take(self, raw: Path) -> None:
        """From now on these are its raw files."""
        shutil.rmtree(self.raw, ignore_errors=True)
        shutil.copytree(raw, self.raw)
        if self._database is not None:
            load_raw(self._database, self.raw)

    def add_orders(self, rows: list[tuple[str, ...]]) -> None:
        """Adds orders to those that are there."""
        lines = "".join(",".join(row) + "\n" for row in rows)
        (self.raw / "orders" / "more.csv").write_text(ORDERS + lines)
        for row in rows if self._database is not None else ():
            values = ", ".join(f"'{value}'" for value in row)
            self._database.execute(f"insert into shop.orders ({ORDERS.strip()}) values ({values})")

    def run(self, *words: str) -> tuple[int, str, str]:
        """Exit code, standard output and standard error of a command."""
        code = cli.main(words)
        out, err = self._capsys.readouterr()
        return code, out, err

    def refresh(self) -> tuple[int, str, str]:
        return self.run("refresh", "--as-of", AS_OF)


@pytest.fixture(params=["duckdb", "postgres"])
def shop(
    request: pytest.FixtureRequest,
    tmp_path_factory: pytest.TempPathFactory,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> Iterator[Shop]:
    place = tmp_path_factory.getbasetemp() / "warehouse-of-losses" / "utm.duckdb"
    place.unlink(missing_ok=True)
    for name, value in {
        "UTM_RAW_DIR": str(tmp_path / "raw"),
        "UTM_WAREHOUSE": str(place),
        "UTM_LANG": "en",
        "UTM_THREADS": "2",
        "UTM_FRESHNESS_MINUTES": "99999999",
    }.items():
        monkeypatch.setenv(name, value)
    if request.param == "duckdb":
        yield Shop(tmp_path, capsys)
        return
    server: PostgresServer = request.getfixturevalue("postgres")
    with server.database() as database:
        for name, value in {**database.environment, "UTM_TARGET": "postgres"}.items():
            monkeypatch.setenv(name, value)
        monkeypatch.setenv("UTM_RAW_SCHEMA", "shop")
        yield Shop(tmp_path, capsys, database)


@pytest.mark.parametrize("shop", ["duckdb"], indirect=True)
def test_an_export_that_nobody_can_read_is_refused(shop: Shop) -> None:
    shop.take(case("all-quarantined", "raw"))
    code, _, err = shop.refresh()
    assert code == 1
    error, fix = err.splitlines()[-2:]
    assert "12 of 12 rows of table orders" in error
    assert "total_sum unreadable: 12" in error
    assert error.count("id 1") == 3
    assert "nothing was published" in error
    assert fix.startswith("fix: ")
    for value in ("100,00", "example.com", "14.06.2025"):
        assert value not in err
    assert shop.run("query", "data-quality")[0] == 3


def test_what_is_read_anew_counts_by_itself_until_it_is_published(
    shop: Shop, tmp_path: Path
) -> None:
    """Also if the refresh is tried again."""
    good = "".join(f"{number},,5,paid,2025-06-14\n" for number in range(1, 101))
    (tmp_path / "given" / "orders").mkdir(parents=True)
    (tmp_path / "given" / "utm_sessions.csv").write_text(SESSIONS)
    first = tmp_path / "given" / "orders" / "1.csv"
    first.write_text(ORDERS + good)
    # One that is as young as the refresh would be read again by the next.
    os.utime(first, (0, 0))
    shop.take(tmp_path / "given")
    code, _, err = shop.refresh()
    assert code == 0, err
    assert "warning" not in err
    shop.add_orders([(f"x{n}", "o@secret.example", "5", "paid", "2025-06-14") for n in range(12)])
    for _ in range(2):
        code, _, err = shop.refresh()
        assert code == 1, err
        assert "12 of 12 new rows of table orders" in err
        assert "secret" not in err
    _, out, _ = shop.run("query", "general-stats", "--period", "all_time", "--format", "json")
    assert json.loads(out)["total_orders"] == 100


def test_a_part_that_is_lost_is_warned_about(shop: Shop) -> None:
    shop.take(case("all-quarantined", "raw-some"))
    code, _, err = shop.refresh()
    assert code == 0, err
    said = "warning: table orders: 7.5 % of the rows are set aside"
    assert said in err
    assert said in shop.run("query", "data-quality")[2]
    _, out, err = shop.run("report", "--period", "week")
    assert "table orders: 7.5 % of the rows" in " ".join(out.split())
    assert said in err
    code, out, _ = shop.run("doctor")
    (line,) = [line for line in out.splitlines() if line.split()[1] == "warehouse"]
    assert line.startswith("warning")
    assert "7.5 %" in line
    _, out, _ = shop.run("query", "status", "--format", "json")
    tables = {row["table"]: row for row in json.loads(out)["tables"]}
    assert tables["orders"]["quarantined_share"] == 7.5
    assert tables["utm_sessions"]["quarantined_share"] == 0.0
    assert tables["ad_spend"]["data_until"] is None
    code, out, _ = shop.run("quarantine", "orders", "--limit", "2")
    assert code == 0
    assert out.count("total_sum unreadable: ") == 2
    assert "id 1\n" in out
    assert "total_sum=100,00" in out
    assert "email=***" in out
    assert "example.com" not in out


@pytest.mark.parametrize("shop", ["duckdb"], indirect=True)
def test_a_source_that_delivers_no_more(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("UTM_FRESHNESS_MINUTES", "1440")
    monkeypatch.setenv("EMAIL_HOST", "localhost")
    monkeypatch.setenv("DEFAULT_FROM_EMAIL", "shop@example.com")
    shop.take(case("stale-source", "raw"))
    code, _, err = shop.run("refresh")
    assert code == 0, err
    code, out, err = shop.run("query", "status", "--format", "json")
    status = json.loads(out)
    tables = {row["table"]: row for row in status["tables"]}
    assert tables["orders"]["data_until"] == "2025-06-14T14:03:00+03:00"
    sessions = tables["utm_sessions"]
    until = datetime.fromisoformat("2025-06-14T14:00:00+03:00")
    assert sessions["data_until"] == until.isoformat()
    silence = (datetime.now(UTC) - until) / timedelta(hours=1)
    # Two decimals are shown.
    assert silence - 1 < sessions["silence_hours"] <= silence + 0.005
    assert status["stale"] is True
    assert "2025-06-14 14:00+03:00" in status["stale_because"]
    assert status["refreshed_in_seconds"] > 0
    assert (status["time_zone"], status["currency"]) == ("Europe/Kyiv", "UAH")
    assert f"warning: {status['stale_because']}" in err
    report = ("--period", "last_week")
    for command in (
        ("report", *report),
        ("email", *report, "--recipients", "a@example.com", "--dry-run"),
    ):
        code, out, err = shop.run(*command)
        assert (code, out) == (4, "")
        assert "2025-06-14 14:00+03:00" in err
    code, out, err = shop.run("export", "sources")
    assert (code, status["stale_because"] in err) == (0, True)
    code, out, _ = shop.run("doctor")
    assert code == 3
    (line,) = [line for line in out.splitlines() if line.split()[1] == "freshness"]
    assert line.startswith("fail")
    monkeypatch.setenv("UTM_SILENCE_HOURS", "0")
    assert shop.run("report", *report)[0] == 0
    monkeypatch.setenv("UTM_SILENCE_HOURS", "999999")
    _, out, _ = shop.run("query", "status", "--format", "json")
    assert json.loads(out)["stale"] is False
