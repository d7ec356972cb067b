"""``notify``: the short report to Slack or Telegram, one message over HTTPS.

What tries again, and what answers mean: those of Slack's documentation ("Sending messages using
incoming webhooks", "Rate limits") and of Telegram's Bot API ("Making requests",
"ResponseParameters"). Addresses are secrets here: a webhook is one, and a bot's address holds its
token. So no error has one, and what a service says in words is not repeated.
"""

from __future__ import annotations

import http.client
import json
import re
import socket
import ssl
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from typing import Any, Literal
from urllib.parse import urlsplit

from utm_pipeline.errors import ConfigError, DeliveryError
from utm_pipeline.settings import Settings

PAUSES = (2, 15, 60)
"""Seconds before each further try."""
MOST_PATIENCE = 300
"""A service that asks for a longer wait is not waited for."""
SECONDS = 20
"""How long a service may keep silent."""
DEADLINE = 60
"""How long a request may take as a whole, in seconds."""
_LONGEST_ANSWER = 65_536
_AGAIN = "run it again: it has not arrived"

_REPORT_THIS = ": report this, with what --dry-run prints"

_WEBHOOK = "UTM_SLACK_WEBHOOK"
_HERE = {"localhost", "127.0.0.1", "::1"}
_NEW = "make a new webhook and set UTM_SLACK_WEBHOOK to it"
_ALLOW = "ask whoever runs the Slack workspace to allow it, or make a webhook of another channel"
_NOT_AS_SLACK = "the message is not as Slack wants it" + _REPORT_THIS
_FIXES = {
    "invalid_payload": _NOT_AS_SLACK,
    "invalid_blocks": _NOT_AS_SLACK,
    "no_text": _NOT_AS_SLACK,
    "too_many_attachments": _NOT_AS_SLACK,
    "no_service": _NEW,
    "no_service_id": _NEW,
    "no_active_hooks": _NEW,
    "invalid_token": _NEW,
    "no_team": _NEW,
    "team_disabled": _NEW,
    "user_not_found": _NEW,
    "channel_not_found": _NEW,
    "channel_is_archived": _NEW,
    "action_prohibited": _ALLOW,
    "posting_to_general_channel_denied": _ALLOW,
}


API = "https://api.telegram.org"
"""Where the bots' methods are."""
_TOKEN, _CHAT = "UTM_TELEGRAM_TOKEN", "UTM_TELEGRAM_CHAT"  # names, no secrets
_OF_TOKEN = re.compile(r"[0-9]{3,20}:[A-Za-z0-9_-]{20,80}")
_OF_CHAT = re.compile(r"-?[0-9]{1,19}|@[A-Za-z][A-Za-z0-9_]{3,31}")
_CHECK_TOKEN = f"set {_TOKEN} to the token that @BotFather gave"
_CHECK_CHAT = f"check {_CHAT}, and write to the bot once or add it to the group"
_NOT_AS_TELEGRAM = "the message is not as Telegram wants it" + _REPORT_THIS
# What descriptions begin with, behind the status's name.
_REASONS = {
    "chat not found": _CHECK_CHAT,
    "group chat was upgraded": _CHECK_CHAT,
    "bot was blocked": "unblock the bot in Telegram",
    "bot was kicked": "add the bot to the group again",
    "bot is not a member": "add the bot to the channel, as one who may post",
    "bot can't initiate conversation": "write to the bot once, so that it may answer",
    "not enough rights": "let the bot post in that chat",
    "need administrator rights": "let the bot post in that chat",
    "can't parse entities": _NOT_AS_TELEGRAM,
    "message is too long": _NOT_AS_TELEGRAM,
    "message text is empty": _NOT_AS_TELEGRAM,
}


Pause = Callable[[int, str], None]
"""Waits so many seconds; gets the reason too."""


@dataclass(frozen=True)
class Answer:
    """What a service answered."""

    status: int
    content: bytes
    retry_after: str | None = None
    """The header of that name."""


@dataclass(frozen=True)
class Verdict:
    """What an answer means, in words without anything secret."""

    outcome: Literal["taken", "later", "refused"]
    why: str = ""
    fix: str = ""
    wait: int | None = None
    """Seconds that the service asks to wait."""


@dataclass(frozen=True)
class Target:
    """Where a message goes."""

    service: str
    """Its name for readers."""
    setting: str
    """The variable that says where it goes; errors name it in place of the address."""
    url: str = field(repr=False)
    key: str = field(repr=False)
    """What tells it from other targets."""
    judge: Callable[[Answer], Verdict] = field(repr=False)

    @property
    def address(self) -> str:
        """The same for the notes of what was sent, which keep a keyed hash of it."""
        return f"{self.service} {self.key}"


def send(target: Target, body: bytes, pause: Pause) -> None:
    """Sends a message, once. ``pause`` waits before what was put off is tried again.

    A connection can break after the service has taken a message, and then it comes twice. That is
    better than never.

    Raises:
        DeliveryError: it was refused, or put off to the last.
    """
    for seconds in (*PAUSES, None):
        verdict = _tried(target, body)
        if verdict.outcome == "taken":
            return
        wait = seconds if verdict.wait is None or seconds is None else verdict.wait
        if verdict.outcome == "refused" or wait is None or wait > MOST_PATIENCE:
            raise DeliveryError(verdict.why, target.setting, verdict.fix or _AGAIN)
        pause(wait, verdict.why)


def _put_off(answer: Answer, service: str, wait: str | None) -> Verdict | None:
    """The verdict of an answer that means the same everywhere; None for any other.

    ``wait`` is how many seconds the service asks to wait, as it says so (RFC 9110, 10.2.3; a date
    counts as nothing said).
    """
    if answer.status == 429 or answer.status >= 500:
        busy = "has too many messages now" if answer.status == 429 else "has a fault of its own"
        asked = int(wait) if wait is not None and wait.isascii() and wait.isdigit() else None
        patience = "" if asked is None else f", wait {asked} s"
        return Verdict("later", f"{service} {busy} ({answer.status}{patience})", wait=asked)
    if 300 <= answer.status < 400:
        return Verdict(
            "refused",
            f"{service} sends us elsewhere ({answer.status}), where a secret must not go",
            "set the address that it has now",
        )
    return None


def _tried(target: Target, body: bytes) -> Verdict:
    try:
        answer = _request(target.url, body)
    except ssl.SSLCertVerificationError as error:
        return Verdict(
            "refused",
            f"the certificate of {target.service} is not to be trusted ({error.verify_message})",
            "for a certificate authority of your own set SSL_CERT_FILE",
        )
    except TimeoutError:
        return Verdict("later", f"{target.service} keeps silent")
    except (OSError, http.client.HTTPException) as error:
        # Its words may hold the address.
        what = f"{target.service} cannot be reached ({type(error).__name__})"
        return Verdict("later", what, "check the network, then run it again")
    return target.judge(answer)


def _request(url: str, body: bytes) -> Answer:
    """One POST of JSON. Nothing is followed, and no proxy is asked."""
    parts = urlsplit(url)
    host = parts.hostname or ""
    connection = (
        http.client.HTTPConnection(host, parts.port, timeout=SECONDS)
        if parts.scheme == "http"
        else http.client.HTTPSConnection(
            host, parts.port, timeout=SECONDS, context=ssl.create_default_context()
        )
    )
    try:
        connection.connect()
        with _watched(connection.sock):
            headers = {"Content-Type": "application/json; charset=utf-8", "Connection": "close"}
            path = parts.path + (f"?{parts.query}" if parts.query else "")
            connection.request("POST", path or "/", body, headers)
            response = connection.getresponse()
            content = response.read(_LONGEST_ANSWER)
            if response.length and len(content) < _LONGEST_ANSWER:
                # What is left is not told: it would go into a traceback.
                raise http.client.IncompleteRead(b"")
            return Answer(response.status, content, response.headers.get("Retry-After"))
    finally:
        connection.close()


@contextmanager
def _watched(sock: socket.socket) -> Iterator[None]:
    """Ends what takes longer than ``DEADLINE``, such as an answer of a byte at a time.

    Raises:
        TimeoutError: it did.
    """
    is_over = threading.Event()

    def cut() -> None:
        is_over.set()
        with suppress(OSError):
            sock.shutdown(socket.SHUT_RDWR)

    watch = threading.Timer(DEADLINE, cut)
    watch.daemon = True
    watch.start()
    try:
        yield
    except (OSError, http.client.HTTPException):
        if is_over.is_set():
            raise TimeoutError from None
        raise
    finally:
        watch.cancel()


def slack(settings: Settings) -> Target:
    """Where the message goes.

    Raises:
        ConfigError: UTM_SLACK_WEBHOOK is not set, or is no address that can be right.
    """
    address = settings.slack_webhook
    if address is None:
        raise ConfigError(
            "there is no Slack channel to send to", _WEBHOOK, "set it to an incoming webhook"
        )
    parts = urlsplit(address)
    # Without TLS to this machine alone, as to a relay or a test server of one's own.
    is_private = parts.scheme == "https" or (parts.scheme == "http" and parts.hostname in _HERE)
    if not is_private or "@" in parts.netloc or not re.fullmatch("[!-~]+", address):
        raise ConfigError(
            "the address (not shown) is no webhook", _WEBHOOK, "set it to one that begins https://"
        )
    return Target("Slack", _WEBHOOK, address, address, _judge_slack)


def _judge_slack(answer: Answer) -> Verdict:
    """What an answer of Slack means."""
    general = _put_off(answer, "Slack", answer.retry_after)
    if general is not None:
        return general
    said = answer.content.strip().decode("ascii", errors="replace")
    if answer.status == 200 and said == "ok":
        return Verdict("taken")
    code = f"{answer.status} {said}" if said in _FIXES else str(answer.status)
    fix = _FIXES.get(said, "check that UTM_SLACK_WEBHOOK is the whole address of a webhook")
    return Verdict("refused", f"Slack does not take the report ({code})", fix)


def telegram_chat(settings: Settings) -> int | str:
    """The chat as the Bot API wants it: its number, or the name of a public channel.

    Raises:
        ConfigError: UTM_TELEGRAM_CHAT is not set, or is neither.
    """
    found = settings.telegram_chat
    if found is None:
        raise ConfigError(
            "there is no Telegram chat to send to",
            _CHAT,
            "set it to the chat's number, or to @name of a public channel",
        )
    if not _OF_CHAT.fullmatch(found):
        raise ConfigError(
            f"{found!r} is no chat",
            _CHAT,
            "set it to the chat's number, such as -1001234567890, or to @name of a public channel",
        )
    return found if found.startswith("@") else int(found)


def telegram(settings: Settings) -> Target:
    """Where the message goes.

    Raises:
        ConfigError: a setting is missing, or cannot be right.
    """
    to = telegram_chat(settings)
    token = settings.telegram_token
    if token is None:
        raise ConfigError("there is no Telegram bot to send with", _TOKEN, _CHECK_TOKEN)
    if not _OF_TOKEN.fullmatch(token):
        raise ConfigError("the value (not shown) is no token of a bot", _TOKEN, _CHECK_TOKEN)
    return Target("Telegram", _CHAT, f"{API}/bot{token}/sendMessage", str(to), _judge_telegram)


def _judge_telegram(answer: Answer) -> Verdict:
    """What an answer of Telegram means."""
    said = _read(answer.content)
    parameters = said.get("parameters")
    asked = parameters if isinstance(parameters, dict) else {}
    general = _put_off(answer, "Telegram", str(asked.get("retry_after", answer.retry_after)))
    if general is not None:
        return general
    if answer.status == 200 and said.get("ok") is True:
        return Verdict("taken")
    if answer.status in {401, 404}:
        # 404 is what a token of another form gets.
        why = f"Telegram does not know the bot ({answer.status})"
        return Verdict("refused", why, _CHECK_TOKEN)
    description = str(said.get("description", ""))
    reason = next((known for known in _REASONS if known in description), "")
    fix = _REASONS.get(reason, f"check {_TOKEN} and {_CHAT}")
    moved = asked.get("migrate_to_chat_id")
    if isinstance(moved, int):
        fix = f"the group has become a supergroup: set {_CHAT} to {moved}"
    code = f"{answer.status} {reason}".strip()
    return Verdict("refused", f"Telegram does not take the report ({code})", fix)


def _read(content: bytes) -> dict[str, Any]:
    try:
        said = json.loads(content)
    except ValueError:
        # Something between us and Telegram answered; its status is all that counts.
        return {}
    return said if isinstance(said, dict) else {}


TARGETS: Mapping[str, Callable[[Settings], Target]] = {"slack": slack, "telegram": telegram}
"""Where a service's message goes, by the service's name on the command line."""
