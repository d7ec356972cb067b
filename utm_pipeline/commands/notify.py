"""``notify``: the short report of a period to a chat, right or not at all."""

from __future__ import annotations

import sys
from datetime import UTC, datetime
from typing import Annotated, Literal

import typer

from utm_pipeline.commands import options, terminal
from utm_pipeline.commands.options import PeriodOption
from utm_pipeline.delivery import chat, guard
from utm_pipeline.report import chat as chats
from utm_pipeline.report import sections as reports
from utm_pipeline.warehouse import open_warehouse

Service = Literal["slack", "telegram"]


@options.command("notify", "notify slack --period last_week --dry-run")
def command(
    context: typer.Context,
    service: Annotated[Service, options.argument(Service)],
    period: PeriodOption = "week",
    dry_run: Annotated[
        bool, options.flag("--dry-run", "Send nothing: print what would be sent.")
    ] = False,
    force: Annotated[
        bool, options.flag("--force", "Send it even if this report is there already.")
    ] = False,
) -> None:
    """Send the short report of a period to Slack or Telegram.

    Where it goes is in UTM_SLACK_WEBHOOK, or in UTM_TELEGRAM_TOKEN and UTM_TELEGRAM_CHAT. Nothing
    is sent where the data is older than UTM_FRESHNESS_MINUTES, ends before the period does, or is
    missing.
    """
    settings = options.settings_of(context)
    now = _now()
    target = None if dry_run else chat.TARGETS[service](settings)
    to = chat.telegram_chat(settings) if service == "telegram" else ""
    with open_warehouse(settings) as warehouse:
        guard.check(warehouse, settings, period, now)
        report = reports.assemble(warehouse, settings, period)
    note = chats.note(report, settings.lang)
    body = chats.slack(note) if service == "slack" else chats.telegram(note, to)
    if target is None:
        sys.stdout.write(f"{body.decode()}\n")
        return
    with guard.sent_before(settings, "notified") as sent:
        if sent.has(report, target.address) and not force:
            terminal.say(f"{target.service} has this report already; --force sends it")
            return
        chat.send(target, body, terminal.pause)
        sent.add(report, target.address, now.astimezone(settings.zone).date())
    terminal.say(f"sent to {target.service}")


def _now() -> datetime:
    return datetime.now(UTC)
