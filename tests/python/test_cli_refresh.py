"""``refresh`` and ``demo`` with the real dbt project, from raw files to answers."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path

import pytest

from utm_pipeline import cli
from utm_pipeline.commands.demo import demo_settings
from utm_pipeline.refresh.key import KEY_FILE
from utm_pipeline.settings import load_settings

ROOT = Path(__file__).parents[2]
SECRET = "olena@example.com"

SESSIONS = """id,session_key,visitor_id,utm_source,utm_medium,first_seen,last_seen
1,k1,v1,IG,paid,2024-03-31T10:00:00Z,2024-03-31T10:05:00Z
2,k2,v2,,,2024-03-31T11:00:00Z,
3,k3,v3,google,cpc,not a time,
4,k1,v1,ig,paid,2024-03-31T10:00:00Z,2024-03-31T10:06:00Z
5,k5,v5,google,cpc,2024-04-09T10:00:00Z,
"""
ORDERS = f"""id,session_key,email,total_sum,discount_amount,payment_status,created
1,k1,{SECRET},1200.50,200,paid,2024-03-31T10:04:00Z
"""
AS_OF = "2024-04-01T00:00"


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with raw files and the state of the refreshes that the tests of this file run."""
    folder = tmp_path_factory.mktemp("shop")
    (folder / "raw").mkdir()
    (folder / "raw" / "utm_sessions.csv").write_text(SESSIONS)
    (folder / "raw" / "orders.csv").write_text(ORDERS)
    (folder / ".env").write_text(
        "UTM_LANG=en\nUTM_FRESHNESS_MINUTES=99999999\nUTM_SILENCE_HOURS=0\n"
    )
    return folder


@pytest.fixture
def built(shop: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Path:
    """The same folder as the current one, refreshed once."""
    monkeypatch.chdir(shop)
    if not (shop / "warehouse" / "utm.duckdb").exists():
        assert cli.main(["refresh", "--as-of", AS_OF]) == 0, capsys.readouterr().err
        out, err = capsys.readouterr()
        (shop / "first.out").write_text(out)
        (warning,) = err.splitlines()
        assert warning.startswith("warning: table utm_sessions: 20.0 % of the rows are set aside")
    return shop


def answer(capsys: pytest.CaptureFixture[str], *arguments: str) -> object:
    assert cli.main([*arguments, "--format", "json"]) == 0
    return json.loads(capsys.readouterr().out)


def test_a_refresh_tells_what_it_read_and_built(built: Path) -> None:
    lines = (built / "first.out").read_text().splitlines()
    cells = {line.split()[0]: line.split()[1:6] for line in lines[2:7]}
    assert cells == {
        "ad_spend": ["0", "0", "0", "0", "0"],
        "orders": ["1", "1", "0", "0", "0"],
        "refunds": ["0", "0", "0", "0", "0"],
        "user_actions": ["0", "0", "0", "0", "0"],
        "utm_sessions": ["5", "2", "1", "1", "1"],
    }
    assert re.match("[0-9]+\u00a0models, [0-9]+\u00a0tests, [0-9]+ s[.] ", lines[-1])
    assert lines[-1].endswith("Data as of 2024-04-01 00:00")


def test_the_answers_are_those_of_the_files(
    built: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    sources = answer(capsys, "query", "sources")
    assert [
        (row["utm_source"], row["sessions"], row["orders"], row["revenue"])
        for row in sources  # type: ignore[attr-defined]
    ] == [("instagram", 1, 1, 1000.5), ("direct", 1, 0, 0.0)]
    report = answer(capsys, "report", "--period", "yesterday")
    assert isinstance(report, dict)
    assert report["as_of"] == "2024-04-01T00:00:00+03:00"
    assert (report["first_date"], report["last_date"]) == ("2024-03-31", "2024-03-31")
    assert report["general_stats"]["total_revenue"] == 1000.5
    detail = answer(capsys, "query", "session-detail", "1")
    assert isinstance(detail, dict)
    assert detail["session"]["id"] == 4


def test_every_query_and_period_is_answered(
    built: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    from utm_pipeline.queries import QUERIES
    from utm_pipeline.queries.params import PERIODS

    for query in QUERIES.values():
        if any(param.name == "period" for param in query.params):
            for period in PERIODS:
                answer(capsys, "query", query.name, "--period", period)


def test_neither_key_nor_personal_data_is_in_the_state_folder(built: Path) -> None:
    key = (built / "warehouse" / KEY_FILE).read_text().strip()
    files = [path for path in (built / "warehouse" / ".utm").rglob("*") if path.is_file()]
    assert files
    for path in files:
        content = path.read_bytes()
        assert key.encode() not in content, path
        assert SECRET.encode() not in content, path


def test_only_the_warehouse_its_key_and_its_state_remain(built: Path) -> None:
    assert sorted(path.name for path in (built / "warehouse").iterdir()) == [
        ".utm",
        KEY_FILE,
        "utm.duckdb",
    ]


def test_a_broken_file_stops_the_refresh_and_what_is_served_stays(
    built: Path, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    served = built / "warehouse" / "utm.duckdb"
    before = served.read_bytes()
    raw = tmp_path / "raw"
    raw.mkdir()
    (raw / "utm_sessions.csv").write_text(SESSIONS)
    (raw / "orders.csv").write_text(ORDERS + f"2,k2,{SECRET},5,0,paid,2024-03-31,x,y\n")
    assert cli.main(["refresh", "--raw-dir", str(raw), "--as-of", AS_OF]) == 1
    out, err = capsys.readouterr()
    assert out == ""
    assert "table orders cannot be read: 9 columns where the header has 7" in err
    assert f"{raw / 'orders.csv'}, line 3" in err
    assert SECRET not in err
    assert served.read_bytes() == before
    assert not (built / "warehouse" / "next").exists()


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGKILL])
def test_a_signal_in_the_middle_leaves_what_is_served(built: Path, number: signal.Signals) -> None:
    served = built / "warehouse" / "utm.duckdb"
    before = served.read_bytes()
    process = subprocess.Popen(
        [sys.executable, "-m", "utm_pipeline", "refresh", "--as-of", "2024-04-01T12:00"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    )
    building = served.parent / "next" / "utm.duckdb.wal"
    deadline = time.monotonic() + 60
    while not building.exists() and time.monotonic() < deadline and process.poll() is None:
        time.sleep(0.05)
    assert building.exists()
    process.send_signal(number)
    out, err = process.communicate(timeout=60)
    assert out == ""
    assert served.read_bytes() == before
    if number is signal.SIGKILL:
        assert process.returncode == -signal.SIGKILL
    else:
        assert process.returncode == 130
        assert "the served data is as before" in err
        assert not building.parent.exists()


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
@pytest.mark.parametrize("told", ["failure", "success", "exception"])
def test_a_signal_that_dbt_loses_ends_the_refresh_all_the_same(
    built: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    told: str,
    number: signal.Signals,
) -> None:
    """A signal in the midst of a statement becomes DuckDB's error, which dbt takes for its own."""
    from utm_pipeline.refresh import dbt_runner

    def invoke(_self: object, _arguments: object) -> dbt_runner.dbtRunnerResult:
        (built / "warehouse" / "next" / "utm.duckdb").write_bytes(b"half a build")
        with suppress(KeyboardInterrupt):
            signal.raise_signal(number)
        if told == "exception":
            raise RuntimeError("Query interrupted")
        return dbt_runner.dbtRunnerResult(success=told == "success")

    served = built / "warehouse" / "utm.duckdb"
    before = served.read_bytes()
    monkeypatch.setattr(dbt_runner.dbtRunner, "invoke", invoke)
    assert cli.main(["refresh", "--as-of", "2024-04-01T12:00"]) == 130
    assert "interrupted; the served data is as before" in capsys.readouterr().err
    assert served.read_bytes() == before
    assert not (built / "warehouse" / "next").exists()


def test_the_next_refresh_succeeds_and_takes_as_of_from_a_var(
    built: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert cli.main(["refresh", "--vars", "{as_of: 2024-04-10}"]) == 0
    assert "Data as of 2024-04-10 00:00" in capsys.readouterr().out
    rows = answer(capsys, "query", "sessions", "--period", "all_time")
    assert [row["id"] for row in rows] == [5, 2, 4]  # type: ignore[attr-defined]
    assert not (built / "warehouse" / "next").exists()


def test_demo_prints_a_report_of_its_own_warehouse(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert cli.main(["--lang", "en", "demo"]) == 0
    out, err = capsys.readouterr()
    assert out.startswith("Report: last 30 days, 2026-06-07 – 2026-07-06\n")
    assert "Top 5 sources" in out
    assert "building the sample shop" in err
    assert (tmp_path / "warehouse" / "demo" / "utm_demo.duckdb").is_file()
    assert not (tmp_path / "warehouse" / "utm.duckdb").exists()


def test_the_demos_settings_are_the_defaults_in_a_folder_of_its_own(tmp_path: Path) -> None:
    own = load_settings(
        {
            "UTM_WAREHOUSE": str(tmp_path / "wh" / "my.duckdb"),
            "UTM_TIMEZONE": "UTC",
            "UTM_RAW_TABLES": "orders=my_orders",
            "UTM_PII_KEY": "mine",
            "UTM_SCHEMA": "shop",
            "UTM_LANG": "en",
        }
    )
    demo = demo_settings(own)
    assert demo.warehouse == tmp_path / "wh" / "demo" / "utm_demo.duckdb"
    assert demo.raw_dir == ROOT / "utm_pipeline" / "sample"
    assert (demo.timezone, demo.schema, demo.pii_key) == ("Europe/Kyiv", "analytics", None)
    assert demo.zone.key == "Europe/Kyiv"
    assert demo.raw_name("orders") == "orders"
    assert demo.lang == "en"
