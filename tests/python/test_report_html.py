"""The report as HTML: in an e-mail and as a file, with whatever strangers put into their links."""

from __future__ import annotations

import base64
import re
import sys
import xml.etree.ElementTree as ET
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from mail_server import Post, mail_server
from mail_shop import TAGS, Page, Shop, mail_shop, plain
from utm_pipeline import cli, words
from utm_pipeline.queries.model import Column, Table
from utm_pipeline.report import extras, html, layout, markdown, text
from utm_pipeline.report import sections as reports
from utm_pipeline.report.paint import NO_PAINT
from utm_pipeline.report.sections import Report, Section
from utm_pipeline.settings import load_settings
from utm_pipeline.warehouse import open_warehouse
from utm_pipeline.words import Kind

LARGEST = 100_000


@pytest.fixture
def shop(marts_file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Shop:
    monkeypatch.setenv("UTM_FRESHNESS_MINUTES", "99999999")
    monkeypatch.setenv("UTM_SILENCE_HOURS", "0")
    return mail_shop(marts_file, tmp_path, monkeypatch)


@pytest.fixture
def without_charts(monkeypatch: pytest.MonkeyPatch) -> None:
    """They take their time."""
    monkeypatch.setitem(extras.PACKAGES["charts"], "no_such_package", "no_such_package")


def page_of(tmp_path: Path, *options: str) -> str:
    """The report as a file."""
    file = tmp_path / "report.html"
    assert cli.main(["report", "--format", "html", "--output", str(file), *options]) == 0
    return file.read_text(encoding="utf-8")


def sent(monkeypatch: pytest.MonkeyPatch) -> Post:
    """What the server got of one run."""
    with mail_server(post := Post()) as port:
        monkeypatch.setenv("EMAIL_PORT", str(port))
        assert cli.main(["email", "--force", "--attach-csv"]) == 0
    return post


def rounds() -> list[tuple[str, ...]]:
    """All hostile tags, five at a time as the report shows them."""
    return [TAGS[start : start + 5] for start in range(0, len(TAGS), 5)]


@pytest.mark.usefixtures("without_charts")
@pytest.mark.parametrize("tags", rounds())
def test_tags_do_nothing_but_stand_there(
    shop: Shop, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, tags: Sequence[str]
) -> None:
    before = page_of(tmp_path)
    shop.with_hostile_tags(tags)
    post = sent(monkeypatch)
    message = post.received[0].message
    mail = message.get_body(("html",)).get_content()
    for page in (page_of(tmp_path), mail):
        found = Page(page)
        kinds = {name for name, _ in found.elements}
        assert kinds <= {name for name, _ in Page(before).elements} | {"tbody"}
        assert not [a for _, a in found.elements if any(key.startswith("on") for key in a)]
        assert {a["href"] for a in found.all("a")} == {"https://shop.example/utm?a=1&b=2"}
        words = " ".join(found.words)
        for tag in tags:
            shown = plain(layout.safe(tag, 48))
            assert shown in words
        assert not re.search(r"[\u202a-\u202e\u2066-\u2069\x1b]", page)
        # What a mail program would make a link of is parted by an unseen mark.
        outside = page.replace("https://shop.example/utm", "")
        assert not re.search(r"https?://|\w\.example|@evil", outside)
    # Nothing of it is in a header.
    assert message["Subject"] == "Report: last 7 days, 2024-03-27 – 2024-04-02"
    assert set(message.keys()) == {
        "From",
        "To",
        "Subject",
        "Date",
        "Message-ID",
        "Auto-Submitted",
        "X-Auto-Response-Suppress",
        "Content-Language",
        "MIME-Version",
        "Content-Type",
    }
    assert post.received[0].recipients == ["olha@example.com"]
    for line in message.get_body(("plain",)).get_content().splitlines():
        assert not re.match(r"(Bcc|hello)", line)
        assert "\x1b" not in line


@pytest.mark.usefixtures("without_charts")
@pytest.mark.parametrize("lang", ["uk", "en"])
def test_the_html_of_a_message_stays_small(
    shop: Shop, monkeypatch: pytest.MonkeyPatch, lang: str
) -> None:
    monkeypatch.setenv("UTM_LANG", lang)
    shop.with_hostile_tags(["<&\"'>" * 60, *(f"{n}" + "ї&" * 200 for n in range(4))])
    html_part = sent(monkeypatch).received[0].message.get_body(("html",))
    assert len(html_part.get_payload(decode=True)) < 0.6 * LARGEST
    # As it goes over the wire too.
    assert len(html_part.get_payload()) < LARGEST


def test_a_file_needs_nothing_from_elsewhere(shop: Shop, tmp_path: Path) -> None:
    written = page_of(tmp_path)
    page = Page(written)
    assert page.all("html")[0]["lang"] == "en"
    sources = [image["src"] or "" for image in page.all("img")]
    dark = [source["srcset"] or "" for source in page.all("source")]
    assert len(sources) == len(dark) == 3
    assert not set(sources) & set(dark)
    for source in (*sources, *dark):
        kind, _, data = source.partition(",")
        assert kind == "data:image/svg+xml;base64"
        assert ET.fromstring(base64.b64decode(data)).tag.endswith("svg")
    assert all(len(image["alt"] or "") > 40 for image in page.all("img"))
    assert {each["media"] for each in page.all("source")} == {"(prefers-color-scheme: dark)"}
    assert not re.search(r"url\(|@import|@font-face|<link|<script|cid:", written)
    assert "General statistics" in page.words


@pytest.mark.parametrize("for_email", [True, False])
@pytest.mark.parametrize("tag", TAGS)
def test_the_words_of_a_picture_are_words(shop: Shop, tag: str, *, for_email: bool) -> None:
    settings = replace(load_settings(), dashboard_url='https://shop.example/"><script>')
    with open_warehouse(settings) as warehouse:
        report = reports.assemble(warehouse, settings, "week")
    images = {"funnel": html.Image("cid:x", tag, 10)}
    page = Page(html.render_report(report, "en", images, for_email=for_email))
    (image,) = page.all("img")
    assert plain(image["alt"] or "") == plain(tag)
    assert not page.all("script")
    assert [a["href"] for a in page.all("a")] == ['https://shop.example/"><script>']


def test_a_file_without_the_extra_for_charts_comes_with_a_warning(
    shop: Shop, tmp_path: Path, without_charts: None, capsys: pytest.CaptureFixture[str]
) -> None:
    page = Page(page_of(tmp_path))
    assert not page.all("img")
    assert "pip install 'utm-pipeline[charts]'" in capsys.readouterr().err


def test_html_goes_to_standard_output_too(
    shop: Shop, without_charts: None, capsys: pytest.CaptureFixture[str]
) -> None:
    assert cli.main(["report", "--format", "html"]) == 0
    assert capsys.readouterr().out.startswith("<!DOCTYPE html>\n")


def test_stale_data_gives_no_file(
    shop: Shop, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("UTM_FRESHNESS_MINUTES", "1")
    file = tmp_path / "report.html"
    assert cli.main(["report", "--format", "html", "--output", str(file)]) == 4
    assert not file.exists()


def test_without_css_inline_there_are_the_text_and_the_file(
    shop: Shop, without_charts: None, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setitem(sys.modules, "css_inline", None)
    with mail_server(post := Post()) as port:
        monkeypatch.setenv("EMAIL_PORT", str(port))
        assert cli.main(["email"]) == 3
        assert post.received == []
        assert cli.main(["email", "--format", "text"]) == 0
    assert len(post.received) == 1
    assert "<h1>" in page_of(tmp_path)


@pytest.mark.parametrize("rows", [0, 2])
def test_a_new_section_appears_by_itself(
    shop: Shop, monkeypatch: pytest.MonkeyPatch, rows: int
) -> None:
    columns = (Column("utm_source", Kind.TEXT), Column("sessions", Kind.COUNT))
    table = Table(None, True, columns, [("<b>goose</b>", 1234), ("duck.example", 5)][:rows])
    settings = load_settings()
    with open_warehouse(settings) as warehouse:
        report = reports.assemble(warehouse, settings, "week")
    report = replace(report, answers={**report.answers, "birds": [table]})
    own = (*reports.SECTIONS, Section("birds", {"birds": {}}))
    monkeypatch.setattr(reports, "SECTIONS", own)
    monkeypatch.setitem(words._texts(), "birds", words.Words("Птахи", "Birds"))
    writers: tuple[Callable[[Report], str], ...] = (
        lambda given: text.render_report(given, "en", NO_PAINT),
        lambda given: markdown.render_report(given, "en"),
        lambda given: html.render_report(given, "en", {}, for_email=True),
    )
    for write in writers:
        written = write(report)
        end = plain(written[written.index("Birds") :])
        if rows:
            assert all(word in end for word in ("Source", "Sessions", "1,234", "duck"))
        else:
            assert "No rows" in end
    assert "<b>" not in writers[2](report)
