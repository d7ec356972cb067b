"""``notify``: the short report of a period to a chat, right or not at all."""

from __future__ import annotations

import time
from datetime import UTC, datetime

import click

from utm_pipeline.commands._shared import Globals, example, pass_globals, period_option
from utm_pipeline.delivery import chat, guard
from utm_pipeline.report import sections as reports
from utm_pipeline.report import short
from utm_pipeline.report.short import slack as slack_text
from utm_pipeline.report.short import telegram as telegram_text
from utm_pipeline.warehouse import open_warehouse


@click.command("notify", epilog=example("notify slack --period last_week --dry-run"))
@click.argument("service", type=click.Choice(tuple(chat.TARGETS)))
@period_option
@click.option("--dry-run", is_flag=True, help="Send nothing: print what would be sent.")
@click.option("--force", is_flag=True, help="Send it even if this report is there already.")
@pass_globals
def command(app: Globals, /, service: str, period: str, *, dry_run: bool, force: bool) -> None:
    """Send the short report of a period to Slack or Telegram.

    Where it goes is in UTM_SLACK_WEBHOOK, or in UTM_TELEGRAM_TOKEN and UTM_TELEGRAM_CHAT. Nothing
    is sent where the data is older than UTM_FRESHNESS_MINUTES, ends before the period does, or is
    missing.
    """
    settings = app.settings()
    now = _now()
    target = None if dry_run else chat.TARGETS[service](settings)
    to = chat.telegram_chat(settings) if service == "telegram" else ""
    with open_warehouse(settings) as warehouse:
        guard.check(warehouse, settings, period, now)
        report = reports.assemble(warehouse, settings, period)
    note = short.note(report, settings.lang)
    body = slack_text.body(note) if service == "slack" else telegram_text.body(note, to)
    if target is None:
        click.echo(body)
        return
    with guard.sent_before(settings, "notified") as sent:
        if sent.has(report, target.address) and not force:
            click.echo(f"{target.service} has this report already; --force sends it", err=True)
            return
        chat.send(target, body, _pause)
        sent.add(report, target.address, now.astimezone(settings.zone).date())
    click.echo(f"sent to {target.service}", err=True)


def _now() -> datetime:
    return datetime.now(UTC)


def _pause(seconds: int, why: str) -> None:
    click.echo(f"{why}; trying again in {seconds} s", err=True)
    time.sleep(seconds)
