"""What a stranger may hold of the server: connections, and each for how long."""

from __future__ import annotations

import http.client
import logging
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress

import pytest
import uvicorn

from utm_pipeline.settings import Settings
from utm_pipeline.web import app, connections
from utm_pipeline.web.server import _within_files, listening

MOST = 20


@pytest.fixture
def port(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> Iterator[int]:
    """A server with short times, in a thread of its own."""
    monkeypatch.setattr(connections, "HEAD_SECONDS", 1.0)
    monkeypatch.setattr(connections, "BODY_SECONDS", 1.0)
    monkeypatch.setattr(connections, "READING_SECONDS", 1.0)
    with listening(settings, "127.0.0.1", 0) as listener:
        config = uvicorn.Config(
            app.create_app(settings), log_config=None, http=connections.protocol(MOST), ws="none"
        )
        server = uvicorn.Server(config)
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]})
        thread.start()
        try:
            yield listener.getsockname()[1]
        finally:
            server.should_exit = server.force_exit = True
            thread.join()


def asked(port: int, path: str = "/healthz") -> int:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=20)
    connection.request("GET", path)
    status = connection.getresponse().status
    connection.close()
    return status


@contextmanager
def opened(port: int, count: int) -> Iterator[list[socket.socket]]:
    sockets = [socket.create_connection(("127.0.0.1", port)) for _ in range(count)]
    try:
        yield sockets
    finally:
        for each in sockets:
            each.close()


def is_alive(one: socket.socket) -> bool:
    one.setblocking(False)
    try:
        while one.recv(65536):
            pass
    except BlockingIOError:
        return True
    except OSError:
        pass
    return False


def dripped(sockets: list[socket.socket], piece: bytes, seconds: float = 2.5) -> None:
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        for each in sockets:
            with suppress(OSError):
                each.sendall(piece)
        time.sleep(0.2)


HEADS = {
    "silent": (b"", b""),
    "dripping head": (b"GET /healthz HTTP/1.1\r\nHost: 127.0.0.1\r\n", b"X: y\r\n"),
    "dripping line": (b"GET /", b"a"),
    "dripping body": (
        b"POST /sign-in HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 4000\r\n\r\n",
        b"a",
    ),
    "dripping second head": (
        b"GET /static/icon.svg HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\nGET /healthz HTTP/1.1\r\n",
        b"X: y\r\n",
    ),
}


@pytest.mark.parametrize("kind", HEADS)
def test_who_keeps_the_server_waiting_is_cut_off(port: int, kind: str) -> None:
    begin, piece = HEADS[kind]
    with opened(port, 10) as sockets:
        for each in sockets:
            each.sendall(begin)
        assert asked(port) == 200
        dripped(sockets, piece)
        assert [is_alive(each) for each in sockets] == [False] * 10
    assert asked(port) == 200


def test_whoever_is_quick_keeps_the_connection(port: int) -> None:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=20)
    for _ in range(4):
        connection.request("GET", "/healthz")
        assert connection.getresponse().read()
        time.sleep(0.5)
    connection.close()
    # And who listens is no one who keeps it waiting.
    with opened(port, 1) as (one,):
        one.sendall(b"GET /events HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n")
        time.sleep(2)
        assert is_alive(one)


def test_connections_above_the_most_are_refused_and_said_once(
    port: int, caplog: pytest.LogCaptureFixture
) -> None:
    logging.getLogger("utm_pipeline.web").addFilter(quiet := connections.Quietly())
    try:
        with opened(port, MOST + 30) as sockets:
            time.sleep(0.3)
            answers = []
            for each in sockets:
                each.setblocking(False)
                with suppress(OSError):
                    answers.append(each.recv(1000))
            assert sum(b"503 Service Unavailable" in answer for answer in answers) >= 30
        time.sleep(0.2)
        assert asked(port) == 200
    finally:
        logging.getLogger("utm_pipeline.web").removeFilter(quiet)
    assert sum("more than 20 connections" in line for line in caplog.messages) == 1


def test_a_body_with_two_lengths_ends_the_connection(port: int) -> None:
    with opened(port, 1) as (one,):
        one.sendall(
            b"GET /healthz HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 4\r\n"
            b"Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n"
            b"GET /healthz HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n"
        )
        one.settimeout(5)
        got = b""
        while piece := one.recv(65536):
            got += piece
    assert got.startswith(b"HTTP/1.1 400 ")
    assert got.count(b"HTTP/1.1 ") == 1


def test_a_web_socket_is_refused_without_a_line_in_the_log(
    port: int, caplog: pytest.LogCaptureFixture
) -> None:
    with opened(port, 1) as (one,):
        one.sendall(
            b"GET /events HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: Upgrade\r\n"
            b"Upgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: eA==\r\n\r\n"
        )
        one.settimeout(5)
        assert one.recv(1000).startswith(b"HTTP/1.1 400 ")
    assert [record for record in caplog.records if record.levelno >= logging.WARNING] == []


def test_one_cause_is_one_line_a_minute() -> None:
    quiet = connections.Quietly()

    def record(text: str) -> logging.LogRecord:
        return logging.LogRecord("x", logging.WARNING, "", 0, text, (), None)

    assert [quiet.filter(record("a")) for _ in range(3)] == [True, False, False]
    assert quiet.filter(record("b"))
    for number in range(1000):
        quiet.filter(record(str(number)))
    assert len(quiet._said) <= 101


def test_there_are_no_more_connections_than_files(monkeypatch: pytest.MonkeyPatch) -> None:
    import resource

    set_to: list[tuple[int, int]] = []
    monkeypatch.setattr(resource, "setrlimit", lambda _, limits: set_to.append(limits))
    for limits, most in (((1024, 4096), 256), ((256, 4096), 256), ((256, 256), 128)):
        monkeypatch.setattr(resource, "getrlimit", lambda _, limits=limits: limits)
        assert _within_files(256) == most
    assert set_to == [(384, 4096), (256, 256)]
