"""Charts as pictures: whole, inert, the same every time, and drawn without a network."""

from __future__ import annotations

import os
import socket
import struct
import subprocess
import sys
import tempfile
import xml.etree.ElementTree as ET
import zlib
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
import vl_convert

import chart_answers
from utm_pipeline.errors import ConfigError
from utm_pipeline.queries.model import Table
from utm_pipeline.report import charts, fonts
from utm_pipeline.report.cells import Formats
from utm_pipeline.report.charts import Chart, drawing
from utm_pipeline.report.charts.look import DARK, LIGHT, Look, drawable

UK = Formats("uk", "UAH")
EN = Formats("en", "UAH")
SVG = "{http://www.w3.org/2000/svg}"
# What a chart is made of. Anything else could do more than be looked at.
ELEMENTS = {SVG + name for name in ("svg", "g", "rect", "path", "text", "tspan", "line")}
ANSWERS = {
    "sources": chart_answers.sources(["google", "яблуко"]),
    "funnel": chart_answers.funnel([1234, 617, 100, 50, 3, 20]),
    "roi": chart_answers.roi(["google", "яблуко"]),
    "ltv-comparison": chart_answers.ltv(["google", "яблуко"]),
    "cohort-analysis": chart_answers.cohorts([[100, 26.7, 1234.5], [100, 5.0], [100], []]),
}


def png_size(picture: bytes) -> tuple[int, int]:
    """Width and height as the PNG's header says."""
    assert picture[:8] == b"\x89PNG\r\n\x1a\n"
    assert picture[12:16] == b"IHDR"
    width, height = struct.unpack(">II", picture[16:24])
    return width, height


def pixels(picture: bytes) -> bytes:
    """The filtered pixels, with the checksum of each chunk verified on the way."""
    place, found = 8, b""
    while place < len(picture):
        (length,) = struct.unpack_from(">I", picture, place)
        chunk = picture[place + 4 : place + 8 + length]
        assert struct.unpack_from(">I", picture, place + 8 + length) == (zlib.crc32(chunk),)
        found += chunk[4:] if chunk[:4] == b"IDAT" else b""
        place += length + 12
    return zlib.decompress(found)


def parsed(name: str, tables: Sequence[Table], look: Look) -> ET.Element:
    """The SVG of a chart, which holds nothing but marks and text."""
    return inert(Chart(name, tables, look).svg())


def inert(svg: str) -> ET.Element:
    """The document, made sure that it can do nothing but be looked at."""
    root = ET.fromstring(svg)
    for element in root.iter():
        assert element.tag in ELEMENTS
        for attribute, value in element.attrib.items():
            local = attribute.rpartition("}")[2].lower()
            assert not local.startswith("on")
            assert local not in {"href", "src", "style"}
            assert local == "aria-label" or "url(" not in value
    return root


def texts(root: ET.Element) -> list[str]:
    """The texts of a picture, in its order."""
    return [line for text in root.iter(SVG + "text") for line in text.itertext()]


# Pictures


@pytest.mark.parametrize("name", charts.NAMES)
@pytest.mark.parametrize("theme", [LIGHT, DARK], ids=["light", "dark"])
def test_a_png_is_twice_the_svg_and_opaque(name: str, theme: object) -> None:
    assert theme in {LIGHT, DARK}
    look = Look(UK, LIGHT if theme is LIGHT else DARK)
    root = parsed(name, ANSWERS[name], look)
    picture = Chart(name, ANSWERS[name], look).png()
    size = (int(root.get("width", 0)), int(root.get("height", 0)))
    assert png_size(picture) == (2 * size[0], 2 * size[1])
    assert size[0] > 500
    # The first pixel has no neighbour that it could be the difference to.
    background = bytes.fromhex(look.theme.background[1:])
    assert pixels(picture)[1:5] == background + b"\xff"


def test_a_packed_picture_has_the_same_pixels() -> None:
    chart = Chart("funnel", ANSWERS["funnel"], Look(EN)).definition()
    packed = drawing.to_png(chart)
    # By now with the same fonts.
    drawn = vl_convert.vegalite_to_png(chart, vl_version="6.4", scale=2)
    assert pixels(packed) == pixels(drawn)
    assert packed[:33] == drawn[:33]
    assert len(packed) < len(drawn) / 2


@pytest.mark.parametrize("formats", [UK, EN], ids=["uk", "en"])
def test_an_svg_holds_the_numbers_in_the_readers_language(formats: Formats) -> None:
    look = Look(formats, about="about")
    uk = formats is UK
    said = {name: texts(parsed(name, ANSWERS[name], look)) for name in charts.NAMES}
    assert {"Воронка" if uk else "Funnel", "about"} <= set(said["funnel"])
    assert ("617 · 50 %" if uk else "617 · 50%") in said["funnel"]
    assert {"Дохід", "1 000", "50,25 ₴"} <= set(said["sources"]) or not uk
    assert {"Revenue", "1,000", "UAH 50.25"} <= set(said["sources"]) or uk
    assert ("-100 %" if uk else "-100%") in said["roi"]
    assert "—" in said["ltv-comparison"]
    cells = ["100,0", "26,7", "1 234,5"] if uk else ["100.0", "26.7", "1,234.5"]
    assert set(cells) <= set(said["cohort-analysis"])
    assert ("20.01.2025" if uk else "2025-01-20") in said["cohort-analysis"]
    assert ("1 003" if uk else "1,003") in said["cohort-analysis"]
    # Cells of 3 + 2 + 1 + 0 complete periods, and no more.
    assert sum(text in {*cells, "5,0", "5.0"} for text in said["cohort-analysis"]) == 6


@pytest.mark.parametrize("name", charts.NAMES)
def test_nothing_is_drawn_too(name: str) -> None:
    look = Look(UK, DARK)
    root = parsed(name, chart_answers.EMPTY[name], look)
    assert len(texts(root)) == 2
    width, height = png_size(Chart(name, chart_answers.EMPTY[name], look).png())
    assert (width, height) == (2 * int(root.get("width", 0)), 2 * int(root.get("height", 0)))
    assert width == 2 * 768


def test_an_svg_is_described_for_those_who_do_not_see_it() -> None:
    look = Look(EN, about='"a" <b> & c')
    root = parsed("sources", chart_answers.sources(["<x> & \"y\" 'z'"]), look)
    assert root.get("role") == "img"
    assert root.get("aria-label") == (
        'Sources ("a" <b> & c): <x> & "y" \'z\' (Sessions 1,000, Revenue UAH 0).'
    )


# Text of strangers


@pytest.mark.parametrize("name", ["sources", "ltv-comparison", "roi"])
def test_hostile_labels_are_text(name: str) -> None:
    make = {
        "sources": chart_answers.sources,
        "ltv-comparison": chart_answers.ltv,
        "roi": chart_answers.roi,
    }[name]
    tables = make(chart_answers.HOSTILE)
    root = parsed(name, tables, Look(EN))
    said = texts(root)
    for label in chart_answers.HOSTILE:
        assert any(text.startswith(drawable(label)[:8]) for text in said), label
    # Every row is there, although some labels are cut to the same text or are empty.
    if name == "sources":
        assert sum(text.startswith("UAH ") for text in said) == len(chart_answers.HOSTILE)
    quiet = parsed(name, make([f"s{i}" for i in range(len(chart_answers.HOSTILE))]), Look(EN))
    assert (root.get("width"), root.get("height")) == (quiet.get("width"), quiet.get("height"))
    assert png_size(Chart(name, tables, Look(EN)).png())[0] == 2 * int(root.get("width", 0))


def test_hostile_filters_are_text() -> None:
    tables = chart_answers.funnel([1, 0, 0, 0, 0, 0])
    for label in filter(None, chart_answers.HOSTILE):
        root = parsed("funnel", tables, Look(EN, about=label))
        assert int(root.get("width", 0)) <= 768
        assert any(text.startswith(drawable(label)[:8]) for text in texts(root))


def test_the_definition_has_no_expressions_and_no_addresses() -> None:
    """So nothing in the data can become one: it is only ever the value of a field."""
    forbidden = {"expr", "signal", "href", "url", "tooltip", "labelExpr", "transform", "params"}
    for name in ("sources", "ltv-comparison", "roi"):
        make = {"sources": chart_answers.sources, "ltv-comparison": chart_answers.ltv}.get(
            name, chart_answers.roi
        )
        definition = Chart(name, make(chart_answers.HOSTILE), Look(EN)).definition()
        waiting: list[object] = [definition]
        while waiting:
            part = waiting.pop()
            if isinstance(part, dict):
                assert not forbidden & part.keys()
                waiting += part.values()
            elif isinstance(part, list):
                waiting += part


# The same everywhere


@pytest.mark.parametrize("name", charts.NAMES)
def test_the_same_answer_is_the_same_picture(name: str) -> None:
    look = Look(UK)
    assert Chart(name, ANSWERS[name], look).png() == Chart(name, ANSWERS[name], look).png()
    assert Chart(name, ANSWERS[name], look).svg() == Chart(name, ANSWERS[name], look).svg()


def test_another_process_draws_the_same() -> None:
    program = (
        "import sys, chart_answers as a; from utm_pipeline.report.charts import Chart\n"
        "from utm_pipeline.report.charts.look import Look\n"
        "from utm_pipeline.report.cells import Formats\n"
        "look = Look(Formats('uk', 'UAH')); tables = a.roi(['google', 'яблуко'])\n"
        "sys.stdout.buffer.write(Chart('roi', tables, look).png()"
        " + Chart('roi', tables, look).svg().encode())"
    )
    ran = subprocess.run(
        [sys.executable, "-c", program],
        env={**os.environ, "PYTHONHASHSEED": "7", "PYTHONPATH": os.pathsep.join(sys.path)},
        check=True,
        capture_output=True,
    )
    look = Look(UK)
    tables = ANSWERS["roi"]
    assert (
        ran.stdout == Chart("roi", tables, look).png() + Chart("roi", tables, look).svg().encode()
    )


def test_cyrillic_is_drawn_with_the_font_that_comes_along() -> None:
    """A letter that a font lacks is a box, and all boxes are alike."""
    pictures = {
        Chart("sources", chart_answers.sources([letter]), Look(UK)).png() for letter in "ґїєщЖ₴"
    }
    assert len(pictures) == 6


def test_nothing_is_fetched() -> None:
    """Refused before it is tried: nobody listens at this port, which would be another error."""
    with socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{silent.getsockname()[1]}/rows.json"
        chart = {"data": {"url": url}, "mark": "point", "encoding": {}}
        with pytest.raises(ValueError, match="External data url not allowed"):
            drawing.to_svg(chart, "")
        with pytest.raises(ValueError, match="External data url not allowed"):
            drawing.to_png(chart)


def test_the_picture_of_the_docs_shows_what_its_page_says() -> None:
    docs = Path(__file__).resolve().parents[2] / "docs"
    said = texts(inert((docs / "cohorts.svg").read_text(encoding="utf-8")))
    page = (docs / "analyses" / "cohorts.md").read_text(encoding="utf-8")
    assert "](../cohorts.svg)" in page
    for number in ("155", "20.6", "14.2", "269"):
        assert number in said
        assert number in page
    assert "Retention by month of the first visit" in said


def test_one_folder_of_fonts_is_enough(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """For the threads of a server, and for processes that are killed one after the other."""
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    for _ in range(2):
        fonts.folder.cache_clear()
        with ThreadPoolExecutor(8) as threads:
            (folder,) = set(threads.map(lambda _: fonts.folder(), range(8)))
        assert list(tmp_path.iterdir()) == [folder]
        assert folder.stat().st_mode & 0o777 == 0o700
        files = sorted(folder.iterdir())
        assert [path.name for path in files] == ["figbo.ttf", "figo.ttf"]
        # What is torn or old is written anew.
        files[0].write_bytes(b"torn")
    fonts.folder.cache_clear()
    assert (fonts.folder() / "figbo.ttf").stat().st_size > 100_000
    monkeypatch.setattr(os, "getuid", lambda: 54321)
    (tmp_path / "utm_fonts_54321").mkdir()
    fonts.folder.cache_clear()
    with pytest.raises(ConfigError, match="another user's"):
        fonts.folder()
    fonts.folder.cache_clear()
