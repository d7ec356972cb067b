"""The report as a workbook, read back by another library."""

from __future__ import annotations

import io
import re
import sys
import zipfile
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from openpyxl.worksheet.worksheet import Worksheet

from mail_shop import TAGS, Shop, mail_shop
from utm_pipeline import cli, words
from utm_pipeline import queries as catalogue
from utm_pipeline.queries.model import Column, Table
from utm_pipeline.report import sections as reports
from utm_pipeline.report import xlsx
from utm_pipeline.report.cells import NOTHING, Formats, only
from utm_pipeline.report.csv import defused
from utm_pipeline.report.sections import Section
from utm_pipeline.report.sentences import insights
from utm_pipeline.report.sheets import LONGEST_TEXT, cell_text, sheet_name
from utm_pipeline.settings import load_settings
from utm_pipeline.warehouse import open_warehouse
from utm_pipeline.words import Kind, column_label
from utm_pipeline.words import text as text_label

DASHBOARD = "https://shop.example/utm?a=1&b=2"
PER_CENT = (Kind.RATE, Kind.RETENTION)
SHOWN = {section.key: section.columns for section in reports.SECTIONS}


@pytest.fixture
def shop(marts_file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Shop:
    monkeypatch.setenv("UTM_FRESHNESS_MINUTES", "99999999")
    monkeypatch.setenv("UTM_SILENCE_HOURS", "0")
    return mail_shop(marts_file, tmp_path, monkeypatch)


def made(tmp_path: Path, *options: str) -> Path:
    """The file that the command writes."""
    file = tmp_path / "report.xlsx"
    assert cli.main(["report", "--format", "xlsx", "--output", str(file), *options]) == 0
    return file


def book_of(tmp_path: Path, *options: str) -> openpyxl.Workbook:
    return openpyxl.load_workbook(made(tmp_path, *options))


def rows(sheet: Worksheet, first: str) -> list[list[Any]]:
    """The table whose first heading that is: the rows below, to the first empty one."""
    (start,) = [
        cell.row for row in sheet.iter_rows(max_col=1) for cell in row if cell.value == first
    ]
    found = []
    for row in sheet.iter_rows(min_row=start + 1):
        values = [cell.value for cell in row]
        if values[0] is None:
            break
        found.append(values)
    return found


def asked(name: str, **params: object) -> list[Table]:
    settings = load_settings()
    with open_warehouse(settings) as warehouse:
        return catalogue.fetch(warehouse, name, params, settings.lang)


def held(value: Any, column: Column) -> Any:
    """What a cell holds of a query's value: per cent are hundredths in a workbook."""
    if value is None or column.kind not in PER_CENT:
        return value
    return pytest.approx(value / 100, abs=1e-12)


def own(table: Table, keys: tuple[str, ...] | None = None) -> list[list[Any]]:
    """The rows of an answer as cells hold them."""
    places = [n for n, column in enumerate(table.columns) if keys is None or column.key in keys]
    return [[held(row[n], table.columns[n]) for n in places] for row in table.rows]


@pytest.mark.parametrize("lang", ["uk", "en"])
def test_the_numbers_are_those_of_the_queries(
    shop: Shop, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, lang: str
) -> None:
    monkeypatch.setenv("UTM_LANG", lang)
    book = book_of(tmp_path)
    sheets = book.worksheets
    (stats,) = asked("general-stats")
    shown = {
        row[0].value: [cell.value for cell in row[1:4]]
        for row in sheets[0].iter_rows(min_row=7, max_col=4)
        if row[0].value
    }
    *labels, dates = shown
    assert labels == [column_label(column.key, lang) for column in stats.columns]
    assert ("27.03.2024" if lang == "uk" else "2024-03-27") in dates
    for column, value in zip(stats.columns, stats.rows[0], strict=True):
        assert shown[column_label(column.key, lang)][0] == held(value, column)
    compared = {table.key: table for table in asked("compare")}
    for place, name in enumerate(("previous", "change"), start=1):
        table = compared[name]
        for column, value in zip(table.columns, table.rows[0], strict=True):
            if column.key in {each.key for each in stats.columns}:
                assert shown[column_label(column.key, lang)][place] == held(value, column)
    (sources,) = asked("sources", limit=5)
    heading = column_label("utm_source", lang)
    expected = [[defused(row[0]), *row[1:]] for row in own(sources, SHOWN["top_sources"])]
    *found, total = rows(sheets[1], heading)
    assert [row[:5] for row in found] == expected
    assert total[1] == stats.dicts()[0]["total_sessions"]
    (ltv,) = asked("ltv-comparison", limit=5)
    expected = [[defused(row[0]), *row[1:]] for row in own(only(ltv, SHOWN["top_ltv"]))]
    assert [row[:5] for row in rows(sheets[2], heading)] == expected
    (repeat,) = asked("repeat-rate")
    by_label = {row[0].value: row[1].value for row in sheets[3].iter_rows(min_row=5, max_col=2)}
    for column, value in zip(repeat.columns, repeat.rows[0], strict=True):
        if column.kind not in {Kind.CODE, Kind.TEXT}:
            assert by_label[column_label(column.key, lang)] == held(value, column)
    steps = next(table for table in asked("funnel") if table.key == "steps")
    found = rows(sheets[4], column_label("name", lang))
    assert [row[1:4] for row in found] == [row[1:] for row in own(steps)]
    assert [row[0] for row in found] == [column_label(row[0], lang) for row in steps.rows]
    (found_insights,) = asked("insights")
    found = rows(sheets[5], column_label("position", lang))
    assert [row[1] for row in found] == insights(found_insights, Formats(lang, "UAH").brief)


@pytest.mark.parametrize(
    ("lang", "money", "day"),
    [("uk", '#,##0.00" ₴"', "dd.mm.yyyy"), ("en", '"UAH "#,##0.00', "yyyy-mm-dd")],
)
def test_each_kind_has_its_format(
    shop: Shop, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, lang: str, money: str, day: str
) -> None:
    monkeypatch.setenv("UTM_LANG", lang)
    book = book_of(tmp_path)
    first = {row[0].value: row for row in book.worksheets[0].iter_rows(max_col=4)}
    formats = {name: row[1].number_format for name, row in first.items()}
    assert formats[column_label("total_sessions", lang)] == "#,##0"
    assert formats[column_label("total_revenue", lang)] == money
    assert formats[column_label("conversion_rate", lang)] == "0.00%"
    assert first[column_label("total_revenue", lang)][2].number_format == money
    changes = {name: row[3] for name, row in first.items()}
    assert changes[column_label("total_orders", lang)].number_format == (
        '"▲ +"#,##0.00%;"▼ -"#,##0.00%;"= "#,##0.00%'
    )
    points = "в. п." if lang == "uk" else "pp"
    assert (
        f'"▲ +"#,##0.00" {points}";"▼ -"'
        in changes[column_label("conversion_rate", lang)].number_format
    )
    # Told by colour too, and never by colour alone.
    assert changes[column_label("total_orders", lang)].font.color.rgb == "FFB42318"
    assert changes[column_label("total_sessions", lang)].font.color.rgb == "FF1A7F37"
    cohorts = book[text_label("cohorts", lang)]
    table = {part.key: part for part in asked("cohort-analysis")}
    found = rows(cohorts, column_label("cohort", lang))
    assert [row[0].date() for row in found] == [row[0] for row in table["cohorts"].rows]
    assert [row[1] for row in found] == [row["size"] for row in table["totals"].dicts()]
    for row, (values,) in zip(found, table["matrix"].rows, strict=True):
        shown = row[2 : 2 + len(values)]
        assert shown == [pytest.approx(value / 100, abs=1e-12) for value in values]
        # A period that is not complete is empty, and not 0.
        assert set(row[2 + len(values) :]) <= {None}
    dated = next(cell for row in cohorts.iter_rows() for cell in row if cell.is_date)
    assert dated.number_format == day
    ((scaled),) = list(cohorts.conditional_formatting)
    # Period 0 of retention is 100 for everybody.
    assert str(scaled.sqref).startswith("D6:")


def test_a_sheet_says_what_it_is_about_and_stays_readable(shop: Shop, tmp_path: Path) -> None:
    book = book_of(tmp_path)
    first = book.worksheets[0]
    assert first["A1"].value == "Report: last 7 days, 2024-03-27 – 2024-04-02"
    assert first["A2"].value == (
        "Data as of 2024-04-02 12:00 (Europe/Kyiv); newest session 2024-04-02 00:00"
    )
    assert first["A3"].value == f"Dashboard: {DASHBOARD}"
    assert first["A3"].hyperlink.target == DASHBOARD
    assert book.sheetnames[:5] == [
        "Report",
        "Top 5 sources",
        "Top 5 sources by customer value",
        "Repeat purchases",
        "Funnel",
    ]
    assert book.sheetnames[-1] == "Cohorts"
    assert [len(sheet._charts) for sheet in book.worksheets[:5]] == [2, 1, 1, 0, 1]
    sources = book["Top 5 sources"]
    assert sources.freeze_panes == "B5"
    assert sources.auto_filter.ref == "A4:E9"
    assert sources.column_dimensions["A"].width >= len("instagram")
    assert sources.page_setup.paperSize == 9
    assert "as of 2024-04-02" in sources.oddFooter.left.text
    for sheet in book.worksheets[1:]:
        assert "2024-03-27 – 2024-04-02" in sheet["A2"].value
        assert "Data as of 2024-04-02 12:00" in sheet["A2"].value
    # As the business's clock has it.
    assert book.properties.created == datetime.fromisoformat("2024-04-02T12:00")
    assert book.properties.title == first["A1"].value


def test_charts_are_excels_own_and_say_what_they_show(shop: Shop, tmp_path: Path) -> None:
    with zipfile.ZipFile(made(tmp_path)) as parts:
        names = [name for name in parts.namelist() if re.match(r"xl/charts/chart\d", name)]
        charts = [parts.read(name).decode() for name in names]
        drawings = "".join(
            parts.read(name).decode() for name in parts.namelist() if "drawings/drawing" in name
        )
    assert len(charts) == 5
    assert any("'Top 5 sources'!$B$5:$B$9" in chart for chart in charts)
    assert any("Funnel!$A$5:$A$10" in chart for chart in charts)
    assert drawings.count("descr=") == 5
    assert "instagram" in drawings


@pytest.mark.parametrize("start", range(0, len(TAGS), 5))
def test_tags_do_nothing_but_stand_there(shop: Shop, tmp_path: Path, start: int) -> None:
    tags = TAGS[start : start + 5]
    shop.with_hostile_tags(tags)
    file = made(tmp_path)
    book = openpyxl.load_workbook(file)
    found = {str(cell.value) for cell in book["Top 5 sources"]["A"]}
    for tag in tags:
        assert cell_text(tag) in found
    links = [cell.hyperlink for sheet in book for row in sheet for cell in row if cell.hyperlink]
    assert [link.target for link in links] == [DASHBOARD]
    assert not [cell for sheet in book for row in sheet for cell in row if cell.data_type == "f"]
    with zipfile.ZipFile(file) as parts:
        for name in parts.namelist():
            if name.startswith("xl/worksheets/sheet"):
                assert b"<f>" not in parts.read(name)


@pytest.mark.parametrize(
    ("tag", "shown"),
    [
        ('=HYPERLINK("http://evil.example";"x")', '\'=HYPERLINK("http://evil.example";"x")'),
        ("+cmd|' /C calc'!A0", "'+cmd|' /C calc'!A0"),
        ("@SUM(1)", "'@SUM(1)"),
        ("-1+1", "'-1+1"),
        ("\t=1", "'\t=1"),
        ("\r=1", "'\n=1"),
        ("{=1+1}", "{=1+1}"),
        ("123", "123"),
        ("http://evil.example", "http://evil.example"),
        ("a\x00b\x1fc\ufffed\x85", "abc\ufffdd"),
        ("\x00=1", "'=1"),
        ("_x0041_", "_x0041_"),
    ],
)
def test_a_text_stays_the_text_it_is(shop: Shop, tmp_path: Path, tag: str, shown: str) -> None:
    shop.with_hostile_tags([tag])
    cell = openpyxl.load_workbook(made(tmp_path))["Top 5 sources"]["A5"]
    assert cell.data_type == "s"
    # openpyxl leaves Excel's escape of the escape as it is.
    assert str(cell.value).replace("_x005F_", "_") == shown
    assert not cell.hyperlink


def test_a_text_is_cut_where_excel_would_refuse_it() -> None:
    assert cell_text("я" * LONGEST_TEXT) == "я" * LONGEST_TEXT
    assert cell_text("я" * (LONGEST_TEXT + 1)) == "я" * (LONGEST_TEXT - 1) + "…"
    # Two units each: what is left is whole.
    cut = cell_text("a" + "😀" * 20_000)
    assert cut == "a" + "😀" * 16_382 + "…"
    assert len(cell_text("=" * LONGEST_TEXT)) == LONGEST_TEXT
    assert cell_text("\ud800") == "\ufffd"


def test_a_long_tag_is_whole_in_the_file(shop: Shop, tmp_path: Path) -> None:
    tag = "довга_" * 6000
    shop.with_hostile_tags([tag])
    value = openpyxl.load_workbook(made(tmp_path))["Top 5 sources"]["A5"].value
    assert value == cell_text(tag)
    assert len(value) == LONGEST_TEXT


@pytest.mark.parametrize("lang", ["uk", "en"])
def test_a_period_without_visits_is_a_workbook_too(
    shop: Shop, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, lang: str
) -> None:
    monkeypatch.setenv("UTM_LANG", lang)
    shop.execute("delete from rpt_cohorts")
    book = book_of(tmp_path, "--period", "today")
    assert book.worksheets[1]["A4"].value == text_label("no_sources", lang)
    assert book[text_label("cohorts", lang)]["A3"].value == text_label("no_cohorts", lang)
    assert not any(sheet._charts for sheet in book)
    stats = {row[0].value: row for row in book.worksheets[0].iter_rows(max_col=4)}
    assert stats[column_label("total_sessions", lang)][1].value == 0
    # There is no value, and no change to tell.
    assert stats[column_label("conversion_rate", lang)][1].value is None
    assert stats[column_label("conversion_rate", lang)][3].value == NOTHING


def test_the_same_report_is_the_same_file(
    shop: Shop, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = made(tmp_path).read_bytes()
    # Its charts are Excel's own: they need no extra but that for workbooks.
    for module in ("vl_convert", "pymupdf_fonts"):
        monkeypatch.setitem(sys.modules, module, None)
    assert made(tmp_path).read_bytes() == before
    shop.execute("update rpt_refresh set as_of = timestamp '2024-04-02 09:01:00'")
    assert made(tmp_path).read_bytes() != before


@pytest.mark.parametrize("count", [0, 3])
def test_a_new_section_gets_its_sheet(
    shop: Shop, monkeypatch: pytest.MonkeyPatch, count: int
) -> None:
    columns = (
        Column("utm_source", Kind.TEXT),
        Column("first_seen", Kind.INSTANT),
        Column("order_id", Kind.ID),
        Column("is_converted", Kind.FLAG),
        Column("reasons", Kind.COUNTS),
        Column("retention", Kind.RETENTION),
        Column("cohort", Kind.DATE),
    )
    at = datetime.fromisoformat("2024-03-31T03:30:00.250+02:00")
    many = [
        ("=goose", at, 7, True, {"=a": 2}, 12.5, at.date()),
        ("duck", None, 10**16, False, {}, 0.1, None),
        ("swan", at.replace(year=1820), 1, None, None, None, at.date().replace(year=1820)),
    ][:count]
    settings = load_settings()
    with open_warehouse(settings) as warehouse:
        report = reports.assemble(warehouse, settings, "week")
        cohorts = catalogue.fetch(warehouse, "cohort-analysis", {}, "en")
    report = replace(
        report, answers={**report.answers, "birds": [Table(None, True, columns, many)]}
    )
    monkeypatch.setattr(reports, "SECTIONS", (*reports.SECTIONS, Section("birds", {"birds": {}})))
    monkeypatch.setitem(words._texts(), "birds", words.Words("Птахи", "Birds: [all]"))
    content = xlsx.render_report(report, cohorts, "en")
    sheet = openpyxl.load_workbook(io.BytesIO(content))["Birds all"]
    if not count:
        assert sheet["A4"].value == "No rows"
        return
    shown = [[cell.value for cell in row] for row in sheet.iter_rows(min_row=5, max_row=7)]
    # In business time, to the second.
    assert shown[0][1].replace(microsecond=0) == datetime.fromisoformat("2024-03-31T03:30")
    assert shown[0][2:] == [7, "yes", "'=a: 2", 0.125, datetime.fromisoformat("2024-03-31")]
    # What has more digits than Excel keeps is text.
    assert shown[1] == ["duck", None, "10000000000000000", "no", "", 0.001, None]
    # Excel knows no day before 1900.
    assert shown[2][:4] == ["swan", "1820-03-31\u00a003:30", 1, None]
    assert sheet["B5"].number_format == "yyyy-mm-dd hh:mm"


def test_names_of_sheets() -> None:
    assert sheet_name("a/b:c[d]?*\\", set()) == "a b c d"
    assert sheet_name("'quoted'", set()) == "quoted"
    assert sheet_name("[]", set()) == "-"
    assert sheet_name("Same", {"same"}) == "Same 2"
    assert sheet_name("Same", {"same", "same 2"}) == "Same 3"
    assert sheet_name("x" * 40, set()) == "x" * 30 + "…"
    assert sheet_name("x" * 40, {"x" * 30 + "…"}) == "x" * 28 + "… 2"
    assert sheet_name("one two three four five six seven", set()) == "one two three four five six…"


def test_it_goes_through_a_pipe(
    shop: Shop, tmp_path: Path, capsysbinary: pytest.CaptureFixture[bytes]
) -> None:
    assert cli.main(["report", "--format", "xlsx"]) == 0
    out, err = capsysbinary.readouterr()
    assert out == made(tmp_path).read_bytes()
    assert err == b""


@pytest.mark.parametrize("kind", ["xlsx", "pdf"])
def test_it_is_not_written_to_a_terminal(
    shop: Shop, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], kind: str
) -> None:
    monkeypatch.setattr(sys.stdout, "isatty", lambda: True)
    # Said before any work.
    shop.warehouse.unlink()
    assert cli.main(["report", "--format", kind]) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert "terminal" in err
    assert "fix: give --output FILE" in err


@pytest.mark.parametrize("kind", ["xlsx", "pdf"])
def test_stale_data_gives_no_file(
    shop: Shop, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, kind: str
) -> None:
    monkeypatch.setenv("UTM_FRESHNESS_MINUTES", "1")
    file = tmp_path / "report"
    assert cli.main(["report", "--format", kind, "--output", str(file)]) == 4
    assert not file.exists()


def test_without_the_extra_it_says_what_to_install(
    shop: Shop,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setitem(sys.modules, "xlsxwriter", None)
    file = tmp_path / "report.xlsx"
    assert cli.main(["report", "--format", "xlsx", "--output", str(file)]) == 3
    assert "fix: run `pip install 'utm-pipeline[xlsx]'`" in capsys.readouterr().err
    assert not file.exists()
