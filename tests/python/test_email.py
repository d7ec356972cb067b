"""``email``: what is sent arrives, whole, for everybody, in both languages, by every way."""

from __future__ import annotations

import re
import stat
from email.utils import parsedate_to_datetime
from pathlib import Path

import pytest

from mail_server import PASSWORD, USER, Post, mail_server, make_certificate
from mail_shop import NOW, Page, Shop, kyiv, mail_shop, plain
from utm_pipeline import cli
from utm_pipeline.delivery import smtp as server
from utm_pipeline.delivery.addresses import parse
from utm_pipeline.delivery.message import Letter, compose
from utm_pipeline.report import extras
from utm_pipeline.settings import load_settings

PERIOD = "last 7 days, 2024-03-27 – 2024-04-02"


@pytest.fixture
def shop(marts_file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Shop:
    return mail_shop(marts_file, tmp_path, monkeypatch)


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_certificate(tmp_path_factory.mktemp("tls"), "localhost")


def send(port: int, monkeypatch: pytest.MonkeyPatch, *options: str) -> int:
    monkeypatch.setenv("EMAIL_PORT", str(port))
    return cli.main(["email", *options])


def send_text(port: int, monkeypatch: pytest.MonkeyPatch, *options: str) -> int:
    """Without charts, which take their time."""
    return send(port, monkeypatch, "--format", "text", *options)


def numbers(words: str) -> set[str]:
    """Everything in a text that looks like a number."""
    return set(re.findall(r"\d[\d.,]*\d|\d", words))


@pytest.mark.parametrize("lang", ["uk", "en"])
def test_the_message_arrives_whole(
    shop: Shop, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], lang: str
) -> None:
    monkeypatch.setenv("UTM_LANG", lang)
    with mail_server(post := Post()) as port:
        assert send(port, monkeypatch, "--attach-csv") == 0
    out, err = capsys.readouterr()
    assert (out, err) == ("", "sent to 1 recipient\n")
    (received,) = post.received
    assert received.sender == "shop@example.com"
    assert received.recipients == ["olha@example.com"]
    message = received.message
    assert message.defects == []
    assert (
        message["Subject"]
        == {
            "uk": "Звіт: останні 7 днів, 27.03.2024 – 02.04.2024",
            "en": f"Report: {PERIOD}",
        }[lang]
    )
    assert message["From"] == "Крамниця <shop@example.com>"
    assert message["To"] == "olha@example.com"
    assert parsedate_to_datetime(message["Date"]) == NOW
    assert message["Date"].endswith("+0300")
    assert message["Auto-Submitted"] == "auto-generated"
    assert message["Content-Language"] == lang
    assert re.fullmatch(r"<[0-9a-f]{32}@example\.com>", message["Message-ID"])
    # Nothing that needs a server of its own kind.
    assert received.content.isascii()
    assert max(map(len, received.content.splitlines())) < 998

    kinds = [(part.get_content_type(), part.get_filename()) for part in message.walk()]
    assert kinds == [
        ("multipart/mixed", None),
        ("multipart/alternative", None),
        ("text/plain", None),
        ("multipart/related", None),
        ("text/html", None),
        ("image/png", "sources.png"),
        ("image/png", "cohort.png"),
        ("image/png", "funnel.png"),
        ("text/csv", "utm_sources.csv"),
        ("text/csv", "utm_campaigns.csv"),
    ]
    assert [p.get_content_disposition() for p in message.walk()][-2:] == ["attachment"] * 2


@pytest.mark.parametrize("lang", ["uk", "en"])
def test_text_and_html_say_the_same(
    shop: Shop, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], lang: str
) -> None:
    monkeypatch.setenv("UTM_LANG", lang)
    monkeypatch.setenv("UTM_FRESHNESS_MINUTES", "99999999")
    monkeypatch.setenv("UTM_SILENCE_HOURS", "0")
    with mail_server(post := Post()) as port:
        assert send(port, monkeypatch) == 0
    capsys.readouterr()
    assert cli.main(["report"]) == 0
    report = capsys.readouterr().out
    message = post.received[0].message
    text = message.get_body(("plain",)).get_content().replace("\r\n", "\n")
    assert text.startswith(report)
    page = Page(message.get_body(("html",)).get_content())
    # The line for lists of e-mails says two of the numbers in brief.
    (preview,) = [each for each in page.words if "▲" in each and ";" in each]
    words = " ".join(each for each in page.words if each != preview)
    alts = plain(" ".join(image["alt"] or "" for image in page.all("img")))
    # What the text has more is the one chart whose numbers no table holds.
    cohorts = plain(text.removeprefix(report))
    assert cohorts
    assert cohorts in alts
    assert numbers(words) == numbers(report)
    drawn = re.sub(r"[─█▏▎▍▌▋▊▉]", "", report)
    # The sentences of the insights and explanations are wrapped; all else stands in cells.
    lists = re.findall(r"\n  1\. (.*?)\n\n", drawn, re.DOTALL)
    sentences = [[plain(each) for each in re.split(r"\n  [2-9]\. ", said)] for said in lists]
    assert [len(said) for said in sentences] == [3, 6]
    assert {each for said in sentences for each in said} <= set(page.words)
    # So are the notes below tables.
    parts = re.sub(r"\n  1\. .*?\n\n", "\n\n", drawn, flags=re.DOTALL).split("\n\n")
    cells = [line for part in parts if plain(part) not in page.words for line in part.splitlines()]
    assert {plain(cell) for line in cells for cell in line.split("  ")} - {""} <= {
        cell for word in page.words for cell in (word, word.lstrip("▲▼= "))
    }


def test_the_change_is_told_by_arrow_and_sign(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    shop.execute("update rpt_compare set change_total_revenue = 0 where period = 'week'")
    with mail_server(post := Post()) as port:
        assert send(port, monkeypatch) == 0
    words = Page(post.received[0].message.get_body(("html",)).get_content()).words
    for told in ("▲ +23.40%", "▼ -20.00%", "= 0.00%", "▲ +0.03 pp"):
        assert told in words
    shop.execute("update rpt_compare set change_total_revenue = null where period = 'week'")
    with mail_server(post := Post()) as port:
        assert send(port, monkeypatch, "--force") == 0
    words = Page(post.received[0].message.get_body(("html",)).get_content()).words
    assert words[words.index("Revenue") + 3] == "—"


def test_the_html_needs_nothing_from_elsewhere(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    with mail_server(post := Post()) as port:
        assert send(port, monkeypatch) == 0
    message = post.received[0].message
    html = message.get_body(("html",)).get_content()
    page = Page(html)
    ids = {part["Content-ID"].strip("<>") for part in message.walk() if part["Content-ID"]}
    assert len(ids) == 3
    assert {image["src"] for image in page.all("img")} == {f"cid:{each}" for each in ids}
    for image in page.all("img"):
        assert len(image["alt"] or "") > 40
        assert 0 < int(image["width"] or 0) <= 592
    for part in message.walk():
        if part.get_content_type() == "image/png":
            assert part.get_content().startswith(b"\x89PNG")
    links = {attributes["href"] for attributes in page.all("a")}
    assert links == {"https://shop.example/utm?a=1&b=2"}
    assert not re.search(r"url\(|@import|@font-face|<link|<script", html)
    # Layout by tables, style in the elements, and a page for the dark.
    assert all("style" in cell for cell in page.all("td") + page.all("th"))
    assert all("style" in image for image in page.all("img"))
    assert {"name": "color-scheme", "content": "light dark"} in page.all("meta")
    assert "@media (prefers-color-scheme: dark)" in html
    assert page.all("html")[0]["lang"] == "en"
    assert not page.all("div") or {each.get("class") for each in page.all("div")} == {"preview"}
    data = [table for table in page.all("table") if table.get("role") != "presentation"]
    assert len(data) == 7
    assert all(cell["scope"] in {"row", "col"} for cell in page.all("th"))


def test_attachments_are_what_export_writes(
    shop: Shop, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("UTM_FRESHNESS_MINUTES", "99999999")
    monkeypatch.setenv("UTM_SILENCE_HOURS", "0")
    shop.with_hostile_tags()
    with mail_server(post := Post()) as port:
        assert send(port, monkeypatch, "--attach-csv") == 0
    parts = {part.get_filename(): part for part in post.received[0].message.iter_attachments()}
    assert set(parts) == {"utm_sources.csv", "utm_campaigns.csv"}
    for kind in ("sources", "campaigns"):
        file = tmp_path / f"{kind}.csv"
        assert cli.main(["export", kind, "--output", str(file)]) == 0
        part = parts[f"utm_{kind}.csv"]
        assert part.get_payload(decode=True) == file.read_bytes()
        assert part.get_content_charset() == "utf-8"
        assert "'=cmd|" in file.read_text(encoding="utf-8")


def test_the_text_alone(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    with mail_server(post := Post()) as port:
        assert send(port, monkeypatch, "--format", "text") == 0
    message = post.received[0].message
    assert message.get_content_type() == "text/plain"
    assert "Top 5 sources" in message.get_content()
    assert "\x1b" not in message.get_content()


def test_without_the_extra_for_charts_there_is_a_warning(
    shop: Shop, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setitem(extras.PACKAGES["charts"], "no_such_package", "no_such_package")
    with mail_server(post := Post()) as port:
        assert send(port, monkeypatch) == 0
    err = capsys.readouterr().err
    assert err.startswith("warning: charts need no_such_package")
    assert "utm-pipeline[charts]" in err
    message = post.received[0].message
    kinds = [part.get_content_type() for part in message.walk()]
    assert kinds == ["multipart/alternative", "text/plain", "text/html"]
    assert not Page(message.get_body(("html",)).get_content()).all("img")


def test_nobody_sees_anybody_else(
    shop: Shop, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    three = "olha@example.com, Іван <ivan@пошта.укр>,petro@example.org,OLHA@example.com"
    with mail_server(post := Post()) as port:
        assert send_text(port, monkeypatch, "--recipients", three) == 0
    assert capsys.readouterr().err == "sent to 3 recipients\n"
    seen = {received.recipients[0]: received for received in post.received}
    assert set(seen) == {
        "olha@example.com",
        "ivan@xn--80a1acn3a.xn--j1amh",
        "petro@example.org",
    }
    for address, received in seen.items():
        assert received.recipients == [address]
        assert received.message["To"].addresses[0].addr_spec == address
        others = set(seen) - {address}
        assert not [other for other in others if other.encode() in received.content]
        assert received.message["Cc"] is None
        assert received.message["Bcc"] is None
    names = [r.message["To"].addresses[0].display_name for r in seen.values()]
    assert "Іван" in names
    assert len({received.message["Message-ID"] for received in seen.values()}) == 3


def test_the_message_id_is_that_of_period_as_of_and_recipient(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    shop.with_last_week()
    with mail_server(post := Post()) as port:
        assert send_text(port, monkeypatch) == 0
        assert send_text(port, monkeypatch, "--force") == 0
        assert send_text(port, monkeypatch, "--period", "last_week") == 0
        assert send_text(port, monkeypatch, "--recipients", "ivan@example.com") == 0
        shop.execute("update rpt_refresh set as_of = as_of + interval 1 minute")
        assert send_text(port, monkeypatch) == 0
    first, again, *others = [received.message["Message-ID"] for received in post.received]
    assert first == again
    assert len({first, *others}) == 4


def test_nobody_gets_a_report_twice_by_accident(
    shop: Shop, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    with mail_server(post := Post()) as port:
        assert send_text(port, monkeypatch) == 0
        assert (
            send_text(port, monkeypatch, "--recipients", "OLHA@example.com,ivan@example.com") == 0
        )
        err = capsys.readouterr().err
        assert "1 of 2 recipients have this report already; --force sends it again\n" in err
        assert "@" not in err
        assert send_text(port, monkeypatch) == 0
        assert len(post.received) == 2
        assert send_text(port, monkeypatch, "--force") == 0
        assert len(post.received) == 3
        # Other data is another report, as long as the period is not over.
        shop.execute("update rpt_refresh set as_of = as_of + interval 1 minute")
        assert send_text(port, monkeypatch) == 0
        assert len(post.received) == 4
    kept = list((shop.warehouse.parent / ".utm" / "mail").iterdir())
    assert kept
    for path in kept:
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
        assert "example" not in path.read_text()


def test_a_period_that_is_over_is_one_report_whatever_was_refreshed_since(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    shop.with_last_week()
    with mail_server(post := Post()) as port:
        assert send_text(port, monkeypatch, "--period", "last_week") == 0
        shop.execute("update rpt_refresh set as_of = as_of + interval 1 minute")
        assert send_text(port, monkeypatch, "--period", "last_week") == 0
    assert len(post.received) == 1


def test_a_dry_run_writes_what_would_be_sent(
    shop: Shop,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    with mail_server(post := Post()) as port:
        assert send(port, monkeypatch, "--dry-run", "--recipients", "a@b.example,c@d.example") == 0
        assert post.received == []
        assert not (shop.warehouse.parent / ".utm").exists()
        written = [Path(line) for line in capsys.readouterr().out.splitlines()]
        assert send(port, monkeypatch, "--recipients", "a@b.example,c@d.example") == 0
    assert [path.name for path in written] == [
        "utm_report_week_2024-04-02_1.eml",
        "utm_report_week_2024-04-02_2.eml",
    ]
    for path, received in zip(written, post.received, strict=True):
        assert path.parent == tmp_path
        assert path.read_bytes() == received.content


def test_a_dry_run_needs_no_server(
    shop: Shop, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.delenv("EMAIL_HOST")
    assert cli.main(["email", "--dry-run", "--format", "text"]) == 0
    assert [path.name for path in tmp_path.glob("*.eml")] == ["utm_report_week_2024-04-02.eml"]
    assert {path.stat().st_mode & 0o777 for path in tmp_path.glob("*.eml")} == {0o600}


@pytest.mark.parametrize("login", [True, False])
@pytest.mark.parametrize("security", ["starttls", "tls", "none"])
@pytest.mark.filterwarnings("ignore:Requiring AUTH while not requiring TLS")
def test_every_way_to_the_server(
    shop: Shop,
    monkeypatch: pytest.MonkeyPatch,
    certificate: Path,
    capsys: pytest.CaptureFixture[str],
    security: str,
    login: bool,
) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
    monkeypatch.setenv("EMAIL_USE_TLS", "false" if security == "none" else "true")
    if login:
        monkeypatch.setenv("EMAIL_HOST_USER", USER)
        monkeypatch.setenv("EMAIL_HOST_PASSWORD", PASSWORD)
    secret = certificate if security != "none" else None
    post = Post()
    with mail_server(post, security=security, login=login, certificate=secret) as port:
        if security == "tls":
            monkeypatch.setattr(server, "IMPLICIT_TLS_PORT", port)
        assert send(port, monkeypatch, "--format", "text") == 0
    (received,) = post.received
    assert received.is_encrypted == (security != "none")
    assert post.logins == ([USER] if login else [])
    assert PASSWORD not in capsys.readouterr().err


@pytest.mark.parametrize(
    ("host", "port", "tls", "told"),
    [
        ("mail.example", "587", "false", True),
        ("localhost", "587", "false", False),
        ("mail.example", "587", "true", False),
        ("mail.example", "465", "false", False),
    ],
)
def test_a_password_without_encryption_is_warned_of(
    host: str, port: str, tls: str, told: bool
) -> None:
    login = {"EMAIL_HOST_USER": USER, "EMAIL_HOST_PASSWORD": PASSWORD}
    way = {"EMAIL_HOST": host, "EMAIL_PORT": port, "EMAIL_USE_TLS": tls}
    settings = load_settings({**way, **login})
    assert server.tells_password(settings) is told
    assert not server.tells_password(load_settings(way))
    assert PASSWORD not in repr(settings)


def test_a_short_text_takes_seven_bits_too() -> None:
    letter = Letter("Тема", "Звіт\n", "uk", NOW, "x", html="<p>Звіт</p>\n")
    written = compose(letter, parse("a@b.example"), parse("Оля <c@d.example>")).as_bytes()
    assert written.isascii()


def test_the_week_before_is_dated(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    """Monday at nine, by the business's clock: the case that this is all for."""
    shop.with_last_week()
    shop.execute("update rpt_refresh set as_of = '2024-04-01 05:55:00'")
    shop.at(monkeypatch, kyiv("2024-04-01 09:00"))
    with mail_server(post := Post()) as port:
        assert send_text(port, monkeypatch, "--period", "last_week") == 0
    message = post.received[0].message
    assert message["Subject"] == "Report: last week, 2024-03-25 – 2024-03-31"
    assert message["Date"] == "Mon, 01 Apr 2024 09:00:00 +0300"
