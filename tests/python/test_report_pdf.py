"""The report as a PDF, read back by another library."""

from __future__ import annotations

import io
from dataclasses import replace
from datetime import datetime
from pathlib import Path

import pypdf
import pytest

from mail_shop import TAGS, Shop, mail_shop
from utm_pipeline import cli
from utm_pipeline import queries as catalogue
from utm_pipeline import words as named
from utm_pipeline.queries.model import Column, Table
from utm_pipeline.report import extras, pdf
from utm_pipeline.report import sections as reports
from utm_pipeline.report.cells import Formats, only
from utm_pipeline.report.layout import safe
from utm_pipeline.report.sections import Report, Section
from utm_pipeline.report.sentences import insights
from utm_pipeline.settings import load_settings
from utm_pipeline.warehouse import open_warehouse
from utm_pipeline.words import Kind
from utm_pipeline.words import text as text_label

DASHBOARD = "https://shop.example/utm?a=1&b=2"
MILLIMETRE = 72 / 25.4
SHOWN = {section.key: section.columns for section in reports.SECTIONS}


@pytest.fixture
def shop(marts_file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Shop:
    monkeypatch.setenv("UTM_FRESHNESS_MINUTES", "99999999")
    monkeypatch.setenv("UTM_SILENCE_HOURS", "0")
    return mail_shop(marts_file, tmp_path, monkeypatch)


@pytest.fixture
def without_charts(monkeypatch: pytest.MonkeyPatch) -> None:
    """They take their time."""
    monkeypatch.setitem(extras.PACKAGES["charts"], "no_such_package", "no_such_package")


def made(tmp_path: Path, *options: str) -> Path:
    """The file that the command writes."""
    file = tmp_path / "report.pdf"
    assert cli.main(["report", "--format", "pdf", "--output", str(file), *options]) == 0
    return file


def words(content: Path | bytes) -> str:
    """All text, as one line without blanks: a reader may find others between two cells."""
    stream = io.BytesIO(content) if isinstance(content, bytes) else content
    pages = pypdf.PdfReader(stream).pages
    return together(" ".join(page.extract_text() for page in pages))


def figures(reader: pypdf.PdfReader) -> list[str]:
    """What the pictures show, in words for readers who do not see them."""
    waiting, found = [reader.trailer["/Root"]["/StructTreeRoot"]], []
    while waiting:
        part = waiting.pop(0).get_object()
        if isinstance(part, list):
            waiting = [*part, *waiting]
        elif isinstance(part, dict):
            found += [str(part["/Alt"])] if part.get("/S") == "/Figure" else []
            waiting = [part["/K"], *waiting] if "/K" in part else waiting
    return found


def together(text: str) -> str:
    return "".join(text.split())


def week() -> Report:
    settings = load_settings()
    with open_warehouse(settings) as warehouse:
        return reports.assemble(warehouse, settings, "week")


def with_birds(
    monkeypatch: pytest.MonkeyPatch, columns: tuple[Column, ...], rows: list[tuple[object, ...]]
) -> Report:
    """The report with one more section."""
    report = week()
    monkeypatch.setattr(reports, "SECTIONS", (*reports.SECTIONS, Section("birds", {"birds": {}})))
    monkeypatch.setitem(named._texts(), "birds", named.Words("Птахи", "Birds"))
    birds = [Table(None, True, columns, rows)]
    return replace(report, answers={**report.answers, "birds": birds})


@pytest.mark.usefixtures("without_charts")
@pytest.mark.parametrize("lang", ["uk", "en"])
def test_the_numbers_are_those_of_the_queries(
    shop: Shop, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, lang: str
) -> None:
    monkeypatch.setenv("UTM_LANG", lang)
    shown = words(made(tmp_path))
    settings = load_settings()
    formats = Formats(lang, "UAH")
    expected: list[str] = []
    with open_warehouse(settings) as warehouse:
        for name, params, keys in (
            ("general-stats", {}, None),
            ("sources", {"limit": 5}, SHOWN["top_sources"]),
            ("ltv-comparison", {"limit": 5}, SHOWN["top_ltv"]),
            ("repeat-rate", {}, None),
        ):
            (table,) = catalogue.fetch(warehouse, name, params, lang)
            table = table if keys is None else only(table, keys)
            expected += [
                formats.cell(value, column)
                for row in table.rows
                for value, column in zip(row, table.columns, strict=True)
            ]
        (found,) = catalogue.fetch(warehouse, "insights", {}, lang)
        expected += insights(found, formats.brief)
        steps = catalogue.run(warehouse, "funnel", {}, lang)["steps"]  # type: ignore[call-overload]
        expected += [formats.number(step["sessions"], 0) for step in steps]
        change = catalogue.run(warehouse, "compare", {}, lang)["change"]  # type: ignore[call-overload]
    expected.append("▼ " + formats.change(change["total_orders"], Kind.RATE))
    expected.append("▲ " + formats.change(change["conversion_rate"], Kind.POINTS))
    assert [text for text in expected if together(text) not in shown] == []
    assert "nan" not in shown.lower()
    # The hryvnia's sign has a glyph.
    assert ("₴" in shown) == (lang == "uk")
    assert "▯" not in shown


@pytest.mark.parametrize("lang", ["uk", "en"])
def test_a_file_with_all_that_belongs_to_it(
    shop: Shop, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, lang: str
) -> None:
    monkeypatch.setenv("UTM_LANG", lang)
    reader = pypdf.PdfReader(made(tmp_path))
    assert reader.trailer["/Root"]["/Lang"] == lang
    assert reader.metadata is not None
    dates = "27.03.2024 – 02.04.2024" if lang == "uk" else "2024-03-27 – 2024-04-02"
    assert dates in str(reader.metadata.title)
    assert reader.metadata.creation_date == datetime.fromisoformat("2024-04-02T12:00+03:00")
    # With the structure that readers of screens go by.
    assert reader.trailer["/Root"]["/MarkInfo"]["/Marked"]
    titles = [entry.title for entry in reader.outline]  # type: ignore[union-attr]
    assert titles == [text_label(section.key, lang) for section in reports.SECTIONS]
    stamp = together("2024 12:00 (Europe/Kyiv)" if lang == "uk" else "2024-04-02 12:00 (Europe/")
    count = len(reader.pages)
    for number, page in enumerate(reader.pages, start=1):
        width, height = page.mediabox.width / MILLIMETRE, page.mediabox.height / MILLIMETRE
        assert (round(width), round(height)) == (210, 297)
        text = together(page.extract_text())
        assert f"{number}/{count}" in text
        assert stamp in text
    assert [alt.partition(" ")[0] for alt in figures(reader)] == (
        ["Джерела", "Утримання", "Воронка"] if lang == "uk" else ["Sources", "Retention", "Funnel"]
    )
    notes = [each.get_object() for page in reader.pages for each in page.get("/Annots", [])]
    links = [note["/A"]["/URI"] for note in notes if "/A" in note]
    assert set(links) == {DASHBOARD}
    assert together(DASHBOARD) in words(tmp_path / "report.pdf")


@pytest.mark.usefixtures("without_charts")
@pytest.mark.parametrize("start", range(0, len(TAGS), 5))
def test_tags_do_nothing_but_stand_there(shop: Shop, tmp_path: Path, start: int) -> None:
    tags = TAGS[start : start + 5]
    shop.with_hostile_tags(tags)
    file = made(tmp_path)
    shown = words(file)
    for tag in tags:
        # Marks over letters come in an order of their own.
        if tag.isascii() or tag.isalpha():
            assert together(safe(tag, 48)) in shown
    catalog = pypdf.PdfReader(file).trailer["/Root"]
    assert "/OpenAction" not in catalog or "/S" not in catalog["/OpenAction"]
    assert b"/JavaScript" not in file.read_bytes()
    assert b"/Launch" not in file.read_bytes()
    assert b"evil.example/login" not in file.read_bytes()


def test_a_letter_without_a_glyph_has_a_sign(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    tags = {
        "google": "google",
        "Їжак ґава № “€”": "Їжакґава№“€”",
        "Ωμέγα": "Ωμέγα",
        "漢字": "▯▯",
        "a😀b": "a▯b",
        "שלום": "שלום",
        "a\x1b[31mb": "a[31mb",
        "**bold** __u__ [x](https://evil.example)": "**bold**__u__[x](https://evil.example)",
        "{nb} {{7*7}} {  }": "{nb}{{7*7}}{}",
    }
    report = with_birds(monkeypatch, (Column("utm_source", Kind.TEXT),), [(tag,) for tag in tags])
    text = words(pdf.render_report(report, "en", []))
    assert "".join(tags.values()) in text[text.index("Birds") :]


@pytest.mark.parametrize("lang", ["uk", "en"])
def test_a_period_without_visits_is_a_report_too(
    shop: Shop, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, lang: str
) -> None:
    monkeypatch.setenv("UTM_LANG", lang)
    shop.execute("delete from rpt_cohorts")
    file = made(tmp_path, "--period", "today")
    shown = words(file)
    assert together(text_label("no_sources", lang)) in shown
    assert together(text_label("no_customers", lang)) in shown
    assert figures(pypdf.PdfReader(file)) == []


@pytest.mark.usefixtures("without_charts")
def test_the_same_report_is_the_same_file(shop: Shop, tmp_path: Path) -> None:
    before = made(tmp_path).read_bytes()
    assert made(tmp_path).read_bytes() == before


@pytest.mark.parametrize("count", [0, 40])
def test_a_new_section_appears_by_itself(
    shop: Shop, monkeypatch: pytest.MonkeyPatch, count: int
) -> None:
    columns = (Column("utm_source", Kind.TEXT), Column("sessions", Kind.COUNT))
    many: list[tuple[object, ...]] = [(f"goose{number}", 1000 + number) for number in range(count)]
    content = pdf.render_report(with_birds(monkeypatch, columns, many), "en", [])
    shown = words(content)
    end = shown[shown.index("Birds") :]
    if not count:
        assert "Norows" in end
        return
    assert all(f"goose{number}1,{number:03}" in end for number in range(count))
    # The headings are on each page that the table reaches.
    assert end.count("SourceSessions") == 2
    outline = pypdf.PdfReader(io.BytesIO(content)).outline
    assert [entry.title for entry in outline][-1] == "Birds"  # type: ignore[union-attr]


def test_values_too_long_for_a_column_are_wrapped(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    columns = (Column("name", Kind.TEXT), *[Column("sessions", Kind.COUNT)] * 5)
    long = "".join(f"word{number:02}" for number in range(60))
    spoken = " ".join(f"told{number:02}" for number in range(50))
    rows: list[tuple[object, ...]] = [(long, *[10**12] * 5), (spoken, *[1] * 5)]
    shown = words(pdf.render_report(with_birds(monkeypatch, columns, rows), "en", []))
    end = shown[shown.index("Birds") :]
    assert all(f"word{number:02}" in end for number in range(60))
    assert all(f"told{number:02}" in end for number in range(50))
    assert end.count("1,000,000,000,000") == 5


def test_no_line_ends_within_a_number(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    columns = (Column("name", Kind.TEXT), *[Column("revenue", Kind.MONEY)] * 3)
    rows: list[tuple[object, ...]] = [("багато слів " * 25, 1e9, 2e9, 3e9)]
    content = pdf.render_report(with_birds(monkeypatch, columns, rows), "uk", [])
    pages = pypdf.PdfReader(io.BytesIO(content)).pages
    text = " ".join(page.extract_text() for page in pages).replace("\u00a0", " ")
    for number in (1, 2, 3):
        assert f"{number} 000 000 000,00 ₴" in text


def test_more_columns_than_a_page_can_hold(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    columns = (Column("utm_source", Kind.TEXT), *[Column("revenue", Kind.MONEY)] * 25)
    rows: list[tuple[object, ...]] = [
        ("goose", *[float(n) for n in range(25)]),
        ("duck", *[7.5] * 25),
    ]
    shown = words(pdf.render_report(with_birds(monkeypatch, columns, rows), "en", []))
    end = shown[shown.index("Birds") :]
    assert all(f"RevenueUAH{number}.00" in end for number in range(25))
    assert "Sourcegoose" in end
    assert "Sourceduck" in end


@pytest.mark.usefixtures("without_charts")
def test_it_goes_through_a_pipe(
    shop: Shop, tmp_path: Path, capsysbinary: pytest.CaptureFixture[bytes]
) -> None:
    assert cli.main(["report", "--format", "pdf"]) == 0
    out, err = capsysbinary.readouterr()
    assert out == made(tmp_path).read_bytes()
    # Without the extra for charts it comes without charts, and a warning.
    assert b"pip install 'utm-pipeline[charts]'" in err


@pytest.mark.parametrize("module", ["fontTools", "pymupdf_fonts", "typst"])
def test_without_the_extra_it_says_what_to_install(
    shop: Shop,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    module: str,
) -> None:
    monkeypatch.setitem(extras.PACKAGES, "pdf", {f"no_{module}": module})
    file = tmp_path / "report.pdf"
    assert cli.main(["report", "--format", "pdf", "--output", str(file)]) == 3
    err = capsys.readouterr().err
    assert module in err
    assert "fix: run `pip install 'utm-pipeline[pdf]'`" in err
    assert not file.exists()
