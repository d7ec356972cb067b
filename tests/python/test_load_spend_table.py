"""``load-spend``: what becomes of the table ad_spend, load after load."""

from __future__ import annotations

import csv
import fcntl
import gzip
import json
import os
from collections import Counter
from pathlib import Path

import duckdb
import pytest

from benchmarks.sample_shop.shop import write_sample
from utm_pipeline.cli import main
from utm_pipeline.errors import ExitCode
from utm_pipeline.state import locked

FIXTURES = Path(__file__).parents[1] / "fixtures" / "spend"
HEAD = "Day,Campaign name,Amount spent (UAH)\n"


@pytest.fixture
def raw(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("UTM_LANG", "en")
    folder = tmp_path / "raw"
    folder.mkdir()
    return folder


def load(text: str, *options: str, platform: str = "meta") -> int:
    Path("export.csv").write_text(text, encoding="utf-8")
    return main(["load-spend", "export.csv", "--platform", platform, *options])


def days(**spends: str) -> str:
    """A Meta export of days d1, d2 … of July with a row of campaign c each."""
    return HEAD + "".join(f"2026-07-0{day[1:]},c,{spend}\n" for day, spend in spends.items())


def table(raw: Path, name: str = "ad_spend") -> list[tuple[str, str, str]]:
    """Day, campaign and spend of all rows of the table."""
    rows: list[tuple[str, str, str]] = []
    for file in (raw / name).glob("*.csv*"):
        with (gzip.open if file.suffix == ".gz" else open)(file, "rt", encoding="utf-8") as stream:
            rows += [
                (row["date"], row.get("utm_campaign", ""), row["spend"])
                for row in csv.DictReader(stream)
            ]
    return sorted(rows)


def test_what_is_said_is_the_sum_of_what_will_count(
    raw: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert load(days(d1="-5", d2="5")) == 0
    said = capsys.readouterr().err
    assert "Spend: UAH 5.00\n" in said
    assert "rows with spend below 0: 1" in said


# Loading again


def test_loading_again_changes_nothing(raw: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert load(days(d1="1.50", d2="2.50")) == 0
    file = raw / "ad_spend" / "loaded-meta.csv"
    os.utime(file, (1, 1))
    assert load(days(d1="1.50", d2="2.50")) == 0
    assert "Nothing has changed" in capsys.readouterr().err
    assert file.stat().st_mtime == 1  # so a refresh need not read it again
    assert table(raw) == [("2026-07-01", "c", "1.50"), ("2026-07-02", "c", "2.50")]


def test_an_overlap_is_restated_and_the_rest_stays(
    raw: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert load(days(d1="1.50", d2="2.50", d3="3.50")) == 0
    assert load(days(d2="2.75", d4="4.50")) == 0
    # The export covers July 3 too, and has no spend on it any more.
    assert table(raw) == [
        ("2026-07-01", "c", "1.50"),
        ("2026-07-02", "c", "2.75"),
        ("2026-07-04", "c", "4.50"),
    ]
    assert "Rows written: 2; rows of earlier loads replaced: 2" in capsys.readouterr().err


def test_a_campaign_that_is_gone_goes_with_a_warning(
    raw: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert load(days(d1="1.50") + "2026-07-01,other,9.25\n") == 0
    assert load(days(d1="1.50")) == 0
    assert table(raw) == [("2026-07-01", "c", "1.50")]
    assert "lacks: 1; their UAH 9.25" in capsys.readouterr().err


def test_another_tag_does_not_double(raw: Path) -> None:
    assert load(days(d1="1.50")) == 0
    assert load(days(d1="1.50"), "--medium", "cpc") == 0
    assert table(raw) == [("2026-07-01", "c", "1.50")]


def test_what_looks_like_another_account_is_refused(
    raw: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    other = HEAD + "2026-07-01,second,7.50\n"
    assert load(days(d1="1.50")) == 0
    assert load(other) == ExitCode.CONFIGURATION
    assert "--account NAME" in capsys.readouterr().err
    assert table(raw) == [("2026-07-01", "c", "1.50")]
    assert load(other, "--account", "b") == 0
    assert table(raw) == [("2026-07-01", "c", "1.50"), ("2026-07-01", "second", "7.50")]
    assert load(HEAD + "2026-07-01,third,1.25\n", "--replace") == 0
    assert table(raw) == [("2026-07-01", "second", "7.50"), ("2026-07-01", "third", "1.25")]


def test_the_same_export_under_another_account_is_refused(
    raw: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert load(days(d1="1.50")) == 0
    assert load(days(d1="1.50"), "--account", "b") == ExitCode.CONFIGURATION
    assert "loaded already" in capsys.readouterr().err
    assert table(raw) == [("2026-07-01", "c", "1.50")]


def test_the_generic_form_replaces_its_own_sources_only(raw: Path) -> None:
    def form(*rows: str) -> str:
        return "date,utm_source,utm_medium,utm_campaign,spend\n" + "\n".join(rows) + "\n"

    assert load(form("2026-07-01,blog,cpm,a,1.50"), platform="generic") == 0
    assert load(form("2026-07-01,radio,cpm,b,2.50"), platform="generic") == 0
    assert load(form("2026-07-01,radio,cpm,b,2.75"), platform="generic") == 0
    assert table(raw) == [("2026-07-01", "a", "1.50"), ("2026-07-01", "b", "2.75")]


# The shop's own table


@pytest.mark.parametrize("name", ["ad_spend.csv", "ad_spend.csv.gz"])
def test_a_single_file_moves_into_the_folder(
    raw: Path, name: str, capsys: pytest.CaptureFixture[str]
) -> None:
    own = b"date,utm_source,spend\n2026-06-30,facebook,5.50\n"
    (raw / name).write_bytes(gzip.compress(own) if name.endswith("gz") else own)
    assert load(days(d1="1.50")) == 0
    assert sorted(file.name for file in raw.glob("[!.]*")) == ["ad_spend"]
    assert table(raw) == [("2026-06-30", "", "5.50"), ("2026-07-01", "c", "1.50")]
    assert f"moved to {raw / 'ad_spend' / name}" in capsys.readouterr().err


@pytest.mark.parametrize("source", ["facebook", " FB ", "Meta", "ig", "m.facebook.com"])
def test_money_that_the_shops_file_has_is_refused(
    raw: Path, source: str, capsys: pytest.CaptureFixture[str]
) -> None:
    own = f"Date,utm_source,spend\n2026-07-02T00:00,{source},5.50\n"
    (raw / "ad_spend.csv").write_text(own)
    assert load(days(d1="1.50", d3="1.50")) == ExitCode.CONFIGURATION
    assert "on 1 of these days" in capsys.readouterr().err
    assert (raw / "ad_spend.csv").read_text() == own
    assert [file.name for file in raw.glob("[!.]*")] == ["ad_spend.csv"]
    # Other days are no overlap.
    assert load(days(d3="1.50")) == 0


def test_money_that_another_platforms_load_has_is_refused(raw: Path) -> None:
    form = "date,utm_source,spend\n2026-07-01,fb,5.50\n"
    assert load(form, platform="generic") == 0
    assert load(days(d1="1.50")) == ExitCode.CONFIGURATION
    assert table(raw) == [("2026-07-01", "", "5.50")]


def test_a_table_in_two_places_is_refused(raw: Path) -> None:
    assert load(days(d1="1.50")) == 0
    (raw / "ad_spend.csv").write_text("date,utm_source,spend\n")
    assert load(days(d2="1.50")) == ExitCode.CONFIGURATION


@pytest.mark.parametrize("name", ["ad_spend.parquet", "ad_spend/own.parquet"])
def test_parquet_is_refused(raw: Path, name: str, capsys: pytest.CaptureFixture[str]) -> None:
    (raw / name).parent.mkdir(exist_ok=True)
    with duckdb.connect() as connection:
        query = "select '2026-06-01' as date, 'x' as utm_source, 1 as spend"
        connection.execute(f"copy ({query}) to '{raw / name}' (format parquet)")
    assert load(days(d1="1.50")) == ExitCode.CONFIGURATION
    assert "Parquet" in capsys.readouterr().err
    assert [file.name for file in raw.rglob("*.csv")] == []


def test_the_tables_own_name(raw: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("UTM_RAW_TABLES", "ad_spend=marketing")
    assert load(days(d1="1.50")) == 0
    assert table(raw, "marketing") == [("2026-07-01", "c", "1.50")]


def test_a_file_of_the_table_that_is_no_csv_is_named(
    raw: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (raw / "ad_spend.csv").write_bytes(b"date,utm_source,spend\n\xff\n")
    assert load(days(d1="1.50")) == ExitCode.CONFIGURATION
    assert "ad_spend.csv" in capsys.readouterr().err


# Two at once, and a fault in between


def test_two_loads_at_once_are_refused(raw: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with locked(raw / ".extract" / "load-spend.lock"):
        assert load(days(d1="1.50")) == ExitCode.BUSY
    assert "another load-spend is running" in capsys.readouterr().err
    assert [path.name for path in raw.iterdir()] == [".extract"]
    # Whoever may read the folder may lock it.
    descriptor = os.open(raw, os.O_RDONLY)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        assert load(days(d1="1.50")) == 0
    finally:
        os.close(descriptor)


def test_a_fault_while_writing_leaves_the_table_as_it_was(
    raw: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert load(days(d1="1.50")) == 0

    def full(_descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    assert load(days(d1="9.50")) == ExitCode.FAILED
    assert "cannot be written: the disk is full" in capsys.readouterr().err
    assert [file.name for file in (raw / "ad_spend").iterdir()] == ["loaded-meta.csv"]
    assert table(raw) == [("2026-07-01", "c", "1.50")]


def test_the_draft_of_a_killed_load_is_cleared_away(raw: Path) -> None:
    assert load(days(d1="1.50")) == 0
    (raw / "ad_spend" / ".loaded-meta.csv.5f3a").write_text("half a ro")
    assert load(days(d1="1.50")) == 0
    assert load(days(d1="2.50")) == 0
    assert [file.name for file in (raw / "ad_spend").iterdir()] == ["loaded-meta.csv"]
    assert table(raw) == [("2026-07-01", "c", "2.50")]


# From export to answer


def test_from_two_exports_to_the_return_on_spend(
    raw: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """The sample shop has the spend of exports that were loaded twice once, beside its own."""
    monkeypatch.setenv("UTM_THREADS", "2")
    as_of = write_sample(raw)
    with (raw / "ad_spend.csv").open(newline="", encoding="utf-8") as stream:
        own = list(csv.DictReader(stream))
    # The shop's own file ends where the exports begin.
    kept = [row for row in own if row["date"] < "2026-07-01"]
    with (raw / "ad_spend.csv").open("w", newline="", encoding="utf-8") as stream:
        writer = csv.DictWriter(stream, list(own[0]))
        writer.writeheader()
        writer.writerows(kept)
    for _ in range(2):
        for platform in ("meta", "google"):
            file = str(FIXTURES / f"{platform}_en.csv")
            assert main(["load-spend", file, "--platform", platform]) == 0
    assert main(["refresh", "--as-of", as_of.isoformat()]) == 0, capsys.readouterr().err
    capsys.readouterr()
    assert main(["query", "roi", "--period", "all_time", "--format", "json"]) == 0
    answer = json.loads(capsys.readouterr().out)
    spent = {(row["utm_source"], row["utm_campaign"]): row["ad_spend"] for row in answer["rows"]}
    assert spent["facebook", "summer_sale_2026"] == 3219.75
    assert spent["facebook", "retargeting"] == 2090.5
    assert spent["google", "performance_max_all"] == 2354.55
    assert spent["google", "brand_ua"] == 608.95
    assert main(["query", "data-quality", "--format", "json"]) == 0
    quality = {row["table"]: row for row in json.loads(capsys.readouterr().out)}
    assert quality["ad_spend"]["read"] == len(kept) + 6 + 5
    assert Counter(file.name for file in (raw / "ad_spend").iterdir()) == Counter(
        ("ad_spend.csv", "loaded-google.csv", "loaded-meta.csv")
    )
