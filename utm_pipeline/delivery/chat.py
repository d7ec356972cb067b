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
from collections.abc import Callable, Mapping
from contextlib import closing, suppress
from dataclasses import dataclass, field
from typing import Any, NamedTuple
from urllib.parse import urlsplit

from utm_pipeline.causes import reason
from utm_pipeline.errors import ConfigError, DeliveryError
from utm_pipeline.settings import Settings

PAUSES = (2, 15, 60)
"""Seconds before each further try."""
MOST_PATIENCE = 300
"""A service that asks for a longer wait is not waited for."""
SECONDS = 20
"""How long a service may keep silent."""
DEADLINE = 60
"""How long a request may take as a whole, in seconds, such as one answered a byte at a time."""
_LONGEST_ANSWER = 65_536

API = "https://api.telegram.org"
"""Where the bots' methods are."""
_WEBHOOK, _TOKEN, _CHAT = "UTM_SLACK_WEBHOOK", "UTM_TELEGRAM_TOKEN", "UTM_TELEGRAM_CHAT"
_OF_TOKEN = re.compile(r"[0-9]{3,20}:[A-Za-z0-9_-]{20,80}")
_OF_CHAT = re.compile(r"-?[0-9]{1,19}|@[A-Za-z][A-Za-z0-9_]{3,31}")
_HERE = {"localhost", "127.0.0.1", "::1"}

# What can be done about the codes of Slack, and about what Telegram's descriptions hold.
_REPORT_THIS = "the message is not as {} wants it: report this, with what --dry-run prints"
_CHECK_TOKEN = f"set {_TOKEN} to the token that @BotFather gave"
_FIXES: Mapping[str, tuple[str, ...]] = {
    _REPORT_THIS.format("Slack"): (
        *("invalid_payload", "invalid_blocks", "no_text", "too_many_attachments"),
    ),
    f"make a new webhook and set {_WEBHOOK} to it": (
        *("no_service", "no_service_id", "no_active_hooks", "invalid_token", "no_team"),
        *("team_disabled", "user_not_found", "channel_not_found", "channel_is_archived"),
    ),
    "ask whoever runs the Slack workspace to allow it, or make a webhook of another channel": (
        *("action_prohibited", "posting_to_general_channel_denied"),
    ),
    f"check {_CHAT}, and write to the bot once or add it to the group": (
        *("chat not found", "group chat was upgraded"),
    ),
    "unblock the bot in Telegram": ("bot was blocked",),
    "add the bot to the group again": ("bot was kicked",),
    "add the bot to the channel, as one who may post": ("bot is not a member",),
    "write to the bot once, so that it may answer": ("bot can't initiate conversation",),
    "let the bot post in that chat": ("not enough rights", "need administrator rights"),
    _REPORT_THIS.format("Telegram"): (
        *("can't parse entities", "message is too long", "message text is empty"),
    ),
}
_FIX_OF = {reason: fix for fix, reasons in _FIXES.items() for reason in reasons}

Pause = Callable[[int, str], None]
"""Waits so many seconds; gets the reason too."""


class Answer(NamedTuple):
    """What a service answered, with the header Retry-After."""

    status: int
    content: bytes
    retry_after: str | None


class Refusal(NamedTuple):
    """Why a service did not take a message, in words without anything secret."""

    why: str
    fix: str = "run it again: it has not arrived"
    may_pass: bool = False
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
    address: str = field(repr=False)
    """What tells it from other targets in the notes of what was sent, which keep a keyed hash."""
    judge: Callable[[Answer], Refusal | None] = field(repr=False)
    """What an answer means; None if the message was taken."""


def send(target: Target, body: bytes, pause: Pause) -> None:
    """Sends a message, once. ``pause`` waits before what was put off is tried again.

    A connection can break after the service has taken a message, and then it comes twice. That is
    better than never.

    Raises:
        DeliveryError: it was refused, or put off to the last.
    """
    for seconds in (*PAUSES, None):
        refusal = _tried(target, body)
        if refusal is None:
            return
        wait = seconds if refusal.wait is None or seconds is None else refusal.wait
        if not refusal.may_pass or wait is None or wait > MOST_PATIENCE:
            raise DeliveryError(refusal.why, target.setting, refusal.fix)
        pause(wait, refusal.why)


def _tried(target: Target, body: bytes) -> Refusal | None:
    is_over = threading.Event()
    try:
        answer = _request(target.url, body, is_over)
    except ssl.SSLCertVerificationError as error:
        return Refusal(
            f"the certificate of {target.service} is not to be trusted ({error.verify_message})",
            "for a certificate authority of your own set SSL_CERT_FILE",
        )
    except (OSError, http.client.HTTPException) as error:
        if isinstance(error, TimeoutError) or is_over.is_set():
            return Refusal(f"{target.service} keeps silent", may_pass=True)
        # Its words may hold the address.
        what = f"{target.service} cannot be reached: {reason(error)}"
        return Refusal(what, "check the network, then run it again", may_pass=True)
    return target.judge(answer)


def _request(url: str, body: bytes, is_over: threading.Event) -> Answer:
    """One POST of JSON. Nothing is followed, and no proxy is asked.

    ``is_over`` is set when the deadline has passed; the connection is cut then.
    """
    parts = urlsplit(url)
    place: dict[str, Any] = {"host": parts.hostname or "", "port": parts.port, "timeout": SECONDS}
    connection = (
        http.client.HTTPConnection(**place)
        if parts.scheme == "http"
        else http.client.HTTPSConnection(**place, context=ssl.create_default_context())
    )
    with closing(connection):
        connection.connect()
        watch = threading.Timer(DEADLINE, _cut, [connection.sock, is_over])
        watch.daemon = True
        watch.start()
        try:
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
            watch.cancel()


def _cut(sock: socket.socket, is_over: threading.Event) -> None:
    is_over.set()
    with suppress(OSError):
        sock.shutdown(socket.SHUT_RDWR)


def slack(settings: Settings) -> Target:
    """The channel of the webhook.

    Raises:
        ConfigError: UTM_SLACK_WEBHOOK is not set, or is no address that can be right.
    """
    address = settings.slack_webhook
    if address is None:
        fix = "set it to an incoming webhook"
        raise ConfigError("there is no Slack channel to send to", _WEBHOOK, fix)
    parts = urlsplit(address)
    # Without TLS to this machine alone, as to a relay or a test server of one's own.
    is_private = parts.scheme == "https" or (parts.scheme == "http" and parts.hostname in _HERE)
    if not is_private or "@" in parts.netloc or not re.fullmatch("[!-~]+", address):
        fix = "set it to one that begins https://"
        raise ConfigError("the address (not shown) is no webhook", _WEBHOOK, fix)
    return Target("Slack", _WEBHOOK, address, f"Slack {address}", _judge_slack)


def telegram_chat(settings: Settings) -> int | str:
    """The chat as the Bot API wants it: its number, or the name of a public channel.

    Raises:
        ConfigError: UTM_TELEGRAM_CHAT is not set, or is neither.
    """
    found = settings.telegram_chat
    if found is None or not _OF_CHAT.fullmatch(found):
        raise ConfigError(
            "there is no Telegram chat to send to" if found is None else f"{found!r} is no chat",
            _CHAT,
            "set it to the chat's number, such as -1001234567890, or to @name of a public channel",
        )
    return found if found.startswith("@") else int(found)


def telegram(settings: Settings) -> Target:
    """The chat, and the bot that writes to it.

    Raises:
        ConfigError: a setting is missing, or cannot be right.
    """
    to, token = telegram_chat(settings), settings.telegram_token
    if token is None:
        raise ConfigError("there is no Telegram bot to send with", _TOKEN, _CHECK_TOKEN)
    if not _OF_TOKEN.fullmatch(token):
        raise ConfigError("the value (not shown) is no token of a bot", _TOKEN, _CHECK_TOKEN)
    url = f"{API}/bot{token}/sendMessage"
    return Target("Telegram", _CHAT, url, f"Telegram {to}", _judge_telegram)


TARGETS: Mapping[str, Callable[[Settings], Target]] = {"slack": slack, "telegram": telegram}
"""Where a service's message goes, by the service's name on the command line."""


def _judge_slack(answer: Answer) -> Refusal | None:
    said = answer.content.strip().decode("ascii", errors="replace")
    if answer.status == 200 and said == "ok":
        return None
    fix = _FIX_OF.get(said, f"check that {_WEBHOOK} is the whole address of a webhook")
    return _refused(
        "Slack", answer.status, answer.retry_after, said if said in _FIX_OF else "", fix
    )


def _judge_telegram(answer: Answer) -> Refusal | None:
    try:
        said = json.loads(answer.content)
    except ValueError:
        said = None
    if not isinstance(said, dict):
        # Something between us and Telegram answered; its status is all that counts.
        said = {}
    parameters: Any = said.get("parameters")
    asked = parameters if isinstance(parameters, dict) else {}
    if answer.status == 200 and said.get("ok") is True:
        return None
    if answer.status in {401, 404}:
        # 404 is what a token of another form gets.
        return Refusal(f"Telegram does not know the bot ({answer.status})", _CHECK_TOKEN)
    description = str(said.get("description", ""))
    reason = next((known for known in _FIX_OF if known in description), "")
    fix = _FIX_OF.get(reason, f"check {_TOKEN} and {_CHAT}")
    moved = asked.get("migrate_to_chat_id")
    if isinstance(moved, int):
        fix = f"the group has become a supergroup: set {_CHAT} to {moved}"
    wait = str(asked.get("retry_after", answer.retry_after))
    return _refused("Telegram", answer.status, wait, reason, fix)


def _refused(service: str, status: int, wait: str | None, reason: str, fix: str) -> Refusal:
    """Why a message was not taken; some statuses mean the same everywhere.

    ``wait`` is how many seconds the service asks to wait, as it says so (RFC 9110, 10.2.3; a date
    counts as nothing said).
    """
    if status == 429 or status >= 500:
        busy = "has too many messages now" if status == 429 else "has a fault of its own"
        seconds = int(wait) if wait is not None and wait.isascii() and wait.isdigit() else None
        patience = "" if seconds is None else f", wait {seconds} s"
        why = f"{service} {busy} ({status}{patience})"
        return Refusal(why, may_pass=True, wait=seconds)
    if 300 <= status < 400:
        return Refusal(
            f"{service} sends us elsewhere ({status}), where a secret must not go",
            "set the address that it has now",
        )
    return Refusal(f"{service} does not take the report ({f'{status} {reason}'.strip()})", fix)
