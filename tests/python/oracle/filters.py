"""Filters, groups and limits that several queries share (metrics.md 5)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Hashable, Iterable
from typing import TypeVar

from .cleaning import ABSENT_FILTERS, Tags
from .facts import Shop
from .records import ZERO, Order, Session
from .values import Number, rate, ratio, shown, text

JsonRow = dict[str, object]
K = TypeVar("K", bound=Hashable)
R = TypeVar("R")

NO_NAME = "N/A"
NOT_SET = "(not set)"


def limited(rows: list[R], limit: int | None) -> list[R]:
    """The first ``limit`` rows; None is all."""
    return rows if limit is None else rows[:limit]


def by_source(shop: Shop, source: str | None) -> Callable[[Tags], bool]:
    """Whether tags pass a filter on the source; None lets everything pass."""
    if source is None:
        return lambda tags: True
    wanted = None if _is_absent(source) else shop.seeds.clean_source(source)
    return lambda tags: tags.source == wanted


def by_campaign(shop: Shop, campaign: str | None) -> Callable[[Tags], bool]:
    """Whether tags pass a filter on the campaign; None lets everything pass."""
    if campaign is None:
        return lambda tags: True
    wanted = None if _is_absent(campaign) else shop.seeds.clean_tag(campaign)
    return lambda tags: tags.campaign == wanted


def _is_absent(value: str) -> bool:
    # Reading: N/A is known as such exactly as written (trimmed); a value that cleaning turns
    # into NULL, such as `null` or an empty text, selects the absent too.
    return text(value) in ABSENT_FILTERS


def grouped(items: Iterable[R], key: Callable[[R], K]) -> dict[K, list[R]]:
    """Items by key."""
    groups: dict[K, list[R]] = defaultdict(list)
    for item in items:
        groups[key(item)].append(item)
    return groups


def converted(sessions: Iterable[Session]) -> int:
    """How many of the sessions are converted."""
    return sum(session.is_converted for session in sessions)


def revenue_of(orders: Iterable[Order]) -> Number:
    """Revenue of the orders, exactly."""
    return sum((order.revenue for order in orders), ZERO)


def session_counts(sessions: list[Session]) -> JsonRow:
    """sessions, conversions, conversion_rate."""
    count, conversions = len(sessions), converted(sessions)
    return {
        "sessions": count,
        "conversions": conversions,
        "conversion_rate": shown(rate(conversions, count)),
    }


def performance(sessions: list[Session], orders: list[Order]) -> JsonRow:
    """The eight figures of sources, campaigns and content; ``orders`` are paid ones."""
    revenue = revenue_of(orders)
    return {
        "sessions": len(sessions),
        "unique_visitors": len({session.visitor for session in sessions}),
        "conversions": converted(sessions),
        "conversion_rate": shown(rate(converted(sessions), len(sessions))),
        "orders": len(orders),
        "revenue": shown(revenue),
        "avg_order_value": shown(ratio(revenue, len(orders))),
        "total_score": sum(session.score for session in sessions),
    }
