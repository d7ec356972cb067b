"""``doctor`` asks the mail server as a report would: with its encryption, certificate and login."""

from __future__ import annotations

import socket
import time
from pathlib import Path

import pytest

from mail_server import PASSWORD, USER, Post, mail_server, make_certificate
from utm_pipeline.commands import doctor
from utm_pipeline.settings import load_settings


@pytest.fixture(scope="module")
def certificates(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with one of localhost and one of another name."""
    folder = tmp_path_factory.mktemp("tls")
    for name in ("localhost", "other.example"):
        make_certificate(folder, name)
    return folder


def found(monkeypatch: pytest.MonkeyPatch, port: int, **variables: str) -> doctor.Finding:
    """What it finds of the server on that port."""
    for name, value in {"EMAIL_HOST": "localhost", "EMAIL_PORT": str(port), **variables}.items():
        monkeypatch.setenv(name, value)
    (finding,) = [each for each in doctor.examine(load_settings) if each.check == "smtp"]
    return finding


@pytest.mark.parametrize(
    ("security", "name", "vouched", "password", "words"),
    [
        ("tls", "localhost", True, PASSWORD, ""),
        ("tls", "localhost", False, PASSWORD, "certificate is not to be trusted"),
        ("tls", "other.example", True, PASSWORD, "certificate is not to be trusted"),
        ("starttls", "localhost", True, PASSWORD, ""),
        ("starttls", "other.example", True, PASSWORD, "certificate is not to be trusted"),
        ("starttls", "localhost", True, "wr0ng", "refuses the login"),
    ],
)
def test_the_whole_way_in_is_checked(
    certificates: Path,
    monkeypatch: pytest.MonkeyPatch,
    security: str,
    name: str,
    vouched: bool,
    password: str,
    words: str,
) -> None:
    certificate = certificates / f"{name}.pem"
    if vouched:
        monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
    post = Post()
    # The test's server knows logins with STARTTLS alone.
    login = security == "starttls"
    with mail_server(post, security=security, login=login, certificate=certificate) as port:
        if security == "tls":
            # The port where TLS comes first is another one here.
            monkeypatch.setattr("utm_pipeline.delivery.smtp.IMPLICIT_TLS_PORT", port)
        user = {"EMAIL_HOST_USER": USER, "EMAIL_HOST_PASSWORD": password} if login else {}
        finding = found(monkeypatch, port, **user)
    assert finding.status == ("fail" if words else "ok")
    assert words in finding.text
    assert f"localhost:{port}" in finding.text
    assert bool(finding.fix) == bool(words)
    assert password not in finding.text + finding.fix
    # No password goes to a server that cannot be trusted.
    assert set(post.logins) == ({USER} if login and "certificate" not in words else set())
    assert post.received == []


def test_a_server_without_tls(monkeypatch: pytest.MonkeyPatch) -> None:
    with mail_server(Post()) as port:
        refused = found(monkeypatch, port)
        plain = found(monkeypatch, port, EMAIL_USE_TLS="false")
    assert (refused.status, plain.status) == ("fail", "ok")
    assert "offers no STARTTLS" in refused.text
    assert plain.text == f"localhost:{port}"


def test_a_server_that_keeps_silent_is_not_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(doctor, "_SECONDS", 0.2)
    started = time.monotonic()
    with socket.create_server(("127.0.0.1", 0)) as silent:
        finding = found(monkeypatch, silent.getsockname()[1])
    assert time.monotonic() - started < 10
    assert finding.status == "fail"
    assert finding.fix


def test_nobody_listens(monkeypatch: pytest.MonkeyPatch) -> None:
    finding = found(monkeypatch, 1)
    assert (finding.status, "cannot be reached" in finding.text) == ("fail", True)


def test_settings_that_contradict_each_other(monkeypatch: pytest.MonkeyPatch) -> None:
    finding = found(monkeypatch, 1, EMAIL_HOST_USER=USER)
    assert finding.status == "fail"
    assert "EMAIL_HOST_PASSWORD" in finding.text
