"""A shop with fresh data, a mail server and hostile tags, for the tests of e-mail."""

from __future__ import annotations

import re
import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from html.parser import HTMLParser
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from zoneinfo import ZoneInfo

import duckdb
import pytest

from marts_fixture import set_as_of
from utm_pipeline.commands import email as command
from utm_pipeline.commands import terminal

NOW = datetime(2024, 4, 2, 9, 10, tzinfo=UTC)
"""Ten minutes after the marts' as_of; a Tuesday."""
TAGS = (
    "<script>alert(1)</script>",
    "=cmd|' /C calc'!A0",
    'x"><img src=x onerror=alert(1)>',
    "a\r\nBcc: everybody@evil.example\r\n\r\nhello",
    "https://evil.example/login?a=b&amp;c",
    "{{ 7 * 7 }}{% raw %}",
    "\u202eevil\u200b\x1b[31m",
    "z̷̨͎͇͚̭͓͓̮̣̯̪̱͇͖̲̝̋̋̓̅͛̉̾̓̅̈́͘" * 30,
    "довга_назва_" * 40,
)


@dataclass
class Shop:
    """The warehouse's file, and how long the program wanted to wait."""

    warehouse: Path
    pauses: list[int]

    def at(self, monkeypatch: pytest.MonkeyPatch, now: datetime) -> None:
        """Moves the clock."""
        monkeypatch.setattr(command, "_now", lambda: now)

    def execute(self, sql: str, values: list[Any] | None = None) -> None:
        """Changes the marts."""
        with duckdb.connect(str(self.warehouse)) as connection:
            connection.execute("use analytics")
            connection.execute(sql, values or [])

    def with_last_week(self) -> None:
        """Gives the marts the complete week before."""
        self.execute(
            """
            insert into rpt_periods values
                ('last_week', '2024-03-24 22:00:00', '2024-03-31 21:00:00', '2024-03-25',
                 '2024-03-31', '2024-03-17 22:00:00', '2024-03-24 22:00:00');
            """
        )
        for table in (
            "rpt_general_stats",
            "rpt_sources",
            "rpt_campaigns",
            "rpt_funnel",
            "rpt_compare",
            "rpt_ltv",
            "rpt_repeat_rate",
            "rpt_insights",
        ):
            self.execute(
                f"insert into {table} select * replace ('last_week' as period) from {table} "
                "where period = 'week'"
            )

    def with_hostile_tags(self, tags: Sequence[str] = TAGS) -> None:
        """Puts them first among sources, campaigns and customer values, and alone into insights."""
        for number, tag in enumerate(tags):
            for table, changed, one in (
                ("rpt_sources", "$tag as utm_source, $big as sessions", "utm_source = '=cmd()'"),
                ("rpt_ltv", "$tag as utm_source, $big as ltv_per_session", "utm_source = '=cmd()'"),
                (
                    "rpt_insights",
                    "$tag as utm_source, $tag as other_source, $tag as utm_campaign, "
                    "$big as sessions",
                    ("kind = 'split_source'", "kind = 'spend_without_return'")[number % 2],
                ),
                (
                    "rpt_campaigns",
                    "$tag as utm_campaign, $tag as utm_source, $tag as utm_medium, "
                    "$big as sessions",
                    "utm_campaign = '(x)'",
                ),
            ):
                with duckdb.connect(str(self.warehouse)) as connection:
                    connection.execute(
                        f"use analytics; insert into {table} select * replace ({changed}) "
                        f"from {table} where period = 'week' and {one} limit 1",
                        {"tag": tag, "big": 2_000_000 - number},
                    )
        # There are five at most.
        self.execute("delete from rpt_insights where sessions < 1000000")


def mail_shop(marts_file: Path, folder: Path, monkeypatch: pytest.MonkeyPatch) -> Shop:
    """The shop, its settings in the environment and its clock at ``NOW``; nothing really waits."""
    path = folder / "shop" / "utm.duckdb"
    path.parent.mkdir()
    shutil.copy(marts_file, path)
    set_as_of(path, "2024-04-02 09:00:00")
    for name, value in {
        "UTM_WAREHOUSE": str(path),
        "UTM_LANG": "en",
        "UTM_THREADS": "2",
        "DEFAULT_FROM_EMAIL": "Крамниця <shop@example.com>",
        "EMAIL_HOST": "localhost",
        "EMAIL_USE_TLS": "false",
        "UTM_REPORT_RECIPIENTS": "olha@example.com",
        "UTM_DASHBOARD_URL": "https://shop.example/utm?a=1&b=2",
    }.items():
        monkeypatch.setenv(name, value)
    shop = Shop(path, [])
    shop.at(monkeypatch, NOW)
    monkeypatch.setattr(terminal, "time", SimpleNamespace(sleep=shop.pauses.append))
    return shop


def later(**parts: float) -> datetime:
    """So much after ``NOW``."""
    return NOW + timedelta(**parts)


def kyiv(text: str) -> datetime:
    """An instant of business time."""
    return datetime.fromisoformat(text).replace(tzinfo=ZoneInfo("Europe/Kyiv"))


class Page(HTMLParser):
    """What an HTML page holds: its elements with their attributes, and its words."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.words: list[str] = []
        self._silent = 0
        self.feed(html)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))
        self._silent += tag in {"style", "title"}

    def handle_endtag(self, tag: str) -> None:
        self._silent -= tag in {"style", "title"}

    def handle_data(self, data: str) -> None:
        if not self._silent and data.strip():
            self.words.append(plain(data))

    def all(self, tag: str) -> list[dict[str, str | None]]:
        """The attributes of every element of that name."""
        return [attributes for name, attributes in self.elements if name == tag]


def plain(text: str) -> str:
    """Words with one blank between them and nothing unseen."""
    return re.sub(r"[\u200c]", "", " ".join(text.split()))
