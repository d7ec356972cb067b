"""Telegram's Bot API: the settings, and what the answers mean.

The answers are those of its documentation ("Making requests", "ResponseParameters"): JSON with
``ok``, and where that is false ``error_code``, ``description`` and perhaps ``parameters``.
"""

from __future__ import annotations

import json
import re
from typing import Any

from utm_pipeline.delivery.notify.post import Answer, Target, Verdict, put_off
from utm_pipeline.errors import ConfigError
from utm_pipeline.settings import Settings

NAME = "Telegram"
API = "https://api.telegram.org"
"""Where the bots' methods are."""
_TOKEN, _CHAT = "UTM_TELEGRAM_TOKEN", "UTM_TELEGRAM_CHAT"  # names, no secrets
_OF_TOKEN = re.compile(r"[0-9]{3,20}:[A-Za-z0-9_-]{20,80}")
_OF_CHAT = re.compile(r"-?[0-9]{1,19}|@[A-Za-z][A-Za-z0-9_]{3,31}")
_CHECK_TOKEN = f"set {_TOKEN} to the token that @BotFather gave"
_CHECK_CHAT = f"check {_CHAT}, and write to the bot once or add it to the group"
_OURS = "the message is not as Telegram wants it: report this, with what --dry-run prints"
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
    "can't parse entities": _OURS,
    "message is too long": _OURS,
    "message text is empty": _OURS,
}


def chat(settings: Settings) -> int | str:
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


def target(settings: Settings) -> Target:
    """Where the message goes.

    Raises:
        ConfigError: a setting is missing, or cannot be right.
    """
    to = chat(settings)
    token = settings.telegram_token
    if token is None:
        raise ConfigError("there is no Telegram bot to send with", _TOKEN, _CHECK_TOKEN)
    if not _OF_TOKEN.fullmatch(token):
        raise ConfigError("the value (not shown) is no token of a bot", _TOKEN, _CHECK_TOKEN)
    return Target(NAME, _CHAT, f"{API}/bot{token}/sendMessage", str(to), judge)


def judge(answer: Answer) -> Verdict:
    """What an answer of Telegram means."""
    said = _read(answer.content)
    parameters = said.get("parameters")
    asked = parameters if isinstance(parameters, dict) else {}
    general = put_off(answer, NAME, str(asked.get("retry_after", answer.retry_after)))
    if general is not None:
        return general
    if answer.status == 200 and said.get("ok") is True:
        return Verdict("taken")
    if answer.status in {401, 404}:
        # 404 is what a token of another form gets.
        why = f"{NAME} does not know the bot ({answer.status})"
        return Verdict("refused", why, _CHECK_TOKEN)
    description = str(said.get("description", ""))
    reason = next((known for known in _REASONS if known in description), "")
    fix = _REASONS.get(reason, f"check {_TOKEN} and {_CHAT}")
    moved = asked.get("migrate_to_chat_id")
    if isinstance(moved, int):
        fix = f"the group has become a supergroup: set {_CHAT} to {moved}"
    code = f"{answer.status} {reason}".strip()
    return Verdict("refused", f"{NAME} does not take the report ({code})", fix)


def _read(content: bytes) -> dict[str, Any]:
    try:
        said = json.loads(content)
    except ValueError:
        # Something between us and Telegram answered; its status is all that counts.
        return {}
    return said if isinstance(said, dict) else {}
