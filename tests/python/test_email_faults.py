"""``email`` where something goes wrong: each fault has its message and its exit code."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import SimpleNamespace

import pytest

from mail_server import PASSWORD, USER, Post, mail_server, make_certificate
from mail_shop import Shop, mail_shop
from utm_pipeline import cli
from utm_pipeline.commands import terminal
from utm_pipeline.delivery import smtp as server

THREE = "a@example.com,b@example.com,c@example.com"


@pytest.fixture
def shop(marts_file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Shop:
    made = mail_shop(marts_file, tmp_path, monkeypatch)
    monkeypatch.setenv("UTM_REPORT_RECIPIENTS", THREE)
    return made


@pytest.fixture(scope="module")
def certificates(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with one of localhost and one of another name."""
    folder = tmp_path_factory.mktemp("tls")
    for name in ("localhost", "other.example"):
        make_certificate(folder, name)
    return folder


def send(port: int, monkeypatch: pytest.MonkeyPatch, *options: str) -> int:
    monkeypatch.setenv("EMAIL_PORT", str(port))
    return cli.main(["email", "--format", "text", *options])


def got(post: Post) -> list[str]:
    return sorted(received.recipients[0] for received in post.received)


def told(capsys: pytest.CaptureFixture[str]) -> tuple[str, str, str]:
    """What came before the error, the error and what to do."""
    out, err = capsys.readouterr()
    assert out == ""
    assert "Traceback" not in err
    *before, error, fix = err.splitlines()
    assert error.startswith("error: ")
    assert fix.startswith("fix: ")
    return "\n".join(before), error, fix


def test_a_refused_recipient_is_named_and_the_others_get_theirs(
    shop: Shop, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    refusal = "550 5.1.1 <b@example.com> no such user, ask c@example.com"
    with mail_server(post := Post(at_recipient={"b@example.com": [refusal]})) as port:
        assert send(port, monkeypatch) == 1
        before, error, fix = told(capsys)
        assert before == "sent to 2 recipients"
        assert error == (
            "error: 1 of 3 recipients did not get the report, "
            "b@example.com: the recipient is refused, 550 5.1.1"
        )
        assert fix.startswith("fix: correct the address")
        assert got(post) == ["a@example.com", "c@example.com"]
        assert shop.pauses == []
        # Another run sends only what is missing.
        assert send(port, monkeypatch) == 0
        assert got(post) == ["a@example.com", "b@example.com", "c@example.com"]


def test_greylisting_is_waited_for(
    shop: Shop, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    later = "451 4.7.1 try again in five minutes, b@example.com"
    with mail_server(post := Post(at_recipient={"b@example.com": [later, later]})) as port:
        assert send(port, monkeypatch) == 0
    assert got(post) == ["a@example.com", "b@example.com", "c@example.com"]
    assert shop.pauses == [10, 60]
    assert capsys.readouterr().err.splitlines() == [
        "put off, 451 4.7.1; trying again in 10 s",
        "put off, 451 4.7.1; trying again in 60 s",
        "sent to 3 recipients",
    ]


def test_patience_has_an_end(
    shop: Shop, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    with mail_server(post := Post(at_recipient={"b@example.com": ["450 no"] * 99})) as port:
        assert send(port, monkeypatch) == 1
    _, error, fix = told(capsys)
    assert shop.pauses == list(server.PAUSES)
    # All of it has five minutes, the tries between the pauses too.
    assert 200 < sum(shop.pauses) < 270
    assert "b@example.com: put off, 450" in error
    assert "a@example.com" not in error
    assert "run it again" in fix
    assert len(post.received) == 2


def test_a_message_that_is_put_off_after_its_content(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    with mail_server(post := Post(at_data=["452 4.3.1 no room", "250 OK"])) as port:
        assert send(port, monkeypatch) == 0
    assert got(post) == ["a@example.com", "b@example.com", "c@example.com"]
    assert shop.pauses == [10]


def test_a_dropped_connection_is_made_anew_and_hinders_nobody(
    shop: Shop, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    with mail_server(post := Post(breaks_at={"a@example.com": 2})) as port:
        assert send(port, monkeypatch) == 0
    assert [r.recipients[0] for r in post.received] == [
        "b@example.com",
        "c@example.com",
        "a@example.com",
    ]
    assert shop.pauses == [10, 60]
    assert "the connection broke; trying again in 10 s" in capsys.readouterr().err


def test_a_connection_that_always_breaks(
    shop: Shop, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    with mail_server(post := Post(breaks_at={"a@example.com": 99})) as port:
        assert send(port, monkeypatch) == 1
    assert got(post) == ["b@example.com", "c@example.com"]
    assert "a@example.com: the connection broke" in told(capsys)[1]


def test_a_server_that_says_it_is_closing(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    closing = "421 4.3.2 shutting down"
    with mail_server(post := Post(at_recipient={"a@example.com": [closing]})) as port:
        assert send(port, monkeypatch) == 0
    assert got(post) == ["a@example.com", "b@example.com", "c@example.com"]
    assert shop.pauses == [10]


@pytest.mark.parametrize("security", ["starttls", "tls"])
@pytest.mark.parametrize("fault", ["unknown", "other name"])
def test_a_bad_certificate(
    shop: Shop,
    monkeypatch: pytest.MonkeyPatch,
    certificates: Path,
    capsys: pytest.CaptureFixture[str],
    security: str,
    fault: str,
) -> None:
    name = "localhost" if fault == "unknown" else "other.example"
    if fault == "other name":
        monkeypatch.setenv("SSL_CERT_FILE", str(certificates / f"{name}.pem"))
    monkeypatch.setenv("EMAIL_USE_TLS", "true")
    own = certificates / f"{name}.pem"
    with mail_server(post := Post(), security=security, certificate=own) as port:
        if security == "tls":
            monkeypatch.setattr(server, "IMPLICIT_TLS_PORT", port)
        assert send(port, monkeypatch) == 3
    before, error, fix = told(capsys)
    assert before == ""
    assert "the server's certificate is not to be trusted" in error
    assert {"unknown": "self-signed", "other name": "Hostname mismatch"}[fault] in error
    assert "SSL_CERT_FILE" in fix
    assert post.received == []
    assert shop.pauses == []


def test_a_server_without_starttls_gets_nothing(
    shop: Shop, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("EMAIL_USE_TLS", "true")
    with mail_server(post := Post()) as port:
        assert send(port, monkeypatch) == 3
    _, error, fix = told(capsys)
    assert "offers no STARTTLS, localhost:" in error
    assert "EMAIL_USE_TLS=false" in fix
    assert post.received == []


def test_tls_from_the_start_with_a_server_that_knows_none(
    shop: Shop, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    with mail_server(post := Post()) as port:
        monkeypatch.setattr(server, "IMPLICIT_TLS_PORT", port)
        assert send(port, monkeypatch) == 3
    _, error, fix = told(capsys)
    assert "the server does not speak TLS here" in error
    assert "EMAIL_PORT" in fix
    assert post.received == []


@pytest.mark.filterwarnings("ignore:Requiring AUTH while not requiring TLS")
def test_a_wrong_password(
    shop: Shop, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("EMAIL_HOST_USER", USER)
    monkeypatch.setenv("EMAIL_HOST_PASSWORD", "not-" + PASSWORD)
    with mail_server(post := Post(), login=True) as port:
        assert send(port, monkeypatch) == 3
    before, error, fix = told(capsys)
    assert "the server refuses the login (535 5.7.8), localhost:" in error
    assert "EMAIL_HOST_PASSWORD" in fix
    assert PASSWORD not in before + error + fix
    assert post.received == []
    assert shop.pauses == []


def test_a_login_where_none_is_taken(
    shop: Shop, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("EMAIL_HOST_USER", USER)
    monkeypatch.setenv("EMAIL_HOST_PASSWORD", PASSWORD)
    with mail_server(post := Post()) as port:
        assert send(port, monkeypatch) == 3
    assert "takes no login" in told(capsys)[1]
    assert post.received == []


def test_an_oversized_message(
    shop: Shop, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    with mail_server(post := Post(), largest=2000) as port:
        assert send(port, monkeypatch, "--recipients", "a@example.com") == 1
    _, error, _ = told(capsys)
    assert "a@example.com: the message is too large for the server, 552" in error
    assert post.received == []
    assert shop.pauses == []


@pytest.mark.parametrize(
    ("post", "words"),
    [
        (
            Post(at_sender=["553 5.1.8 not yours"]),
            "the sender is refused, see DEFAULT_FROM_EMAIL, ",
        ),
        (Post(at_sender=["552 5.3.4 too big"]), "the message is too large for the server, 552 5.3"),
        (Post(at_data=["554 5.7.1 spam"]), "the message is refused, 554 5.7.1"),
        (Post(at_data=["554 5.3.4 too big"]), "the message is too large for the server, 554"),
        (Post(at_recipient={"a@example.com": ["552 5.2.2 full"]}), "no room in the mailbox, 552"),
    ],
)
def test_what_else_a_server_refuses(
    shop: Shop,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    post: Post,
    words: str,
) -> None:
    with mail_server(post) as port:
        assert send(port, monkeypatch) == 1
    assert (
        f"error: 1 of 3 recipients did not get the report, a@example.com: {words}"
        in (told(capsys)[1])
    )
    assert got(post) == ["b@example.com", "c@example.com"]
    assert shop.pauses == []


def test_a_server_that_is_not_there(
    shop: Shop, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    assert send(port, monkeypatch) == 3
    before, error, fix = told(capsys)
    assert error == f"error: the server cannot be reached: nothing listens there, localhost:{port}"
    assert "EMAIL_HOST" in fix
    assert before.count("trying again") == 2
    assert shop.pauses == [10, 60]


@contextmanager
def silent_server(words: bytes) -> Iterator[int]:
    """Says something at most, and hangs up or waits for ever."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        kept: list[socket.socket] = []

        def serve() -> None:
            while True:
                try:
                    connection, _ = listening.accept()
                except OSError:
                    return
                if words:
                    connection.sendall(words)
                    connection.close()
                else:
                    kept.append(connection)

        thread = threading.Thread(target=serve)
        thread.start()
        try:
            yield listening.getsockname()[1]
        finally:
            listening.shutdown(socket.SHUT_RDWR)
            thread.join()
            for connection in kept:
                connection.close()


@pytest.mark.parametrize(
    ("words", "told_as", "pauses"),
    [
        (b"554 5.7.1 go away, olha@example.com\r\n", "turns us away (554 5.7.1)", []),
        (b"421 4.7.0 too busy\r\n", "turns us away (421 4.7.0)", [10, 60]),
        (b"220 hello\r\n", "keeps silent or drops the connection", [10, 60]),
        (b"", "keeps silent or drops the connection", [10, 60]),
    ],
)
def test_a_server_that_lets_nobody_in(
    shop: Shop,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    words: bytes,
    told_as: str,
    pauses: list[int],
) -> None:
    monkeypatch.setattr(server, "SECONDS", 0.2)
    with silent_server(words) as port:
        assert send(port, monkeypatch) == 3
    _, error, _ = told(capsys)
    assert told_as in error
    assert "example.com" not in error
    assert shop.pauses == pauses


@pytest.mark.parametrize(
    ("variables", "options", "code", "words"),
    [
        ({}, ["--recipients", "nobody"], 2, "'nobody' is no e-mail address, --recipients"),
        ({}, ["--recipients", "a@b..example"], 2, "is no e-mail address"),
        ({}, ["--recipients", ".a@b.example"], 2, "is no e-mail address"),
        ({}, ["--recipients", "оля@b.example"], 2, "is no e-mail address"),
        ({}, ["--recipients", "a@b.example\r\nBcc: c@d.example"], 2, "is no e-mail address"),
        ({}, ["--recipients", "a" * 65 + "@b.example"], 2, "is no e-mail address"),
        ({}, ["--recipients", " , "], 2, "nobody is named"),
        ({"UTM_REPORT_RECIPIENTS": ""}, [], 3, "nobody is named who gets the report, UTM_REPORT"),
        ({"UTM_REPORT_RECIPIENTS": "a@-b.example"}, [], 3, "address, UTM_REPORT_RECIPIENTS"),
        ({"DEFAULT_FROM_EMAIL": ""}, [], 3, "nobody is named whom e-mails are from"),
        ({"DEFAULT_FROM_EMAIL": "a@b_c.example"}, [], 3, "address, DEFAULT_FROM_EMAIL"),
        ({"UTM_OWNER_EMAIL": "a@b_c.example"}, [], 3, "no e-mail address, UTM_OWNER_EMAIL"),
        ({"EMAIL_HOST": ""}, [], 3, "no server to send e-mails with, EMAIL_HOST"),
        ({"EMAIL_HOST_USER": "x"}, [], 3, "has no password, EMAIL_HOST_PASSWORD"),
    ],
)
def test_what_is_wrong_is_said_before_anything_is_sent(
    shop: Shop,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    variables: dict[str, str],
    options: list[str],
    code: int,
    words: str,
) -> None:
    with mail_server(post := Post()) as port:
        for name, value in variables.items():
            monkeypatch.setenv(name, value)
        assert send(port, monkeypatch, *options) == code
    assert words in told(capsys)[1]
    assert post.received == []


def test_the_sender_is_the_user_of_the_server_if_nobody_else(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DEFAULT_FROM_EMAIL", "")
    monkeypatch.setenv("EMAIL_HOST_USER", USER)
    assert cli.main(["email", "--format", "text", "--dry-run", "--recipients", "a@b.example"]) == 0
    (written,) = Path.cwd().glob("*.eml")
    assert f"From: {USER}" in written.read_text()


def test_two_runs_at_once_send_it_once(
    shop: Shop, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    codes = []

    def meanwhile(seconds: int) -> None:
        codes.append(cli.main(["email", "--format", "text"]))

    monkeypatch.setattr(terminal, "time", SimpleNamespace(sleep=meanwhile))
    with mail_server(post := Post(at_recipient={"a@example.com": ["450 later"]})) as port:
        assert send(port, monkeypatch) == 0
    assert codes == [5]
    assert "another process is sending a report" in capsys.readouterr().err
    assert len(post.received) == 3


def test_notes_that_are_damaged_are_no_licence(
    shop: Shop, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    notes = shop.warehouse.parent / ".utm" / "mail" / "sent.json"
    notes.parent.mkdir(parents=True)
    notes.write_text("{")
    with mail_server(post := Post()) as port:
        assert send(port, monkeypatch) == 3
    assert str(notes) in told(capsys)[1]
    assert post.received == []
