"""Never a wrong report: what is not sent, and what the owner hears of it."""

from __future__ import annotations

from pathlib import Path

import pytest

from mail_server import Post, mail_server
from mail_shop import Shop, kyiv, later, mail_shop
from utm_pipeline import cli


@pytest.fixture
def shop(marts_file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Shop:
    made = mail_shop(marts_file, tmp_path, monkeypatch)
    monkeypatch.setenv("UTM_OWNER_EMAIL", "owner@example.com")
    return made


def send(port: int, monkeypatch: pytest.MonkeyPatch, *options: str) -> int:
    monkeypatch.setenv("EMAIL_PORT", str(port))
    return cli.main(["email", "--format", "text", *options])


def spoil(shop: Shop, monkeypatch: pytest.MonkeyPatch, fault: str) -> None:
    """Makes the warehouse one that no report can be made of."""
    match fault:
        case "stale":
            shop.at(monkeypatch, later(minutes=1431))
        case "empty":
            shop.execute("update rpt_periods set first_date = null where period = 'all_time'")
        case "missing":
            shop.warehouse.unlink()
        case "other version":
            shop.execute("alter table rpt_compare drop column change_total_orders")
        case "damaged":
            shop.warehouse.write_bytes(b"no database")


FAULTS = {
    "stale": (4, "older than 1440 minutes", "Дані застаріли.", "The data is too old."),
    "empty": (4, "holds no sessions", "Даних ще немає", "There is no data yet: not one session."),
    "missing": (3, "no warehouse yet", "Даних ще немає.", "There is no data yet."),
    "other version": (3, "lacks the marts of this", "не вдалося прочитати", "cannot be read."),
    "damaged": (3, "cannot be read", "не вдалося прочитати", "cannot be read."),
}


UKRAINIAN = {
    "stale": "старіші за 1440 хв",
    "empty": "у сховищі немає жодного сеансу",
    "missing": "даних ще немає",
    "other version": "у сховищі бракує таблиць цієї версії",
    "damaged": "сховище не читається",
}


@pytest.mark.parametrize("lang", ["uk", "en"])
@pytest.mark.parametrize("fault", FAULTS)
def test_nothing_is_sent_and_the_owner_hears_of_it_once_a_day(
    shop: Shop,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    fault: str,
    lang: str,
) -> None:
    code, english, *told = FAULTS[fault]
    words = english if lang == "en" else UKRAINIAN[fault]
    monkeypatch.setenv("UTM_LANG", lang)
    spoil(shop, monkeypatch, fault)
    with mail_server(post := Post()) as port:
        assert send(port, monkeypatch) == code
        out, err = capsys.readouterr()
        assert send(port, monkeypatch) == code
        assert send(port, monkeypatch, "--force") == code
    assert out == ""
    first, error, fix = err.splitlines()
    assert first == "the owner was told by e-mail"
    assert error.startswith("error: ")
    assert words in error
    assert fix.startswith("fix: ")
    (received,) = post.received
    assert received.recipients == ["owner@example.com"]
    message = received.message
    assert (
        message["Subject"]
        == {
            "uk": "utm-pipeline: Звіт не надіслано",
            "en": "utm-pipeline: The report was not sent",
        }[lang]
    )
    assert message["Auto-Submitted"] == "auto-generated"
    text = message.get_content()
    assert told[lang == "en"] in text
    assert words in text
    assert fix.removeprefix("fix: ") in text
    assert len(text) < 1000
    assert "olha@example.com" not in text


def test_the_next_day_the_owner_hears_of_it_again(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    with mail_server(post := Post()) as port:
        for moment in ("2024-04-04 23:50", "2024-04-04 23:59", "2024-04-05 00:01"):
            shop.at(monkeypatch, kyiv(moment))
            assert send(port, monkeypatch) == 4
    assert len(post.received) == 2


def test_data_up_to_the_limit_is_fresh(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    with mail_server(post := Post()) as port:
        shop.at(monkeypatch, later(minutes=1430))
        assert send(port, monkeypatch) == 0
        monkeypatch.setenv("UTM_FRESHNESS_MINUTES", "5")
        assert send(port, monkeypatch, "--force") == 4
    assert [r.recipients for r in post.received] == [["olha@example.com"], ["owner@example.com"]]


@pytest.mark.parametrize(
    ("period", "last", "as_of", "now", "code"),
    [
        # Sunday's data on Monday: its last_week is the week before.
        ("last_week", "2024-03-24", "2024-03-31 20:00:00", "2024-04-01 09:00", 4),
        ("last_week", "2024-03-31", "2024-03-31 21:00:00", "2024-04-01 09:00", 0),
        ("last_week", "2024-03-31", "2024-04-02 09:00:00", "2024-04-02 13:00", 0),
        ("yesterday", "2024-03-30", "2024-03-31 20:00:00", "2024-04-01 00:30", 4),
        ("yesterday", "2024-03-31", "2024-03-31 21:10:00", "2024-04-01 00:30", 0),
        ("last_month", "2024-02-29", "2024-03-31 20:59:00", "2024-04-01 00:30", 4),
        ("last_month", "2024-03-31", "2024-03-31 21:00:00", "2024-04-01 00:30", 0),
        # A period that still runs is as of the data, and says so.
        ("week", "2024-03-31", "2024-03-31 20:00:00", "2024-04-01 09:00", 0),
    ],
)
def test_a_period_is_sent_when_the_data_goes_to_its_end(
    shop: Shop,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    period: str,
    last: str,
    as_of: str,
    now: str,
    code: int,
) -> None:
    shop.with_last_week()
    if period not in {"last_week", "week"}:
        for table in ("rpt_periods", "rpt_general_stats", "rpt_funnel", "rpt_compare"):
            shop.execute(f"update {table} set period = $1 where period = 'last_week'", [period])
        shop.execute("update rpt_repeat_rate set period = $1 where period = 'last_week'", [period])
    shop.execute(f"update rpt_periods set last_date = '{last}' where period = '{period}'")
    shop.execute(f"update rpt_refresh set as_of = '{as_of}'")
    shop.at(monkeypatch, kyiv(now))
    with mail_server(post := Post()) as port:
        assert send(port, monkeypatch, "--period", period) == code
    err = capsys.readouterr().err
    (received,) = post.received
    if code == 0:
        assert received.recipients == ["olha@example.com"]
    else:
        assert f"but {period} goes to 2024-03-31" in err
        assert "run `utm-pipeline refresh`" in err
        assert received.recipients == ["owner@example.com"]
        assert "The data ends before the report's period does." in received.message.get_content()


def test_without_an_owner_only_the_error_tells(
    shop: Shop, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.delenv("UTM_OWNER_EMAIL")
    spoil(shop, monkeypatch, "stale")
    with mail_server(post := Post()) as port:
        assert send(port, monkeypatch) == 4
    assert post.received == []
    assert len(capsys.readouterr().err.splitlines()) == 2


def test_a_dry_run_tells_nobody(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    spoil(shop, monkeypatch, "stale")
    with mail_server(post := Post()) as port:
        assert send(port, monkeypatch, "--dry-run") == 4
    assert post.received == []
    assert list(Path.cwd().glob("*.eml")) == []


def test_an_owner_who_cannot_be_told_is_a_warning_and_is_told_later(
    shop: Shop, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    spoil(shop, monkeypatch, "stale")
    with mail_server(Post(at_recipient={"owner@example.com": ["550 5.1.1 no"]})) as port:
        assert send(port, monkeypatch) == 4
    assert send(port, monkeypatch) == 4
    first, second = (line for line in capsys.readouterr().err.splitlines() if "warning" in line)
    assert "the recipient is refused, 550 5.1.1, UTM_OWNER_EMAIL" in first
    assert "the owner could not be told: the server cannot be reached" in second
    assert shop.pauses == []
    with mail_server(post := Post()) as port:
        assert send(port, monkeypatch) == 4
    assert len(post.received) == 1


def test_the_owner_hears_who_did_not_get_it(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    two = "olha@example.com,ivan@example.com"
    with mail_server(post := Post(at_recipient={"ivan@example.com": ["550 5.1.1 no"]})) as port:
        assert send(port, monkeypatch, "--recipients", two) == 1
    _, notice = post.received
    assert notice.recipients == ["owner@example.com"]
    assert notice.message["Subject"] == "utm-pipeline: The report did not reach everybody"
    text = notice.message.get_content()
    assert "ivan@example.com: the recipient is refused, 550 5.1.1" in text
    assert "olha@example.com" not in text


def test_a_week_in_which_nobody_came_is_a_report(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    shop.execute("delete from rpt_sources; delete from rpt_ltv")
    shop.execute("update rpt_repeat_rate set period = 'today' where utm_source is null")
    with mail_server(post := Post()) as port:
        monkeypatch.setenv("EMAIL_PORT", str(port))
        assert cli.main(["email", "--period", "today"]) == 0
    message = post.received[0].message
    pictures = [part.get_filename() for part in message.walk() if part["Content-ID"]]
    assert pictures == ["cohort.png"]
    for body in ("plain", "html"):
        assert "Nobody came in this period" in message.get_body((body,)).get_content()
