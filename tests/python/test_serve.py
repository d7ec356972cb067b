"""``serve`` as a process: what it refuses, what it says, how it ends."""

from __future__ import annotations

import asyncio
import os
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx2
import pytest

from utm_pipeline.cli import main
from utm_pipeline.commands import serve
from utm_pipeline.settings import Settings
from utm_pipeline.web import app
from utm_pipeline.web.server import listening

SECONDS = 60


@contextmanager
def server(*words: str, **variables: str) -> Iterator[tuple[subprocess.Popen[str], str]]:
    """A server at a free port, and its address."""
    command = [sys.executable, "-m", "utm_pipeline", "serve", "--port", "0", *words]
    with subprocess.Popen(
        command, env={**os.environ, **variables}, stderr=subprocess.PIPE, text=True
    ) as process:
        assert process.stderr is not None
        line = process.stderr.readline()
        match = re.search(r"http://\S+:\d+", line)
        assert match, line
        try:
            yield process, match[0]
        finally:
            if process.poll() is None:
                process.kill()


def wait(address: str) -> httpx2.Response:
    """The first answer; the socket listens before the server does."""
    return httpx2.get(f"{address}/healthz", timeout=SECONDS)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_it_serves_until_it_is_stopped(settings: Settings, number: signal.Signals) -> None:
    with server() as (process, address):
        assert wait(address).json()["status"] == "ok"
        # A page that listens does not keep the server from ending.
        with httpx2.stream("GET", f"{address}/events", timeout=SECONDS) as events:
            lines = events.iter_lines()
            assert next(lines) == "event: publish"
            process.send_signal(number)
            begun = time.monotonic()
            assert process.wait(SECONDS) == 0
        assert time.monotonic() - begun < 15
        assert process.stderr is not None
        said = process.stderr.read()
        assert "Traceback" not in said
        assert "/healthz" not in said


def test_an_open_page_hears_of_a_publish_within_seconds(settings: Settings, tmp_path: Path) -> None:
    copy = tmp_path / "utm.duckdb"
    copy.write_bytes(settings.warehouse.read_bytes())
    with (
        server(UTM_WAREHOUSE=str(copy)) as (_, address),
        httpx2.stream("GET", f"{address}/events", timeout=SECONDS) as events,
    ):
        assert events.headers["content-type"].startswith("text/event-stream")
        data = (line for line in events.iter_lines() if line.startswith("data: "))
        first = next(data)
        begun = time.monotonic()
        other = tmp_path / "next.duckdb"
        other.write_bytes(copy.read_bytes())
        other.replace(copy)
        assert next(data) != first
        assert time.monotonic() - begun < 5


def test_others_are_not_listened_to_without_a_token(
    settings: Settings, capsys: pytest.CaptureFixture[str]
) -> None:
    for host in ("0.0.0.0", "::", "192.168.0.10", "shop.example"):
        assert main(["serve", "--host", host]) == 3
        said = capsys.readouterr().err
        assert "without a token" in said
        assert "UTM_API_TOKEN" in said


def test_with_a_token_others_are_listened_to(settings: Settings) -> None:
    words = ("--host", "0.0.0.0")
    with server(*words, UTM_API_TOKEN="secret-token" * 3) as (_, address):
        here = address.replace("0.0.0.0", "127.0.0.1")
        assert wait(here).status_code == 200
        assert httpx2.get(f"{here}/api/utm/sources").status_code == 401
        bearer = {"Authorization": "Bearer " + "secret-token" * 3, "Host": "shop.example"}
        assert httpx2.get(f"{here}/api/utm/sources", headers=bearer).status_code == 200


def test_answers_do_not_wait_for_the_clients_acknowledgement(settings: Settings) -> None:
    found: list[int] = []

    async def answer(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        accepted = writer.get_extra_info("socket")
        found.append(accepted.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY))
        writer.close()

    async def ask() -> None:
        with listening(settings, "127.0.0.1", 0) as listener:
            async with await asyncio.start_server(answer, sock=listener):
                reader, writer = await asyncio.open_connection(*listener.getsockname())
                await reader.read()
                writer.close()

    asyncio.run(ask())
    assert found == [1]


def test_a_port_that_is_taken_is_told(
    settings: Settings, capsys: pytest.CaptureFixture[str]
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        assert main(["serve", "--port", str(port)]) == 3
    said = capsys.readouterr().err
    assert f"cannot listen at 127.0.0.1 port {port}" in said
    assert "--port" in said


def test_without_the_extra_it_says_what_to_install(
    settings: Settings, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(serve, "_PACKAGES", ("fastapi", "no-such-package"))
    assert main(["serve"]) == 3
    said = capsys.readouterr().err
    assert "the server needs no-such-package" in said
    assert "pip install 'utm-pipeline[web]'" in said


def test_a_query_imports_nothing_of_the_server(settings: Settings) -> None:
    code = (
        "import sys; from utm_pipeline.cli import main; main(['query', 'sources']); "
        "main(['--help']); "
        "print([m for m in ('fastapi', 'starlette', 'uvicorn', 'jinja2') if m in sys.modules], "
        "file=sys.stderr)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=SECONDS
    )
    assert done.stderr.splitlines()[-1] == "[]"


def test_only_so_many_listen(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    from api_client import client_of

    monkeypatch.setattr(app, "MOST_LISTENERS", 0)
    with client_of(settings) as client:
        assert client.get("/events").status_code == 503
