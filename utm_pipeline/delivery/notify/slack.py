"""Slack's incoming webhooks: the setting, and what the answers mean.

The answers are those of Slack's documentation ("Sending messages using incoming webhooks", "Rate
limits"): 200 with ``ok``, else a code in the body.
"""

from __future__ import annotations

import re
from urllib.parse import urlsplit

from utm_pipeline.delivery.notify.post import Answer, Target, Verdict, put_off
from utm_pipeline.errors import ConfigError
from utm_pipeline.settings import Settings

NAME = "Slack"
_SETTING = "UTM_SLACK_WEBHOOK"
_HERE = {"localhost", "127.0.0.1", "::1"}
_NEW = "make a new webhook and set UTM_SLACK_WEBHOOK to it"
_ALLOW = "ask whoever runs the Slack workspace to allow it, or make a webhook of another channel"
_OURS = "the message is not as Slack wants it: report this, with what --dry-run prints"
_FIXES = {
    "invalid_payload": _OURS,
    "invalid_blocks": _OURS,
    "no_text": _OURS,
    "too_many_attachments": _OURS,
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


def target(settings: Settings) -> Target:
    """Where the message goes.

    Raises:
        ConfigError: UTM_SLACK_WEBHOOK is not set, or is no address that can be right.
    """
    address = settings.slack_webhook
    if address is None:
        raise ConfigError(
            "there is no Slack channel to send to", _SETTING, "set it to an incoming webhook"
        )
    parts = urlsplit(address)
    # Without TLS to this machine alone, as to a relay or a test server of one's own.
    is_private = parts.scheme == "https" or (parts.scheme == "http" and parts.hostname in _HERE)
    if not is_private or "@" in parts.netloc or not re.fullmatch("[!-~]+", address):
        raise ConfigError(
            "the address (not shown) is no webhook", _SETTING, "set it to one that begins https://"
        )
    return Target(NAME, _SETTING, address, address, judge)


def judge(answer: Answer) -> Verdict:
    """What an answer of Slack means."""
    general = put_off(answer, NAME, answer.retry_after)
    if general is not None:
        return general
    said = answer.content.strip().decode("ascii", errors="replace")
    if answer.status == 200 and said == "ok":
        return Verdict("taken")
    code = f"{answer.status} {said}" if said in _FIXES else str(answer.status)
    fix = _FIXES.get(said, "check that UTM_SLACK_WEBHOOK is the whole address of a webhook")
    return Verdict("refused", f"{NAME} does not take the report ({code})", fix)
