"""Who is answered: this machine without a token, whoever has the token with one. And how much."""

from __future__ import annotations

import dataclasses
import logging
from collections.abc import Iterator
from pathlib import Path

import pytest
from fastapi.testclient import TestClient

from api_client import client_of
from utm_pipeline.settings import Settings
from utm_pipeline.web import sign_in

TOKEN = "korrekt-horse-Батарея-staple"
BEARER = {"Authorization": f"Bearer {TOKEN}".encode()}
PATHS = ("/", "/docs", "/openapi.json", "/events", "/api/utm/sources", "/sessions/101", "/heat.css")


@pytest.fixture
def closed(settings: Settings) -> Iterator[TestClient]:
    """A client of a server that wants a token."""
    with client_of(dataclasses.replace(settings, api_token=TOKEN)) as client:
        yield client


@pytest.fixture
def opened(settings: Settings) -> Iterator[TestClient]:
    """A client of a server without a token."""
    with client_of(settings) as client:
        yield client


@pytest.mark.parametrize("path", PATHS)
def test_nothing_is_told_without_the_token(closed: TestClient, path: str) -> None:
    answer = closed.get(path)
    assert answer.status_code == 401
    assert answer.headers["www-authenticate"] == 'Bearer realm="utm-pipeline"'
    assert "google" not in answer.text


@pytest.mark.parametrize(
    "given",
    [
        "",
        "Bearer",
        "Bearer ",
        f"Bearer {TOKEN}x",
        f"Bearer {TOKEN[:-1]}",
        f"Basic {TOKEN}",
        TOKEN,
        "Bearer \udcff",
    ],
)
def test_a_wrong_token_is_refused(closed: TestClient, given: str) -> None:
    headers = {"Authorization": given.encode("utf-8", "surrogateescape")}
    assert closed.get("/api/utm/sources", headers=headers).status_code == 401


def test_the_token_lets_in(closed: TestClient) -> None:
    # Headers are bytes; servers hand them on as Latin-1.
    assert closed.get("/api/utm/sources", headers=BEARER).status_code == 200
    assert closed.get("/api/utm/sources", headers=BEARER | {"Host": "shop.example"}).is_success
    lower = {"Authorization": f"bearer {TOKEN}".encode()}
    assert closed.get("/api/utm/sources", headers=lower).status_code == 200


def test_health_signing_in_and_scripts_are_open(closed: TestClient) -> None:
    for path in ("/healthz", "/sign-in", "/static/dashboard.js", "/static/dashboard.css"):
        assert closed.get(path).status_code == 200
    # Not by a detour.
    for path in ("/static/../api/utm/sources", "/static/%2e%2e/api/utm/sources", "/healthz/../"):
        assert closed.get(path).status_code in {401, 404}


def test_a_browser_is_led_to_the_form_and_back(closed: TestClient) -> None:
    page = {"Accept": "text/html"}
    sent = closed.get("/?period=month&source=a%26b", headers=page)
    assert sent.status_code == 303
    form = closed.get(sent.headers["location"], headers=page)
    assert 'value="/?period=month&amp;source=a%26b"' in form.text

    wrong = closed.post("/sign-in", data={"token": "no", "next": "/"})
    assert wrong.status_code == 401
    assert "set-cookie" not in wrong.headers

    asked = {"token": TOKEN, "next": "/?period=month&source=a%26b"}
    right = closed.post("/sign-in", data=asked)
    assert right.status_code == 303
    assert right.headers["location"] == "/?period=month&source=a%26b"
    cookie = right.headers["set-cookie"]
    assert TOKEN not in cookie
    for flag in ("HttpOnly", "SameSite=lax", "Path=/"):
        assert flag in cookie
    assert "Secure" not in cookie
    assert closed.get("/api/utm/sources").status_code == 200


def test_the_cookie_is_for_tls_alone_where_the_page_is(settings: Settings) -> None:
    with client_of(dataclasses.replace(settings, api_token=TOKEN)) as client:
        address = "https://shop.example/sign-in"
        assert "Secure" in client.post(address, data={"token": TOKEN}).headers["set-cookie"]


def cookie_of(token: str) -> str:
    return sign_in.Door(token, Path("none")).cookie()


def test_a_forged_cookie_does_not_let_in(closed: TestClient) -> None:
    for value in ("x", cookie_of("another"), cookie_of(TOKEN)[:-1], '"', "ї"):
        header = {"Cookie": f"{sign_in.COOKIE}={value}".encode()}
        assert closed.get("/api/utm/sources", headers=header).status_code == 401
    right = {"Cookie": f"{sign_in.COOKIE}={cookie_of(TOKEN)}"}
    assert closed.get("/api/utm/sources", headers=right).status_code == 200


def test_a_session_ends_on_the_server_too(
    closed: TestClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    cookie = {"Cookie": f"{sign_in.COOKIE}={cookie_of(TOKEN)}"}
    assert closed.get("/api/utm/sources", headers=cookie).status_code == 200
    monkeypatch.setattr(sign_in, "SESSION_SECONDS", -1)
    assert closed.get("/api/utm/sources", headers=cookie).status_code == 401


@pytest.mark.parametrize(
    "address",
    ["//evil.example", "https://evil.example", "/\\evil.example", "/a\r\nX: y", "", "javascript:x"],
)
def test_signing_in_leads_to_no_other_place(closed: TestClient, address: str) -> None:
    answer = closed.post("/sign-in", data={"token": TOKEN, "next": address})
    assert answer.headers["location"] == "/"


def test_the_token_is_in_no_log(closed: TestClient, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.DEBUG):
        closed.get("/api/utm/sources", headers=BEARER)
        closed.get("/api/utm/sources", headers={"Authorization": "Bearer guessed-token"})
        closed.post("/sign-in", data={"token": "guessed-token"})
    assert TOKEN not in caplog.text
    assert "guessed-token" not in caplog.text


@pytest.mark.parametrize(
    ("host", "status"),
    [
        ("127.0.0.1:8000", 200),
        ("localhost", 200),
        ("LOCALHOST:8000", 200),
        ("utm.localhost:8000", 200),
        ("[::1]:8000", 200),
        ("127.8.8.8", 200),
        ("shop.example", 421),
        ("shop.example:8000", 421),
        ("127.0.0.1.shop.example", 421),
        ("localhost.shop.example", 421),
        ("192.168.0.10:8000", 421),
        ("0.0.0.0", 421),
        ("", 421),
    ],
)
def test_without_a_token_only_this_machine_is_answered(
    opened: TestClient, host: str, status: int
) -> None:
    answer = opened.get("/api/utm/sources", headers={"Host": host})
    assert answer.status_code == status
    if status == 421:
        assert "UTM_API_TOKEN" in answer.json()["fix"]


@pytest.mark.parametrize("path", [*PATHS[:3], "/api/utm/sources", "/api/utm/nothing", "/healthz"])
def test_every_answer_has_the_headers(opened: TestClient, path: str) -> None:
    headers = opened.get(path).headers
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["x-frame-options"] == "DENY"
    assert headers["referrer-policy"] == "no-referrer"
    policy = headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "script-src 'self';" in policy
    assert ("unsafe-inline" in policy) == (path == "/docs")


def test_refusals_have_the_headers_too(closed: TestClient, opened: TestClient) -> None:
    for answer in (closed.get("/"), opened.get("/", headers={"Host": "shop.example"})):
        assert answer.headers["content-security-policy"]
        assert answer.headers["cache-control"] == "no-store"


def test_too_much_is_refused(opened: TestClient) -> None:
    assert opened.get("/api/utm/funnel?source=" + "x" * 40_000).status_code == 414
    longest = "\U0001f457" * 1000
    assert opened.get("/api/utm/funnel", params={"source": longest}).status_code == 200
    large = opened.request("GET", "/api/utm/sources", content=b"x" * 5000)
    assert large.status_code == 413
    assert opened.post("/sign-in", content=b"x" * 5000).status_code == 413


def test_a_form_without_end_is_refused(closed: TestClient) -> None:
    def pieces() -> Iterator[bytes]:
        for _ in range(100):
            yield b"x" * 1000

    assert closed.post("/sign-in", content=pieces()).status_code == 413


def test_files_beside_the_scripts_are_not_served(opened: TestClient) -> None:
    for path in ("/static/../app.py", "/static/%2e%2e/app.py", "/static/..%2fapp.py", "/static/"):
        assert opened.get(path).status_code in {404, 405}


def test_wrong_tokens_are_slowed_down_and_nobody_else(
    settings: Settings, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    now = [1000.0]
    brake = sign_in.Brake(lambda: now[0])
    monkeypatch.setattr(sign_in, "Brake", lambda: brake)
    with client_of(dataclasses.replace(settings, api_token=TOKEN)) as client:
        cookie = client.post("/sign-in", data={"token": TOKEN}).headers["set-cookie"].split(";")[0]
        client.cookies.clear()
        guesses = [client.post("/sign-in", data={"token": f"guess-{n}"}) for n in range(300)]
        assert [guess.status_code for guess in guesses] == [401] * 5 + [429] * 295
        assert guesses[5].headers["retry-after"] == "2"
        assert "wait" in guesses[5].text
        wrong = {"Authorization": "Bearer guess"}
        # The other way to try one has the same brake, and so has the right one.
        assert client.get("/api/utm/sources", headers=wrong).status_code == 429
        assert client.get("/api/utm/sources", headers=BEARER).status_code == 429
        # Who is in stays in.
        assert client.get("/api/utm/sources", headers={"Cookie": cookie}).status_code == 200
        pauses = []
        for _ in range(8):
            now[0] += int(client.post("/sign-in", data={"token": "x"}).headers["retry-after"])
            assert client.get("/api/utm/sources", headers=wrong).status_code == 401
            pauses.append(int(client.get("/", headers=wrong).headers["retry-after"]))
        assert pauses == [4, 8, 16, 32, 60, 60, 60, 60]
        now[0] += 60
        assert client.post("/sign-in", data={"token": TOKEN}).status_code == 303
        client.cookies.clear()
        assert client.post("/sign-in", data={"token": "x"}).status_code == 401
    lines = [record.getMessage() for record in caplog.records if "wrong tokens" in record.message]
    assert len(lines) == 1
    assert "guess" not in caplog.text


@pytest.mark.parametrize(
    ("one", "other", "is_same"),
    [
        ("192.0.2.1", "192.0.2.1", True),
        ("192.0.2.1", "192.0.2.2", False),
        ("2001:db8::1", "2001:db8::ffff:1", True),
        ("2001:db8::1", "2001:db8:0:1::1", False),
    ],
)
def test_the_brake_holds_for_one_network(one: str, other: str, is_same: bool) -> None:
    from starlette.requests import HTTPConnection

    def asked(host: str) -> HTTPConnection:
        return HTTPConnection({"type": "http", "headers": [], "client": (host, 1)})

    brake = sign_in.Brake()
    for _ in range(5):
        assert brake.wait(asked(one)) == 0
        brake.wrong(asked(one))
    assert brake.wait(asked(one)) > 0
    assert (brake.wait(asked(other)) > 0) == is_same


def test_the_brake_forgets_and_stays_small(monkeypatch: pytest.MonkeyPatch) -> None:
    from starlette.requests import HTTPConnection

    now = [0.0]
    brake = sign_in.Brake(lambda: now[0])
    monkeypatch.setattr(sign_in, "_MOST_STRANGERS", 10)
    for number in range(100):
        for _ in range(4):
            host = f"192.0.2.{number}"
            brake.wrong(HTTPConnection({"type": "http", "headers": [], "client": (host, 1)}))
    assert len(brake._wrong) == 10
    now[0] = 4000
    brake.wrong(HTTPConnection({"type": "http", "headers": [], "client": ("192.0.2.99", 1)}))
    assert brake._wrong["192.0.2.99"][0] == 1


def test_signing_out_ends_one_session_over_a_restart_too(settings: Settings) -> None:
    own = dataclasses.replace(settings, api_token=TOKEN)
    with client_of(own) as client:
        cookies = []
        for _ in range(2):
            answer = client.post("/sign-in", data={"token": TOKEN})
            cookies.append({"Cookie": answer.headers["set-cookie"].split(";")[0]})
            client.cookies.clear()
        assert cookies[0] != cookies[1]
        assert "/sign-out" in client.get("/", headers=cookies[0]).text
        # No page elsewhere can have it done by a link or a picture.
        assert client.get("/sign-out", headers=cookies[0]).status_code == 405
        left = client.post("/sign-out", headers=cookies[0])
        assert (left.status_code, left.headers["location"]) == (303, "/sign-in")
        assert 'utm_pipeline="";' in left.headers["set-cookie"]
        for cookie, status in zip(cookies, (401, 200), strict=True):
            assert client.get("/api/utm/sources", headers=cookie).status_code == status
    with client_of(own) as client:
        for cookie, status in zip(cookies, (401, 200), strict=True):
            assert client.get("/api/utm/sources", headers=cookie).status_code == status
    file = settings.state_dir / "web" / "signed_out.json"
    assert file.stat().st_mode & 0o077 == 0
    assert TOKEN not in file.read_text()


@pytest.mark.parametrize(
    "host",
    [
        *("[::1].evil.example", "127.0.0.1:1@evil", "127.0.0.1@evil", "[::1]@evil", "[::1", "::1"),
        *("localhost:evil", "localhost/evil", "127.0.0.1 evil", "[localhost]", "evil.localhost.x"),
        *("localhost:80:80", "127.0.0.1.evil.example", "[127.0.0.1", ""),
    ],
)
def test_a_host_that_only_begins_like_ours_is_refused(opened: TestClient, host: str) -> None:
    assert opened.get("/healthz", headers={"Host": host}).status_code == 421


@pytest.mark.parametrize(
    "host", ["[::1]", "[::1]:80", "127.0.0.1:65535", "LOCALHOST.", "a.localhost:1", "127.9.9.9"]
)
def test_this_machines_names_are_answered(opened: TestClient, host: str) -> None:
    assert opened.get("/healthz", headers={"Host": host}).status_code == 200


def test_a_web_socket_is_refused_plainly(opened: TestClient) -> None:
    upgrade = {"Connection": "Upgrade", "Upgrade": "WebSocket", "Sec-WebSocket-Version": "13"}
    answer = opened.get("/events", headers=upgrade)
    assert answer.status_code == 400
    assert answer.json()["error"] == "there are no web sockets here"


def test_a_body_with_two_lengths_is_refused(opened: TestClient) -> None:
    lengths = {"Content-Length": "1", "Transfer-Encoding": "chunked"}
    answer = opened.get("/healthz", headers=lengths)
    assert answer.status_code == 400
    assert answer.headers["connection"] == "close"
