"""``query``, ``report``, ``export`` and ``doctor`` at the command line."""

from __future__ import annotations

import csv
import io
import json
import os
from pathlib import Path

import pytest

from utm_pipeline import cli
from utm_pipeline.commands import doctor
from utm_pipeline.commands.output import open_output
from utm_pipeline.queries import QUERIES, fetch, run
from utm_pipeline.report import layout, text
from utm_pipeline.report.cells import PARTS, Formats
from utm_pipeline.settings import Settings
from utm_pipeline.warehouse import Warehouse
from utm_pipeline.words import column_label

pytestmark = pytest.mark.usefixtures("settings")


@pytest.fixture
def fresh(monkeypatch: pytest.MonkeyPatch) -> None:
    """The limit of age is far away."""
    monkeypatch.setenv("UTM_FRESHNESS_MINUTES", "99999999")
    monkeypatch.setenv("UTM_SILENCE_HOURS", "0")


def output(capsys: pytest.CaptureFixture[str], *arguments: str) -> str:
    assert cli.main(list(arguments)) == 0
    out, err = capsys.readouterr()
    assert err == ""
    return out


@pytest.mark.usefixtures("fresh")
@pytest.mark.parametrize("name", QUERIES)
def test_json_is_the_catalogues_answer(
    capsys: pytest.CaptureFixture[str], warehouse: Warehouse, name: str
) -> None:
    positional = ["101"] if name == "session-detail" else []
    out = output(capsys, "query", name, *positional, "--format", "json")
    answer = json.loads(out)
    expected = run(warehouse, name, {"id": 101} if positional else {}, "en")
    if name == "kpis":
        # The age of the data grows between the two.
        assert answer.pop()["name"] == expected.pop()["name"] == "data_freshness_minutes"
    assert answer == expected


@pytest.mark.usefixtures("fresh")
def test_parameters_reach_the_query(capsys: pytest.CaptureFixture[str]) -> None:
    out = output(capsys, "query", "campaigns", "--source", "IG", "--limit", "1", "--format", "json")
    assert [row["utm_campaign"] for row in json.loads(out)] == ["(x)"]


@pytest.mark.usefixtures("fresh")
@pytest.mark.parametrize("name", sorted(PARTS - {"geo"}))
def test_a_list_ends_with_what_its_rows_are_parts_of(
    capsys: pytest.CaptureFixture[str], warehouse: Warehouse, name: str
) -> None:
    stats = run(warehouse, "general-stats", {})
    assert isinstance(stats, dict)
    last = output(capsys, "query", name, "--limit", "1").splitlines()[-1]
    assert last.startswith("The whole shop")
    assert f"{stats['total_sessions']:,}" in last
    assert f"{stats['conversion_rate']:.2f}%" in last


@pytest.mark.usefixtures("fresh")
def test_a_filtered_list_and_a_csv_have_no_total(capsys: pytest.CaptureFixture[str]) -> None:
    assert "whole shop" not in output(capsys, "query", "campaigns", "--source", "instagram")
    assert "whole shop" not in output(capsys, "query", "sources", "--format", "csv")


@pytest.mark.parametrize("lang", ["uk", "en"])
@pytest.mark.parametrize("width", [60, 80, 100, 200])
def test_a_narrow_terminal_drops_columns_and_names_them(
    warehouse: Warehouse, lang: str, width: int
) -> None:
    tables = fetch(warehouse, "sources", {})
    formats = Formats(lang, "UAH")
    whole = text.render_tables(tables, formats, None).splitlines()
    lines = text.render_tables(tables, formats, width).splitlines()
    if layout.width(whole[0]) <= width:
        assert lines == whole
        return
    assert max(map(layout.width, lines)) <= width
    # A row a source, with the numbers that matter most.
    assert lines[1].startswith("───")
    headings = lines[0].split("  ")
    assert [each for each in whole[0].split("  ") if each in headings][:2] == headings[:2]
    said = " ".join(lines[len(whole) :])
    for column in tables[0].columns:
        label = column_label(column.key, lang)
        assert (label in lines[0]) is not (label in said), label
    assert column_label("revenue", lang) in lines[0]


@pytest.mark.usefixtures("fresh")
def test_a_table_has_words_and_formats_of_the_language(capsys: pytest.CaptureFixture[str]) -> None:
    lines = output(capsys, "--lang", "uk", "query", "sources", "--limit", "1").splitlines()
    assert lines[0].split()[:2] == ["Джерело", "Сеанси"]
    assert "300,01 ₴" in lines[2]
    assert "UAH 300.01" in output(capsys, "query", "sources", "--limit", "1")
    assert "No rows" in output(capsys, "query", "campaigns", "--source", "nobody")


@pytest.mark.usefixtures("fresh")
def test_csv_has_the_keys(capsys: pytest.CaptureFixture[str]) -> None:
    rows = list(csv.DictReader(io.StringIO(output(capsys, "query", "sources", "--format", "csv"))))
    assert [row["utm_source"] for row in rows][-2:] == ["'=cmd()", "яблуко"]
    assert rows[4]["total_score"] == "-3"


def test_list_names_every_query_with_its_parameters(capsys: pytest.CaptureFixture[str]) -> None:
    out = output(capsys, "query", "--list")
    for query in QUERIES.values():
        assert f"{query.name}: {query.about.en}" in out
    assert "    --period = week: the period (today, yesterday" in out
    assert "    --limit = 50: the largest number of rows" in out
    assert "найбільша" in output(capsys, "--lang", "uk", "query", "--list")


def test_stale_data_is_answered_with_a_warning(capsys: pytest.CaptureFixture[str]) -> None:
    for arguments in (["query", "devices"], ["export", "sources"]):
        assert cli.main(arguments) == 0
        out, err = capsys.readouterr()
        assert out
        assert err.startswith("warning: the data is as of 2024-04-02 12:00+03:00, older than 1440")


def test_a_report_on_stale_data_is_refused(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    assert cli.main(["report", "--output", str(tmp_path / "r.txt")]) == 4
    out, err = capsys.readouterr()
    assert out == ""
    assert "older than 1440 minutes" in err
    assert "fix: run `utm-pipeline refresh`" in err
    assert not (tmp_path / "r.txt").exists()


@pytest.mark.usefixtures("fresh")
def test_reports(capsys: pytest.CaptureFixture[str]) -> None:
    assert output(capsys, "report").startswith("Report: last 7 days, 2024-03-27 – 2024-04-02\n")
    assert output(capsys, "report", "--format", "md").startswith("# Report: last 7 days")
    assert json.loads(output(capsys, "report", "--format", "json"))["period"] == "week"
    assert output(capsys, "--lang", "uk", "report", "--period", "today").startswith(
        "Звіт: сьогодні, 02.04.2024\n"
    )


@pytest.mark.usefixtures("fresh")
def test_an_output_file_is_whole_and_alone(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    folder = tmp_path / "out"
    folder.mkdir()
    assert output(capsys, "export", "sessions", "--output", str(folder / "s.csv")) == ""
    content = (folder / "s.csv").read_bytes()
    assert content.startswith(b"\xef\xbb\xbfID,Session key,Source")
    assert content.count(b"\r\n") == 4
    assert [path.name for path in folder.iterdir()] == ["s.csv"]
    # Others may read it, as a file of the shell's own redirection.
    os.umask(umask := os.umask(0))
    assert (folder / "s.csv").stat().st_mode & 0o777 == 0o666 & ~umask
    assert cli.main(["report", "--output", str(tmp_path / "none" / "r.txt")]) == 2
    assert "cannot be written" in capsys.readouterr().err


def test_an_output_that_fails_midway_leaves_what_was_there(tmp_path: Path) -> None:
    path = tmp_path / "report.txt"
    path.write_text("the old one")
    with pytest.raises(RuntimeError, match="midway"), open_output(path) as stream:
        stream.write("half of the new one")
        stream.flush()
        raise RuntimeError("midway")
    assert path.read_text() == "the old one"
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.usefixtures("fresh")
def test_an_export_on_standard_output(capsys: pytest.CaptureFixture[str]) -> None:
    out = output(capsys, "--lang", "uk", "export", "campaigns")
    assert out.startswith("\ufeffКампанія,Джерело,Тип трафіку,")
    rows = list(csv.reader(io.StringIO(out.removeprefix("\ufeff"))))
    assert rows[1][:3] == ["", "google", ""]


def findings(settings: Settings) -> dict[str, tuple[str, str]]:
    return {found.check: (found.status, found.text) for found in doctor.examine(lambda: settings)}


@pytest.fixture
def raw(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A raw folder with the required tables."""
    folder = tmp_path / "raw"
    folder.mkdir()
    (folder / "utm_sessions.csv").write_text("id,session_key,first_seen\n")
    (folder / "orders.csv").write_text("id,total_sum,payment_status,created\n")
    monkeypatch.setenv("UTM_RAW_DIR", str(folder))
    return folder


@pytest.mark.usefixtures("fresh", "raw")
def test_doctor_finds_nothing_wrong(capsys: pytest.CaptureFixture[str]) -> None:
    lines = output(capsys, "doctor").splitlines()
    assert [line.split()[1] for line in lines] == [
        "settings",
        "inputs",
        "warehouse",
        "freshness",
        "smtp",
        "cron",
    ]
    assert [line.split()[0] for line in lines[:5]] == ["ok", "ok", "ok", "ok", "skipped"]
    assert "without user_actions, ad_spend, refunds" in lines[1]


def test_doctor_fails_with_3_and_says_what_to_do(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["doctor"]) == 3
    out, err = capsys.readouterr()
    assert err == ""
    lines = {line.split()[1]: line for line in out.splitlines()}
    assert lines["inputs"].startswith("fail ")
    assert lines["freshness"].startswith("fail ")
    assert all("(fix: " in lines[name] for name in ("inputs", "freshness"))


def test_doctor_with_wrong_settings(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("UTM_TIMEZONE", "Europe/Atlantis")
    assert cli.main(["doctor"]) == 3
    (line,) = capsys.readouterr().out.splitlines()
    assert line.startswith("fail     settings   UTM_TIMEZONE is 'Europe/Atlantis'")


@pytest.mark.usefixtures("fresh", "raw")
def test_doctor_sees_a_changed_time_zone(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("UTM_TIMEZONE", "UTC")
    assert cli.main(["doctor"]) == 3
    assert "built with time zone Europe/Kyiv" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("listing", "status"),
    [("", "skipped"), ("# utm-pipeline\n", "skipped"), ("0 9 * * * utm-pipeline email\n", "ok")],
)
def test_doctor_reads_the_crontab(
    settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, listing: str, status: str
) -> None:
    program = tmp_path / "bin" / "crontab"
    program.parent.mkdir()
    program.write_text(f"#!/bin/sh\nprintf '%s' '{listing}'\n")
    program.chmod(0o755)
    monkeypatch.setenv("PATH", str(program.parent), prepend=":")
    assert findings(settings)["cron"][0] == status


def test_doctor_without_a_crontab_program(
    settings: Settings, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    assert findings(settings)["cron"] == ("skipped", "there is no crontab program")
