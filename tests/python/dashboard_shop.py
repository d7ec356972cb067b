"""The sample shop with visitors whose tags, city, pages and orders are attacks, built once."""

from __future__ import annotations

import csv
import fcntl
import shutil
from collections.abc import Mapping, Sequence
from datetime import UTC, timedelta
from pathlib import Path

import duckdb
import pytest

from benchmarks.sample_shop.shop import SAMPLE_AS_OF, write_sample
from utm_pipeline.refresh import RefreshRequest, refresh
from utm_pipeline.settings import load_settings

IMAGE = "<img src=x onerror=alert(1)>"
SCRIPT = '"><script>alert(1)</script>'
TEMPLATE = "a{{7*7}}b"
ADDRESS = "javascript:alert(1)"
TURNED = "\u202eevil\u200fsource"
LONG = "w" * 255
EMOJI = "🧨🔥"
CITY = '<svg onload="alert(2)">'
PAGE = "/'><iframe src=javascript:alert(3)>"
PRODUCT = '</td></tr><script>alert(4)</script>"'
NUMBER = "K-<b onclick=alert(5)>1</b>"

SHOWN = (
    # Nobody came today, and what filters offer is of all time.
    "insert into rpt_visitors values ('today', 0, 0, 0, null, null)",
    "update rpt_periods set starts_at = '2024-04-02 08:00:00' where period = 'today'",
    *(
        f"insert into {table} select * replace ('all_time' as period) from {table} "
        "where period = 'week'"
        for table in ("rpt_sources", "rpt_campaigns")
    ),
)

FIRST = 9000
LAST = FIRST + 80
"""The latest session: it has everything, and its person came two times before."""
_VISITS: Mapping[str, Sequence[str]] = {
    # By creative: a campaign that is large enough for every table and for a test of its creatives.
    TEMPLATE: (ADDRESS, "cpc", IMAGE),
    SCRIPT: (ADDRESS, "cpc", IMAGE),
}
_SINGLE = (TURNED, LONG, EMOJI, "=cmd|' /C calc'!A0")


def hostile_warehouse(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The warehouse's file, which is made by whoever comes first; several processes share it."""
    folder = tmp_path_factory.getbasetemp()
    if folder.name.startswith("popen-"):
        folder = folder.parent
    folder = folder / "dashboard-shop"
    folder.mkdir(exist_ok=True)
    settings = load_settings(
        {"UTM_RAW_DIR": "raw", "UTM_PII_KEY": "the-key", "UTM_THREADS": "2"}, folder
    )
    with (folder / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not settings.warehouse.exists():
            write_sample(settings.raw_dir)
            _add_strangers(settings.raw_dir)
            refresh(settings, RefreshRequest(as_of=SAMPLE_AS_OF))
    return settings.warehouse


def _add_strangers(raw: Path) -> None:
    sessions = [
        _session(FIRST + 40 * group + number, tags, content)
        for group, (content, tags) in enumerate(_VISITS.items())
        for number in range(40)
    ]
    sessions += [
        _session(LAST - 39 + place, (source, "cpc", LONG), source)
        for place, source in enumerate(_SINGLE)
    ]
    # The one that is looked at, by a person who came before.
    sessions = [row for row in sessions if row["id"] != str(LAST)]
    sessions.append(_session(LAST, (ADDRESS, "cpc", IMAGE), SCRIPT))
    for row in sessions:
        if int(row["id"]) in {LAST, FIRST, FIRST + 1}:
            row["visitor_id"] = "the-person"
    by_id = {row["id"]: row for row in sessions}
    _append(raw / "utm_sessions.csv", list(by_id.values()))
    at = _instant(LAST)
    of_last = {"utm_session_id": str(LAST), "page_path": PAGE, "product_name": PRODUCT}
    _append(
        raw / "user_actions.csv",
        [
            {**of_last, "id": "90001", "action_type": "product_view", "timestamp": at},
            {
                **of_last,
                "id": "90002",
                "action_type": "purchase",
                "timestamp": at,
                "order_id": "9900",
                "order_number": NUMBER,
                "cart_value": "1234.50",
            },
        ],
    )
    _append(
        raw / "orders.csv",
        [
            {
                "id": "9900",
                "order_number": NUMBER,
                "utm_session_id": str(LAST),
                "total_sum": "1234.50",
                "payment_status": "paid",
                "status": "done",
                "created": at,
            }
        ],
    )


def _session(number: int, tags: Sequence[str], content: str) -> dict[str, str]:
    source, medium, campaign = tags
    return {
        "id": str(number),
        "session_key": f"stranger-{number}",
        "visitor_id": f"stranger-{number}",
        "utm_source": source,
        "utm_medium": medium,
        "utm_campaign": campaign,
        "utm_content": content,
        "city": CITY,
        "country": "UA",
        "device_type": "mobile",
        "first_seen": _instant(number),
        "last_seen": _instant(number),
        # One in four of one creative, one in twenty of the other.
        "is_converted": "true" if number % (4 if content == TEMPLATE else 20) == 0 else "false",
        "conversion_type": "lead",
    }


def _instant(number: int) -> str:
    """The last comes five minutes before as_of, each other an hour before the next."""
    at = SAMPLE_AS_OF - timedelta(minutes=5, hours=LAST - number)
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _append(file: Path, rows: Sequence[Mapping[str, str]]) -> None:
    with file.open(encoding="utf-8", newline="") as written:
        heading = next(csv.reader(written))
    with file.open("a", encoding="utf-8", newline="") as added:
        writer = csv.DictWriter(added, fieldnames=heading, restval="", lineterminator="\n")
        writer.writerows(rows)


def changed(old: Path, new: Path, *statements: str) -> Path:
    """A copy with something else in it."""
    shutil.copy(old, new)
    with duckdb.connect(str(new)) as connection:
        connection.execute("use analytics")
        for statement in statements:
            connection.execute(statement)
    return new
