"""Small shops for tests: raw tables and seeds written as CSV."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from .core import Oracle

Rows = Iterable[Mapping[str, object]]

SEEDS: Mapping[str, tuple[str, ...]] = {
    "utm_source_aliases": ("alias,source", "ig,instagram", "chatgpt.com,chatgpt", "fb,facebook"),
    "click_id_sources": (
        "position,click_id,source,medium",
        "9,fbclid,facebook,social",
        "1,gclid,google,cpc",
        "2,gbraid,google,cpc",
        "5,ttclid,tiktok,paid_social",
    ),
    "payment_hosts": ("host", "liqpay.ua", "pay.google.com"),
    "mail_hosts": ("host", "gmail.com", "ukr.net"),
    "utm_placeholders": ("value", "campaign.name", "campaignid", "site_source_name"),
    "referrer_sources": (
        "host,source,medium",
        "google.com,google,organic",
        "mail.google.com,gmail,email",
        "com.google.android.gm,gmail,email",
        "chatgpt.com,chatgpt,ai",
        "l.instagram.com,instagram,social",
        "instagram.com,instagram,social",
    ),
    "action_points": (
        "action_type,points",
        "page_view,1",
        "product_view,3",
        "add_to_cart,10",
        "remove_from_cart,-5",
        "initiate_checkout,20",
        "lead,50",
        "purchase,100",
        "search,2",
        "click,1",
    ),
    "bot_user_agents": ("pattern,reason", "googlebot,crawler"),
    "ignored_identifiers": ("identifier", "test@test.com", "77"),
    "ga4_source_categories": (
        "source,category",
        "google,search",
        "instagram.com,social",
        "youtube,video",
        "igshopping,shopping",
    ),
}

REQUIRED: Mapping[str, tuple[str, ...]] = {
    "utm_sessions": ("id", "session_key", "first_seen"),
    "user_actions": ("id", "utm_session_id", "action_type", "timestamp"),
    "orders": ("id", "total_sum", "payment_status", "created"),
    "ad_spend": ("date", "utm_source", "spend"),
    "refunds": ("order_id", "amount", "created"),
}


def write_seeds(folder: Path) -> Path:
    """Write the tiny seeds; answers the folder."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, lines in SEEDS.items():
        (folder / f"{name}.csv").write_text("\n".join(lines) + "\n", encoding="utf-8")
    return folder


def write_tables(folder: Path, **tables: Rows) -> Path:
    """Write raw tables as CSV, the two required ones in any case; answers the folder."""
    folder.mkdir(parents=True, exist_ok=True)
    for name in ("utm_sessions", "orders"):
        tables.setdefault(name, [])
    for name, rows in tables.items():
        found = list(rows)
        columns = [*REQUIRED[name], *(key for row in found for key in row)]
        with (folder / f"{name}.csv").open("w", encoding="utf-8", newline="") as file:
            writer = csv.DictWriter(file, list(dict.fromkeys(columns)), restval="")
            writer.writeheader()
            writer.writerows(found)
    return folder


def session(number: int, first_seen: str, **more: object) -> dict[str, object]:
    """A raw session; its key is its number."""
    return {"id": number, "session_key": f"k{number}", "first_seen": first_seen, **more}


def order(number: int, created: str, total: object = 100, **more: object) -> dict[str, object]:
    """A raw paid order."""
    return {
        "id": number,
        "created": created,
        "total_sum": total,
        "payment_status": "paid",
        **more,
    }


def query(oracle: Oracle, name: str, **params: object) -> Any:
    """A query of all time, unless a period is given."""
    return oracle.query(name, **{"period": "all_time", **params})
