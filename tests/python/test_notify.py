"""``notify``: the short report in Slack and Telegram, against a server that answers as theirs."""

from __future__ import annotations

import html
import json
import re
import subprocess
import sys
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path
from types import SimpleNamespace

import pytest

from chat_server import SLACK_PATH, TOKEN, Chat, Reply, chat_server, telegram
from mail_server import make_certificate
from mail_shop import NOW, TAGS, Shop, later, mail_shop
from utm_pipeline import cli
from utm_pipeline import queries as catalogue
from utm_pipeline.commands import notify as command
from utm_pipeline.commands import terminal
from utm_pipeline.delivery import chat as post
from utm_pipeline.report import chat as chats
from utm_pipeline.report.cells import Formats
from utm_pipeline.report.chat import Note, inert
from utm_pipeline.report.layout import safe
from utm_pipeline.report.sentences import insights
from utm_pipeline.settings import load_settings
from utm_pipeline.warehouse import open_warehouse
from utm_pipeline.words import Kind
from utm_pipeline.words import text as words

SECRETS = (TOKEN, "AAsEcReTtOkEn", "sEcReTwEbHoOk", "/services/T000")


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_certificate(tmp_path_factory.mktemp("tls"), "localhost")


@pytest.fixture
def shop(marts_file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Shop:
    made = mail_shop(marts_file, tmp_path, monkeypatch)
    monkeypatch.setattr(command, "_now", lambda: NOW)
    monkeypatch.setattr(terminal, "time", SimpleNamespace(sleep=made.pauses.append))
    return made


@pytest.fixture
def chat(shop: Shop, certificate: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Chat]:
    """Both services at one server, and the settings for it."""
    with chat_server(made := Chat(), certificate) as port:
        monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
        monkeypatch.setenv("UTM_SLACK_WEBHOOK", f"https://localhost:{port}{SLACK_PATH}")
        monkeypatch.setenv("UTM_TELEGRAM_TOKEN", TOKEN)
        monkeypatch.setenv("UTM_TELEGRAM_CHAT", "-1001234567890")
        monkeypatch.setattr(post, "API", f"https://localhost:{port}")
        yield made


def told(capsys: pytest.CaptureFixture[str]) -> tuple[str, str, str]:
    """What came before the error, the error and what to do; no secret is in any of it."""
    out, err = capsys.readouterr()
    assert out == ""
    assert not [secret for secret in SECRETS if secret in err]
    *before, error, fix = err.splitlines()
    assert error.startswith("error: ")
    assert fix.startswith("fix: ")
    return "\n".join(before), error.removeprefix("error: "), fix.removeprefix("fix: ")


class Shown(HTMLParser):
    """A message of Telegram as its reader sees it, and its elements."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.text = ""
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.feed(text)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        self.text += data


def slack_words(body: dict[str, object]) -> str:
    """All texts of the blocks, as their reader sees them."""
    found = re.findall(r'"text": "((?:[^"\\]|\\.)*)"', json.dumps(body["blocks"]))
    return html.unescape("\n".join(json.loads(f'"{text}"') for text in found))


@pytest.mark.parametrize("lang", ["uk", "en"])
def test_both_say_the_numbers_of_the_queries(
    chat: Chat, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], lang: str
) -> None:
    monkeypatch.setenv("UTM_LANG", lang)
    assert cli.main(["notify", "slack"]) == 0
    assert cli.main(["notify", "telegram"]) == 0
    out, err = capsys.readouterr()
    assert out == ""
    assert err.splitlines() == ["sent to Slack", "sent to Telegram"]
    to_slack, to_telegram = chat.received
    assert to_slack.path == SLACK_PATH
    assert to_telegram.path == f"/bot{TOKEN}/sendMessage"
    for request in chat.received:
        assert request.headers["Content-Type"].startswith("application/json")
    message = to_telegram.json
    assert message["chat_id"] == -1001234567890
    assert message["parse_mode"] == "HTML"
    assert message["link_preview_options"] == {"is_disabled": True}
    formats = Formats(lang, "UAH").brief
    settings = load_settings()
    with open_warehouse(settings) as warehouse:
        stats = catalogue.run(warehouse, "general-stats", {}, lang)
        compared = catalogue.run(warehouse, "compare", {}, lang)
        sources = catalogue.run(warehouse, "sources", {"limit": 3}, lang)
        (found,) = catalogue.fetch(warehouse, "insights", {}, lang)
    assert isinstance(stats, dict)
    assert isinstance(compared, dict)
    change = compared["change"]
    expected = [
        formats.number(stats["total_sessions"], 0),
        formats.number(stats["unique_visitors"], 0),
        formats.number(stats["total_orders"], 0),
        formats.money(stats["total_revenue"]),
        formats.rate(stats["conversion_rate"]),
        "▲ " + formats.change(change["total_sessions"], Kind.RATE),
        "▼ " + formats.change(change["total_orders"], Kind.RATE),
        # What it was before, and when that was.
        words("was", lang, before=formats.number(compared["previous"]["total_sessions"], 0)),
        "20.03.2024 – 26.03.2024" if lang == "uk" else "2024-03-20 – 2024-03-26",
        "27.03.2024 – 02.04.2024" if lang == "uk" else "2024-03-27 – 2024-04-02",
        "12:00 (Europe/Kyiv)",
    ]
    expected += [source["utm_source"] for source in sources]
    expected += [formats.money(source["revenue"]) for source in sources]
    # The first two of three.
    expected += [said.replace("\u00a0", " ") for said in insights(found, formats)[:2]]
    assert len(found.rows) == 3
    seen = Shown(message["text"])
    for text in (seen.text, slack_words(to_slack.json)):
        plain = text.replace("\u00a0", " ").replace("\u2060", "")
        assert [each for each in expected if each not in plain] == []
        assert "=cmd()" not in plain
    assert [a["href"] for tag, a in seen.elements if tag == "a"] == [
        "https://shop.example/utm?a=1&b=2"
    ]
    assert "<https://shop.example/utm?a=1&amp;b=2|" in to_slack.body.decode()
    # What a notification shows.
    assert formats.number(stats["total_sessions"], 0) in to_slack.json["text"].replace("\xa0", " ")


def test_a_message_is_within_the_limits_of_slack(chat: Chat) -> None:
    assert cli.main(["notify", "slack"]) == 0
    body = chat.received[0].json
    assert set(body) == {"text", "blocks", "unfurl_links", "unfurl_media"}
    assert body["unfurl_links"] is body["unfurl_media"] is False
    kinds = [block["type"] for block in body["blocks"]]
    assert kinds[:2] == ["header", "section"]
    assert kinds[-1] == "context"
    assert len(body["blocks"][1]["fields"]) == 5
    assert len(body["blocks"][0]["text"]["text"]) <= 150


@pytest.mark.parametrize("start", range(0, len(TAGS), 3))
def test_tags_are_no_links_and_call_nobody(shop: Shop, chat: Chat, start: int) -> None:
    shop.with_hostile_tags(TAGS[start : start + 3])
    assert_inert(chat, TAGS[start : start + 3])


@pytest.mark.parametrize(
    "tags",
    [
        ("<!here>", "<!channel|x>", "<@U123>"),
        ("@channel", "@everyone", "@somebody"),
        ("<https://evil.example|free>", "*bold* _x_ ~y~ `z`", ":skull: & &lt;b&gt;"),
        ("<a href='https://evil.example'>x</a>", "</code><b>x", "t.me/evil /start #x $X"),
        ("10.0.0.1", "+380441234567", "mail@evil.example"),
    ],
)
def test_no_markup_of_either_service_works(shop: Shop, chat: Chat, tags: tuple[str, ...]) -> None:
    shop.with_hostile_tags(tags)
    assert_inert(chat, tags)


def assert_inert(chat: Chat, tags: tuple[str, ...]) -> None:
    assert cli.main(["notify", "slack", "--force"]) == 0
    assert cli.main(["notify", "telegram", "--force"]) == 0
    to_slack, to_telegram = (request.json for request in chat.received)
    texts = [
        each
        for block in to_slack["blocks"]
        for each in [block.get("text"), *block.get("fields", []), *block.get("elements", [])]
        if each
    ]
    start = safe(tags[0], 40)[:4]
    outside = [each for each in texts if start in html.unescape(each["text"]).replace("\u2060", "")]
    # Slack's markup begins with <, and the only one is our link.
    link = "<https://shop.example/utm?a=1&amp;b=2|Dashboard>"
    assert [each["text"] for each in texts if "<" in each["text"]] == [link]
    assert {each["type"] for each in outside if each["text"] != link} == {"plain_text"}
    for each in texts:
        assert each.get("emoji") is False or each.get("verbatim") is True
    seen = Shown(to_telegram["text"])
    assert {tag for tag, _ in seen.elements} == {"b", "i", "code", "a"}
    assert [attributes for _, attributes in seen.elements if attributes] == [
        {"href": "https://shop.example/utm?a=1&b=2"}
    ]
    for text in (seen.text, *(html.unescape(each["text"]) for each in outside)):
        ours = text.replace("https://shop.example", "")
        assert not re.search(r"://|\w\.example|[@#/$+]\w*(?:evil|x\b|here|380)|\d\.0\.0", ours)
        assert not re.search(r"@(channel|everyone|somebody|U123)", ours)
        assert not re.search(r"[\u202a-\u202e\u2066-\u2069\x1b]", ours)


def test_what_chats_make_links_of_is_parted_and_numbers_are_not() -> None:
    for text in ("https://a.b", "@you", "#tag", "/start", "$CASH", "+3804", "1.2.3.4", "7@b.c"):
        assert "\u2060" in inert(text), text
    for text in ("1.5", "1,234.56", "100.00%", "2024-03-27", "a b"):
        assert inert(text) == text
    assert inert("10.20.30").replace("\u2060", "") == "10.20.30"


def long_note(text: str) -> Note:
    return Note(
        lang="en",
        title="Report",
        stamp="as of",
        measures=(("Sessions", "1", ""),),
        sources=((text, "1"),) * 3,
        insights=(text, text),
        dashboard_url="https://shop.example/|>?q=ї",
    )


@pytest.mark.parametrize(
    ("text", "count"), [("&" * 1000, 4), ("я" * 1000, 4), ("😀" * 600, 3), ("<b>" * 5000, 0)]
)
def test_telegrams_limit_is_kept_by_leaving_out_the_last(text: str, count: int) -> None:
    written = chats.telegram_text(long_note(text))
    seen = Shown(written).text
    assert len(seen.encode("utf-16-le")) // 2 == chats.shown_length(written)
    assert chats.shown_length(written) <= chats.LONGEST
    assert "Sessions" in seen
    assert "as of" in seen
    assert Shown(written).elements[0] == ("b", {})
    # As much as there is room for.
    assert seen.count(text) == count


def test_slacks_limit_is_kept_and_no_escape_is_torn() -> None:
    body = json.loads(chats.slack(long_note("&" * 4000)))
    texts = [block["text"]["text"] for block in body["blocks"] if "text" in block]
    assert max(map(len, texts)) <= 3000
    assert not [text for text in texts if re.search(r"&(?!amp;)", text)]
    (link,) = [each["text"] for each in body["blocks"][-1]["elements"] if "<" in each["text"]]
    assert link == "<https://shop.example/%7C%3E?q=%D1%97|Dashboard>"


@pytest.mark.parametrize("service", ["slack", "telegram"])
def test_a_dry_run_prints_what_would_be_sent_and_sends_nothing(
    chat: Chat,
    service: str,
    monkeypatch: pytest.MonkeyPatch,
    capsysbinary: pytest.CaptureFixture[bytes],
) -> None:
    assert cli.main(["notify", service]) == 0
    capsysbinary.readouterr()
    # It needs no secret.
    monkeypatch.delenv("UTM_SLACK_WEBHOOK")
    monkeypatch.delenv("UTM_TELEGRAM_TOKEN")
    assert cli.main(["notify", service, "--dry-run"]) == 0
    out, err = capsysbinary.readouterr()
    assert out == chat.received[0].body + b"\n"
    assert err == b""
    assert len(chat.received) == 1


@pytest.mark.parametrize("service", ["slack", "telegram"])
def test_nobody_gets_it_twice_by_accident(
    shop: Shop, chat: Chat, service: str, capsys: pytest.CaptureFixture[str]
) -> None:
    shop.with_last_week()
    for _ in range(2):
        assert cli.main(["notify", service, "--period", "last_week"]) == 0
    assert len(chat.received) == 1
    assert "has this report already; --force sends it" in capsys.readouterr().err
    # A period that is over is one report, whatever the data's instant.
    shop.execute("update rpt_refresh set as_of = timestamp '2024-04-02 09:05:00'")
    assert cli.main(["notify", service, "--period", "last_week"]) == 0
    assert len(chat.received) == 1
    assert cli.main(["notify", service, "--period", "last_week", "--force"]) == 0
    assert cli.main(["notify", service]) == 0
    assert len(chat.received) == 3
    noted = "".join(path.read_text() for path in shop.warehouse.parent.rglob("*.json"))
    assert noted
    assert not [secret for secret in (*SECRETS, "1001234567890") if secret in noted]


def test_another_chat_has_not_got_it(chat: Chat, monkeypatch: pytest.MonkeyPatch) -> None:
    assert cli.main(["notify", "telegram"]) == 0
    monkeypatch.setenv("UTM_TELEGRAM_CHAT", "@my_channel")
    assert cli.main(["notify", "telegram"]) == 0
    assert [request.json["chat_id"] for request in chat.received] == [-1001234567890, "@my_channel"]


@pytest.mark.parametrize("service", ["slack", "telegram"])
@pytest.mark.parametrize("fault", ["stale", "empty", "unfinished"])
def test_never_a_wrong_report(
    shop: Shop,
    chat: Chat,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    service: str,
    fault: str,
) -> None:
    period = "week"
    match fault:
        case "stale":
            monkeypatch.setattr(command, "_now", lambda: later(minutes=1431))
        case "empty":
            shop.execute("update rpt_periods set first_date = null where period = 'all_time'")
        case "unfinished":
            shop.with_last_week()
            monkeypatch.setenv("UTM_FRESHNESS_MINUTES", "99999")
            monkeypatch.setattr(command, "_now", lambda: later(days=7))
            period = "last_week"
    for options in ([], ["--force"], ["--dry-run"]):
        assert cli.main(["notify", service, "--period", period, *options]) == 4
        told(capsys)
    assert chat.received == []


def test_no_warehouse_is_a_matter_of_configuration(
    shop: Shop, chat: Chat, capsys: pytest.CaptureFixture[str]
) -> None:
    shop.warehouse.unlink()
    assert cli.main(["notify", "slack"]) == 3
    assert "no warehouse yet" in told(capsys)[1]
    assert chat.received == []


def test_a_server_of_this_machine_needs_no_tls(
    shop: Shop, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    with chat_server(made := Chat(), None) as port:
        monkeypatch.setenv("UTM_SLACK_WEBHOOK", f"http://127.0.0.1:{port}{SLACK_PATH}")
        assert cli.main(["notify", "slack"]) == 0
    assert [request.path for request in made.received] == [SLACK_PATH]
    assert capsys.readouterr().err == "sent to Slack\n"


@pytest.mark.parametrize(
    ("service", "variables", "words"),
    [
        ("slack", {"UTM_SLACK_WEBHOOK": ""}, "UTM_SLACK_WEBHOOK"),
        ("slack", {"UTM_SLACK_WEBHOOK": f"http://hooks.slack.com{SLACK_PATH}"}, "begins https://"),
        ("slack", {"UTM_SLACK_WEBHOOK": f"https://a:b@localhost{SLACK_PATH}"}, "not shown"),
        ("slack", {"UTM_SLACK_WEBHOOK": f"https://localhost{SLACK_PATH} x"}, "not shown"),
        ("telegram", {"UTM_TELEGRAM_TOKEN": ""}, "UTM_TELEGRAM_TOKEN"),
        ("telegram", {"UTM_TELEGRAM_TOKEN": "AAsEcReTtOkEn/../x"}, "no token"),
        ("telegram", {"UTM_TELEGRAM_CHAT": ""}, "UTM_TELEGRAM_CHAT"),
        ("telegram", {"UTM_TELEGRAM_CHAT": "my chat"}, "'my chat' is no chat"),
    ],
)
def test_settings_that_cannot_be_right(
    chat: Chat,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    service: str,
    variables: dict[str, str],
    words: str,
) -> None:
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    assert cli.main(["--debug", "notify", service]) == 3
    out, err = capsys.readouterr()
    assert out == ""
    assert words in err
    assert not [secret for secret in SECRETS if secret in err]
    assert chat.received == []


def test_an_unknown_service_is_wrong_use(shop: Shop, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["notify", "pigeon"]) == 2
    assert "'slack', 'telegram'" in told(capsys)[1]


REFUSALS = [
    ("slack", Reply(400, "invalid_payload"), "(400 invalid_payload)", "--dry-run"),
    ("slack", Reply(403, "action_prohibited"), "(403 action_prohibited)", "allow it"),
    ("slack", Reply(404, "no_service"), "(404 no_service)", "make a new webhook"),
    ("slack", Reply(404, "channel_not_found"), "(404 channel_not_found)", "make a new webhook"),
    ("slack", Reply(410, "channel_is_archived"), "(410 channel_is_archived)", "make a new webhook"),
    ("slack", Reply(403, f"no {SLACK_PATH}"), "(403)", "UTM_SLACK_WEBHOOK"),
    ("slack", Reply(200, "<html>please log in</html>"), "(200)", "UTM_SLACK_WEBHOOK"),
    ("telegram", telegram(401, "Unauthorized"), "does not know the bot (401)", "@BotFather"),
    ("telegram", telegram(404, "Not Found"), "does not know the bot (404)", "@BotFather"),
    (
        "telegram",
        telegram(400, "Bad Request: chat not found"),
        "(400 chat not found)",
        "TELEGRAM_CHAT",
    ),
    (
        "telegram",
        telegram(403, "Forbidden: bot was blocked by the user"),
        "(403 bot was blocked)",
        "unblock",
    ),
    (
        "telegram",
        telegram(403, "Forbidden: bot was kicked from the supergroup chat"),
        "(403 bot was kicked)",
        "add the bot",
    ),
    (
        "telegram",
        telegram(
            400,
            "Bad Request: group chat was upgraded to a supergroup chat",
            migrate_to_chat_id=-1009,
        ),
        "(400 group chat was upgraded)",
        "set UTM_TELEGRAM_CHAT to -1009",
    ),
    (
        "telegram",
        telegram(400, "Bad Request: can't parse entities: Unexpected end tag"),
        "(400 can't parse entities)",
        "--dry-run",
    ),
    ("telegram", telegram(400, f"Bad Request: {TOKEN} is odd"), "(400)", "UTM_TELEGRAM_TOKEN"),
    ("telegram", Reply(200, "not json"), "(200)", "UTM_TELEGRAM_TOKEN"),
    ("telegram", Reply(200, "[]"), "(200)", "UTM_TELEGRAM_TOKEN"),
    ("slack", Reply(302, "", {"Location": "https://localhost/elsewhere"}), "(302)", "address"),
    ("telegram", Reply(307, "", {"Location": "/elsewhere"}), "(307)", "address"),
]


@pytest.mark.parametrize(("service", "reply", "words", "advice"), REFUSALS)
def test_what_is_refused_is_not_tried_again(
    shop: Shop,
    chat: Chat,
    capsys: pytest.CaptureFixture[str],
    service: str,
    reply: Reply,
    words: str,
    advice: str,
) -> None:
    chat.replies.append(reply)
    assert cli.main(["notify", service]) == 1
    before, error, fix = told(capsys)
    assert before == ""
    assert words in error
    assert error.endswith({"slack": "UTM_SLACK_WEBHOOK", "telegram": "UTM_TELEGRAM_CHAT"}[service])
    assert advice in fix
    assert shop.pauses == []
    assert len(chat.received) == 1
    # It is not noted as sent.
    assert cli.main(["notify", service]) == 0
    assert len(chat.received) == 2


@pytest.mark.parametrize(
    ("service", "replies", "pauses"),
    [
        ("slack", [Reply(429, "rate_limited", {"Retry-After": "30"})], [30]),
        ("slack", [Reply(429, "", {"Retry-After": "Wed, 03 Apr 2024 09:00:00 GMT"})], [2]),
        ("slack", [Reply(500, "rollup_error"), Reply(503, "")], [2, 15]),
        ("telegram", [telegram(429, "Too Many Requests", retry_after=35)], [35]),
        ("telegram", [telegram(500, "Internal"), Reply(502, "<html>")], [2, 15]),
        ("slack", [Reply(fault="drop")], [2]),
        ("telegram", [Reply(fault="drop"), Reply(fault="drop")], [2, 15]),
        ("slack", [Reply(fault="silence")], [2]),
    ],
)
def test_what_may_pass_is_tried_again(
    shop: Shop,
    chat: Chat,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    service: str,
    replies: list[Reply],
    pauses: list[int],
) -> None:
    if replies[0].fault == "silence":
        monkeypatch.setattr(post, "SECONDS", 2)
    chat.replies += replies
    assert cli.main(["notify", service]) == 0
    assert shop.pauses == pauses
    *tries, last = capsys.readouterr().err.splitlines()
    assert [re.search(r"trying again in (\d+) s", line)[1] for line in tries] == [  # type: ignore[index]
        str(pause) for pause in pauses
    ]
    assert last.startswith("sent to ")
    assert len({request.body for request in chat.received}) == 1


@pytest.mark.parametrize("service", ["slack", "telegram"])
def test_patience_has_an_end(
    shop: Shop, chat: Chat, capsys: pytest.CaptureFixture[str], service: str
) -> None:
    chat.replies += [Reply(503, "")] * 9
    assert cli.main(["notify", service]) == 1
    _, error, fix = told(capsys)
    assert "has a fault of its own (503)" in error
    assert "run it again" in fix
    assert shop.pauses == list(post.PAUSES)
    assert len(chat.received) == 1 + len(post.PAUSES)


def test_a_wait_that_is_too_long_is_not_waited_for(
    shop: Shop, chat: Chat, capsys: pytest.CaptureFixture[str]
) -> None:
    chat.replies.append(telegram(429, "Too Many Requests", retry_after=86400))
    assert cli.main(["notify", "telegram"]) == 1
    assert "wait 86400 s" in told(capsys)[1]
    assert shop.pauses == []


def test_an_answer_that_never_ends_is_cut_off(
    shop: Shop, chat: Chat, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(post, "DEADLINE", 2)
    chat.replies.append(Reply(200, "o" * 200, fault="drip"))
    assert cli.main(["notify", "slack"]) == 0
    assert shop.pauses == [2]
    assert len(chat.received) == 2
    assert "Slack keeps silent; trying again in 2 s" in capsys.readouterr().err


def test_a_certificate_that_nobody_vouches_for(
    shop: Shop,
    chat: Chat,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.delenv("SSL_CERT_FILE")
    assert cli.main(["notify", "telegram"]) == 1
    _, error, fix = told(capsys)
    assert "certificate of Telegram is not to be trusted" in error
    assert "SSL_CERT_FILE" in fix
    assert chat.received == []
    assert shop.pauses == []


def test_a_certificate_of_another_name(
    shop: Shop,
    chat: Chat,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    port = load_settings().slack_webhook.split(":")[2].partition("/")[0]  # type: ignore[union-attr]
    monkeypatch.setenv("UTM_SLACK_WEBHOOK", f"https://127.0.0.1:{port}{SLACK_PATH}")
    assert cli.main(["notify", "slack"]) == 1
    assert "not to be trusted" in told(capsys)[1]
    assert chat.received == []


def test_a_period_without_visits_is_a_report_too(
    shop: Shop, chat: Chat, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert cli.main(["notify", "slack", "--period", "today"]) == 0
    assert cli.main(["notify", "telegram", "--period", "today"]) == 0
    to_slack, to_telegram = (request.json for request in chat.received)
    for text in (slack_words(to_slack), Shown(to_telegram["text"]).text):
        assert "Nobody came in this period" in text
        assert "Insights" not in text
        assert "nan" not in text.lower()


def test_nobody_listens(
    shop: Shop, chat: Chat, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("UTM_SLACK_WEBHOOK", f"https://localhost:1{SLACK_PATH}")
    assert cli.main(["notify", "slack"]) == 1
    before, error, _ = told(capsys)
    assert "Slack cannot be reached: nothing listens there, UTM_SLACK_WEBHOOK" in error
    assert len(before.splitlines()) == len(post.PAUSES)


@pytest.mark.parametrize("service", ["slack", "telegram"])
@pytest.mark.parametrize("reply", [Reply(404, "no_service"), Reply(fault="drop")])
def test_no_secret_is_told_even_with_a_traceback(
    shop: Shop, chat: Chat, capsys: pytest.CaptureFixture[str], service: str, reply: Reply
) -> None:
    chat.replies += [reply] * 9
    assert cli.main(["--debug", "notify", service]) == 1
    out, err = capsys.readouterr()
    assert "Traceback" in err
    assert not [secret for secret in SECRETS if secret in out + err]
    settings = load_settings()
    target = post.TARGETS[service](settings)
    assert not [secret for secret in SECRETS if secret in repr(target) + repr(settings)]


def test_a_query_imports_no_client() -> None:
    script = (
        "import sys; from utm_pipeline import cli; cli.main(['query', '--list']); "
        "wanted = ('http.client', 'ssl', 'xlsxwriter', 'fpdf'); "
        "print([name for name in wanted if name in sys.modules])"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True
    )
    assert done.stdout.splitlines()[-1] == "[]"
