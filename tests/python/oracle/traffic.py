"""general-stats, sources, campaigns, content, funnel, technology, visitors (metrics.md 5)."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from .cleaning import Tags
from .clock import DAY, TICK
from .facts import Shop
from .filters import (
    NO_NAME,
    NOT_SET,
    JsonRow,
    by_campaign,
    by_source,
    converted,
    grouped,
    limited,
    performance,
    revenue_of,
    session_counts,
)
from .records import Session
from .values import rate, ratio, shown, simple_lower

UNKNOWN = "Unknown"


def general_stats(shop: Shop, period: str = "week") -> JsonRow:
    """The shop's totals."""
    span = shop.span(period)
    sessions, orders = shop.sessions_in(span), shop.paid_in(span)
    score = sum(session.score for session in sessions)
    return {
        "total_sessions": len(sessions),
        "unique_visitors": len({session.visitor for session in sessions}),
        "total_conversions": converted(sessions),
        "conversion_rate": shown(rate(converted(sessions), len(sessions))),
        "total_orders": len(orders),
        "total_revenue": shown(revenue_of(orders)),
        "avg_order_value": shown(ratio(revenue_of(orders), len(orders))),
        "total_score": score,
        # Reading: a ratio that is neither a rate nor money is rounded to 2 decimals as well.
        "avg_score_per_session": shown(ratio(score, len(sessions))),
    }


def daily(shop: Shop, period: str = "week", limit: int | None = None) -> list[JsonRow]:
    """The shop on each date of the period, or of the two weeks up to its end if that is longer."""
    span = shop.span(period)
    sessions = grouped(shop.sessions, lambda session: shop.clock.day(session.first_seen))
    orders = grouped(shop.paid, lambda order: shop.clock.day(order.created))
    last = shop.clock.day(span.end - TICK)
    # Reading: of all time without a session or paid order two weeks are left.
    first = shop.clock.day(span.start) if span.start else min({*sessions, *orders}, default=last)
    rows: list[JsonRow] = []
    day = min(first, last - 13 * DAY)
    while day <= last:
        figures = performance(sessions.get(day, []), orders.get(day, []))
        del figures["total_score"]
        rows.append({"date": day.isoformat(), **figures})
        day += DAY
    return limited(rows, limit)


def _per_tags(
    shop: Shop,
    period: str,
    limit: int | None,
    keys: Mapping[str, Callable[[Tags], str]],
    passes: Callable[[Tags], bool],
) -> list[JsonRow]:
    span = shop.span(period)

    def name(tags: Tags) -> tuple[str, ...]:
        return tuple(key(tags) for key in keys.values())

    sessions = grouped(
        (s for s in shop.sessions_in(span) if passes(s.tags)), lambda s: name(s.tags)
    )
    orders = grouped((o for o in shop.paid_in(span) if passes(o.tags)), lambda o: name(o.tags))
    # Reading: ties are broken by the keys as shown, so `N/A` and `(not set)` sort as text.
    names = sorted(
        {*sessions, *orders},
        key=lambda n: (-len(sessions.get(n, [])), -revenue_of(orders.get(n, [])), n),
    )
    rows = [
        {**dict(zip(keys, n, strict=True)), **performance(sessions.get(n, []), orders.get(n, []))}
        for n in names
    ]
    return limited(rows, limit)


def _source(tags: Tags) -> str:
    return tags.source or NOT_SET


def _medium(tags: Tags) -> str:
    return tags.medium or NOT_SET


def _campaign(tags: Tags) -> str:
    return tags.campaign or NO_NAME


def _content(tags: Tags) -> str:
    return tags.content or NO_NAME


def sources(shop: Shop, period: str = "week", limit: int | None = 20) -> list[JsonRow]:
    """One row a source."""
    return _per_tags(shop, period, limit, {"utm_source": _source}, lambda tags: True)


def campaigns(
    shop: Shop, period: str = "week", limit: int | None = 20, source: str | None = None
) -> list[JsonRow]:
    """One row a campaign, source and medium."""
    keys = {"utm_campaign": _campaign, "utm_source": _source, "utm_medium": _medium}
    return _per_tags(shop, period, limit, keys, by_source(shop, source))


def content(
    shop: Shop, period: str = "week", limit: int | None = 20, campaign: str | None = None
) -> list[JsonRow]:
    """One row a content, campaign and source."""
    keys = {"utm_content": _content, "utm_campaign": _campaign, "utm_source": _source}
    return _per_tags(shop, period, limit, keys, by_campaign(shop, campaign))


def funnel(shop: Shop, period: str = "week", source: str | None = None) -> JsonRow:
    """Sessions that reached each step."""
    passes = by_source(shop, source)
    sessions = [s for s in shop.sessions_in(shop.span(period)) if passes(s.tags)]

    def count(test: Callable[[Session], bool]) -> int:
        return sum(test(session) for session in sessions)

    total = len(sessions)
    steps = {
        "product_views": count(lambda s: s.has_action("product_view")),
        "add_to_cart": count(lambda s: s.has_action("add_to_cart")),
        "initiate_checkout": count(lambda s: s.has_action("initiate_checkout")),
        "leads": count(lambda s: s.has_action("lead") or any(o.is_lead for o in s.orders)),
        "purchases": count(lambda s: s.has_action("purchase") or any(o.is_paid for o in s.orders)),
    }
    before = {
        "product_views": total,
        "add_to_cart": steps["product_views"],
        "initiate_checkout": steps["add_to_cart"],
        "leads": steps["initiate_checkout"],
        "purchases": steps["initiate_checkout"],
    }
    rows: list[JsonRow] = [
        # Reading: the first step is all of the total: 100, and null of no sessions.
        {
            "name": "sessions",
            "sessions": total,
            "rate_of_total": shown(rate(total, total)),
            "rate_of_previous": None,
        }
    ]
    rows += [
        {
            "name": name,
            "sessions": reached,
            "rate_of_total": shown(rate(reached, total)),
            "rate_of_previous": shown(rate(reached, before[name])),
        }
        for name, reached in steps.items()
    ]
    return {
        "total": total,
        **steps,
        "product_views_rate": shown(rate(steps["product_views"], total)),
        "add_to_cart_rate": shown(rate(steps["add_to_cart"], total)),
        "checkout_rate": shown(rate(steps["initiate_checkout"], total)),
        "lead_rate": shown(rate(steps["leads"], total)),
        "purchase_rate": shown(rate(steps["purchases"], total)),
        "steps": rows,
    }


def known(value: str | None) -> str | None:
    """None for a missing value or, in any case, ``unknown``."""
    return None if value is None or simple_lower(value) == "unknown" else value


def _technology(
    shop: Shop, period: str, limit: int | None, key: str, value: Callable[[Session], str | None]
) -> list[JsonRow]:
    groups = grouped(shop.sessions_in(shop.span(period)), lambda s: known(value(s)) or UNKNOWN)
    names = sorted(groups, key=lambda n: (-len(groups[n]), n))
    return limited([{key: name, **session_counts(groups[name])} for name in names], limit)


def devices(shop: Shop, period: str = "week", limit: int | None = None) -> list[JsonRow]:
    """One row a device type, lower-cased."""
    return _technology(
        shop,
        period,
        limit,
        "device_type",
        lambda s: None if s.device_type is None else simple_lower(s.device_type),
    )


def browsers(shop: Shop, period: str = "week", limit: int | None = 10) -> list[JsonRow]:
    """One row a browser, as received."""
    return _technology(shop, period, limit, "browser_name", lambda s: s.browser_name)


def operating_systems(shop: Shop, period: str = "week", limit: int | None = 10) -> list[JsonRow]:
    """One row an operating system, as received."""
    return _technology(shop, period, limit, "os_name", lambda s: s.os_name)


def returning_visitors(shop: Shop, period: str = "week") -> JsonRow:
    """First and returning visits among the sessions."""
    sessions = shop.sessions_in(shop.span(period))
    total, returning = len(sessions), sum(session.is_returning for session in sessions)
    return {
        "total_sessions": total,
        "first_visits": total - returning,
        "returning_visits": returning,
        "first_visits_rate": shown(rate(total - returning, total)),
        "returning_visits_rate": shown(rate(returning, total)),
    }
