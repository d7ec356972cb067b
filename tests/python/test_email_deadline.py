"""A mail server that sends a byte now and then: e-mail has a deadline over all."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress

import pytest

from utm_pipeline.delivery import smtp
from utm_pipeline.settings import Settings, load_settings

STEPS = ("220", "EHLO", "MAIL", "RCPT", "DATA", ".", "QUIT")


@contextmanager
def slow_server(step: str) -> Iterator[int]:
    """A server that drips its answer to one step and is quick otherwise; gives its port."""
    is_over = threading.Event()

    def drip(client: socket.socket) -> None:
        with suppress(OSError):
            # A record of TLS that is long in coming, or a line that is.
            client.sendall(b"\x16\x03\x03\x40\x00" if step == "TLS" else b"250-")
            while not is_over.wait(0.05):
                client.sendall(b"x")

    def serve(client: socket.socket) -> None:
        with client, suppress(OSError), client.makefile("rb") as lines:
            if step in ("220", "TLS"):
                drip(client)
                return
            client.sendall(b"220 here\r\n")
            in_data = False
            for line in lines:
                said = line.decode().strip().upper()
                if in_data and said != ".":
                    continue
                command = said.split(" ")[0].split(":")[0]
                if command == step:
                    drip(client)
                    return
                in_data = command == "DATA"
                answers = {"DATA": b"354 go on\r\n", "QUIT": b"221 bye\r\n"}
                client.sendall(answers.get(command, b"250 fine\r\n"))

    def accept(listener: socket.socket) -> None:
        with suppress(OSError):
            while True:
                client, _ = listener.accept()
                threading.Thread(target=serve, args=(client,), daemon=True).start()

    with socket.create_server(("127.0.0.1", 0)) as listener:
        threading.Thread(target=accept, args=(listener,), daemon=True).start()
        try:
            yield listener.getsockname()[1]
        finally:
            is_over.set()


def settings_at(port: int, **more: str) -> Settings:
    own = {"EMAIL_HOST": "127.0.0.1", "EMAIL_PORT": str(port), "EMAIL_USE_TLS": "false"}
    return load_settings({**own, **more})


@pytest.mark.parametrize("step", STEPS)
def test_the_deadline_holds_at_every_step(step: str) -> None:
    sent: list[str] = []
    paused: list[int] = []
    messages = {"a@example.com": b"Subject: x\r\n\r\nx", "b@example.com": b"Subject: y\r\n\r\ny"}
    with slow_server(step) as port:
        begun = time.monotonic()
        failures = smtp.deliver(
            settings_at(port),
            "shop@example.com",
            messages,
            sent.append,
            lambda seconds, _: paused.append(seconds),
            within=1,
        )
        assert time.monotonic() - begun < 5
    if step == "QUIT":
        # It has them by then.
        assert (sent, failures) == (list(messages), {})
        return
    assert set(failures) == set(messages)
    assert {failure.why for failure in failures.values()} == {smtp._TOO_SLOW}
    assert all(failure.temporary for failure in failures.values())
    assert (sent, paused) == ([], [])


def test_the_deadline_holds_for_tls_from_the_start(monkeypatch: pytest.MonkeyPatch) -> None:
    with slow_server("TLS") as port:
        monkeypatch.setattr(smtp, "IMPLICIT_TLS_PORT", port)
        begun = time.monotonic()
        failures = smtp.deliver(
            settings_at(port), "s@example.com", {"a@example.com": b"x"}, print, within=1
        )
        assert time.monotonic() - begun < 5
    assert set(failures) == {"a@example.com"}


def test_the_deadline_holds_for_a_question_of_doctor() -> None:
    with slow_server("220") as port:
        begun = time.monotonic()
        with (
            pytest.raises(smtp.ServerError, match="too slow"),
            smtp.session(settings_at(port), 5, smtp.Deadline(1)),
        ):
            pass
        assert time.monotonic() - begun < 5


def test_all_of_it_is_within_five_minutes() -> None:
    assert smtp.DEADLINE + smtp.NOTICE_DEADLINE <= 300
    assert sum(smtp.PAUSES) < smtp.DEADLINE


@pytest.mark.parametrize(
    ("host", "said"),
    [("no-such-host.invalid", "its name is not known|names cannot be looked up now")],
)
def test_a_name_that_is_not_known_is_told_in_words(host: str, said: str) -> None:
    settings = settings_at(25, EMAIL_HOST=host)
    with pytest.raises(smtp.ServerError, match=said), smtp.session(settings, 5):
        pass


def test_a_port_at_which_nothing_listens_is_told_in_words() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    with pytest.raises(smtp.ServerError, match="nothing listens there"):  # noqa: SIM117
        with smtp.session(settings_at(port), 5):
            pass
