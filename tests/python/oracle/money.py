"""compare, roi, ltv-comparison, repeat-rate, kpis (metrics.md 5)."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from itertools import pairwise

from .clock import TICK, Span, spans
from .cohorts import cohort_coverage, retention_week_1
from .facts import Shop
from .filters import (
    NO_NAME,
    NOT_SET,
    JsonRow,
    by_source,
    converted,
    grouped,
    limited,
    revenue_of,
)
from .records import ZERO, Order, Session, Spend
from .values import Number, parse_timestamp, rate, ratio, shown

MAX_CPC_SHARE = Decimal("0.7")


def _halves(shop: Shop) -> tuple[Span, Span]:
    """The two halves of all time: [mid, as_of) and [first, mid)."""
    if not shop.sessions:
        # Reading: without a session there is no first, and both halves are empty.
        empty = Span(shop.as_of, shop.as_of)
        return empty, empty
    first = min(session.first_seen for session in shop.sessions)
    # Reading: mid is cut at whole microseconds.
    mid = first + (shop.as_of - first) // TICK // 2 * TICK
    return Span(mid, shop.as_of), Span(first, mid)


def _compared(shop: Shop, span: Span) -> dict[str, Number]:
    sessions, orders = shop.sessions_in(span), shop.paid_in(span)
    conversions = sum(
        s.is_converted and (s.converted_at is None or s.converted_at < span.end) for s in sessions
    )
    return {
        "total_sessions": len(sessions),
        "unique_visitors": len({session.visitor for session in sessions}),
        "total_score": sum(session.score for session in sessions),
        "total_conversions": conversions,
        "total_orders": len(orders),
        "total_revenue": revenue_of(orders),
    }


def compare(shop: Shop, period: str = "week") -> JsonRow:
    """A period against its previous one."""
    current_span, previous_span = spans(shop.clock, shop.as_of, period)
    if previous_span is None:
        current_span, previous_span = _halves(shop)
    now, then = _compared(shop, current_span), _compared(shop, previous_span)
    # Reading: where no session parts the halves of all time, only the end is known.
    known = bool(shop.sessions) or period != "all_time"

    def figures(of: dict[str, Number], start: datetime | None, end: datetime | None) -> JsonRow:
        return {
            "from": shop.clock.iso(start),
            "until": shop.clock.iso(end),
            "total_sessions": of["total_sessions"],
            "unique_visitors": of["unique_visitors"],
            "total_score": of["total_score"],
            "total_conversions": of["total_conversions"],
            "conversion_rate": shown(rate(of["total_conversions"], of["total_sessions"])),
            "total_orders": of["total_orders"],
            "total_revenue": shown(of["total_revenue"]),
            "avg_order_value": shown(ratio(of["total_revenue"], of["total_orders"])),
        }

    def change(name: str) -> float | None:
        return shown(rate(now[name] - then[name], then[name]))

    # Reading: a change is one division of exact numbers, so that of a rate or an average is made
    # from the counts and sums behind it and not from two rounded quotients.
    points = rate(
        now["total_conversions"] * then["total_sessions"]
        - then["total_conversions"] * now["total_sessions"],
        now["total_sessions"] * then["total_sessions"],
    )
    average = (
        None
        if now["total_orders"] == 0
        else rate(
            now["total_revenue"] * then["total_orders"]
            - then["total_revenue"] * now["total_orders"],
            then["total_revenue"] * now["total_orders"],
        )
    )
    return {
        "current": figures(now, current_span.start if known else None, current_span.end),
        "previous": figures(
            then, previous_span.start if known else None, previous_span.end if known else None
        ),
        "change": {
            "total_sessions": change("total_sessions"),
            "unique_visitors": change("unique_visitors"),
            "total_score": change("total_score"),
            "total_conversions": change("total_conversions"),
            "conversion_rate": shown(points),
            "total_orders": change("total_orders"),
            "total_revenue": change("total_revenue"),
            "avg_order_value": shown(average),
        },
    }


def spent(rows: Iterable[Spend]) -> Decimal | None:
    """The sum of spend; None of no rows, which is not 0."""
    found = [row.spend for row in rows]
    return sum(found, ZERO) if found else None


def _paid_back(revenue: Decimal, conversions: int, ad_spend: Decimal | None) -> JsonRow:
    if ad_spend is None:
        return dict.fromkeys(("profit", "roi", "roas", "cost_per_conversion"))
    return {
        "profit": shown(revenue - ad_spend),
        "roi": shown(rate(revenue - ad_spend, ad_spend)),
        "roas": shown(ratio(revenue, ad_spend)),
        "cost_per_conversion": shown(ratio(ad_spend, conversions)),
    }


def _return(sessions: list[Session], orders: list[Order], ad_spend: Decimal | None) -> JsonRow:
    revenue, conversions = revenue_of(orders), converted(sessions)
    return {
        "revenue": shown(revenue),
        "ad_spend": shown(ad_spend),
        "conversions": conversions,
        "avg_order_value": shown(ratio(revenue, len(orders))),
        **_paid_back(revenue, conversions, ad_spend),
    }


@dataclass(frozen=True)
class OfAds:
    """What the rows of roi that were paid for brought; with None if there is none."""

    revenue: Decimal | None = None
    conversions: int | None = None
    spend: Decimal | None = None

    @property
    def roi(self) -> float | None:
        """Profit in per cent of spend, unrounded."""
        if self.revenue is None or self.spend is None:
            return None
        return rate(self.revenue - self.spend, self.spend)

    @property
    def row(self) -> JsonRow:
        """Under the names of the contract."""
        of = (
            _paid_back(self.revenue, self.conversions, self.spend)
            if self.revenue is not None and self.conversions is not None
            else _paid_back(ZERO, 0, None)
        )
        of |= {"revenue": shown(self.revenue), "conversions": self.conversions}
        return {f"ad_{key}": value for key, value in of.items()}


def of_ads(shop: Shop, span: Span) -> OfAds:
    """Revenue, conversions and spend of the sources and campaigns with spend above 0."""
    spend = grouped(shop.spend_in(span), lambda row: (row.source, row.campaign))
    paid_for = {name: cost for name, rows in spend.items() if (cost := spent(rows))}
    if not paid_for:
        return OfAds()
    return OfAds(
        revenue_of(o for o in shop.paid_in(span) if (o.tags.source, o.tags.campaign) in paid_for),
        converted(
            [s for s in shop.sessions_in(span) if (s.tags.source, s.tags.campaign) in paid_for]
        ),
        sum(paid_for.values(), ZERO),
    )


def roi(
    shop: Shop,
    period: str = "week",
    ad_spend: Decimal | float | int | str | None = None,
    limit: int | None = None,
) -> JsonRow:
    """Return on ad spend, with a row a source and campaign."""
    span = shop.span(period)
    sessions, orders, spend = shop.sessions_in(span), shop.paid_in(span), shop.spend_in(span)
    given = spent(spend) if ad_spend is None else Decimal(str(ad_spend))

    def name(source: str | None, campaign: str | None) -> tuple[str, str]:
        return source or NOT_SET, campaign or NO_NAME

    of_sessions = grouped(sessions, lambda s: name(s.tags.source, s.tags.campaign))
    of_orders = grouped(orders, lambda o: name(o.tags.source, o.tags.campaign))
    # Reading: a spend row of 0 is spend too, so its source and campaign are listed.
    of_spend = grouped(spend, lambda row: name(row.source, row.campaign))
    names = sorted(
        {*of_sessions, *of_orders, *of_spend},
        key=lambda n: (
            n not in of_spend,
            -(spent(of_spend.get(n, [])) or ZERO),
            -revenue_of(of_orders.get(n, [])),
            n,
        ),
    )
    rows: list[JsonRow] = [
        {
            "utm_source": n[0],
            "utm_campaign": n[1],
            **_return(of_sessions.get(n, []), of_orders.get(n, []), spent(of_spend.get(n, []))),
        }
        for n in names
    ]
    ads = of_ads(shop, span).row
    return {**_return(sessions, orders, given), **ads, "rows": limited(rows, limit)}


def _new_customers(shop: Shop, span: Span) -> dict[str, str]:
    """Person -> source, for the customers whom the span's sessions brought."""
    paid = grouped(shop.paid, lambda order: order.person)
    found: dict[str, str] = {}
    for person, sessions in grouped(shop.sessions, lambda s: s.person).items():
        first = min(sessions, key=lambda s: s.order)
        orders = paid.get(person, [])
        # Reading: "before it" is before the first session began, not before the period.
        if (
            first.first_seen in span
            and orders
            and all(order.created >= first.first_seen for order in orders)
        ):
            found[person] = first.tags.source or NOT_SET
    return found


def ltv_comparison(shop: Shop, period: str = "week", limit: int | None = None) -> list[JsonRow]:
    """What a source's sessions and customers are worth, and may cost."""
    span = shop.span(period)
    sessions = grouped(shop.sessions_in(span), lambda s: s.tags.source or NOT_SET)
    orders = grouped(shop.paid_in(span), lambda o: o.tags.source or NOT_SET)
    spend = grouped(shop.spend_in(span), lambda row: row.source)
    new = _new_customers(shop, span)
    lifetime = grouped(shop.paid, lambda order: order.person)
    share = shop.number("max_cpa_share")

    def row(name: str) -> tuple[tuple[bool, bool, float, str], JsonRow]:
        count, bought = len(sessions.get(name, [])), orders.get(name, [])
        revenue, cost = revenue_of(bought), spent(spend.get(name, []))
        people = [person for person, source in new.items() if source == name]
        worth = revenue_of(order for person in people for order in lifetime[person])
        per_session = ratio(revenue, count)
        thin = count < shop.number("thin_sessions")
        order = (thin, per_session is None, -(per_session or 0.0), name)
        return order, {
            "utm_source": name,
            "total_sessions": count,
            "converted_sessions": converted(sessions.get(name, [])),
            "total_orders": len(bought),
            "total_revenue": shown(revenue),
            "ltv_per_session": shown(per_session),
            "avg_order_value": shown(ratio(revenue, len(bought))),
            "orders_per_session": shown(ratio(len(bought), count)),
            "ad_spend": shown(cost),
            "new_customers": len(people),
            "ltv_per_customer": shown(ratio(worth, len(people))),
            "cpa": shown(None if cost is None else ratio(cost, len(people))),
            "ltv_cpa_ratio": shown(_ltv_cpa(worth, cost, len(people))),
            # Reading: max_cpa_share is max_cpa's; the 0.7 of max_cpc stays.
            "max_cpc": shown(ratio(MAX_CPC_SHARE * revenue, count)),
            "max_cpa": shown(ratio(share * worth, len(people))),
            "thin": thin,
        }

    found = sorted((row(name) for name in {*sessions, *orders, *spend}), key=lambda pair: pair[0])
    return limited([shown_row for _, shown_row in found], limit)


def _ltv_cpa(worth: Number, cost: Number | None, people: int) -> float | None:
    # Reading: the heads cancel out, so the ratio is one division of the two sums.
    return None if people == 0 or cost is None else ratio(worth, cost)


def _gaps(shop: Shop, span: Span, passes: Callable[[Order], bool]) -> list[timedelta]:
    """Times between consecutive occasions of a person, for gaps that end in the span."""
    found: list[timedelta] = []
    orders = [order for order in shop.paid if passes(order)]
    for of_person in grouped(orders, lambda order: order.person).values():
        firsts = sorted(
            min(order.created for order in of_day)
            for of_day in grouped(of_person, lambda order: order.created_date).values()
        )
        found += [end - start for start, end in pairwise(firsts) if end in span]
    return found


def _repeat_counts(shop: Shop, span: Span, orders: list[Order]) -> tuple[int, int]:
    """Customers of the orders, and those of them with two paid orders or more by the end."""
    by_end = grouped((o for o in shop.paid if o.created < span.end), lambda order: order.person)
    customers = {order.person for order in orders}
    # Reading: an order later in the period counts here from any source, like an earlier one.
    return len(customers), sum(len(by_end[person]) >= 2 for person in customers)


def repeat_rate(shop: Shop, period: str = "week", utm_source: str | None = None) -> JsonRow:
    """How many customers of the period came back, and how soon."""
    span, passes = shop.span(period), by_source(shop, utm_source)
    orders = [order for order in shop.paid_in(span) if passes(order.tags)]
    customers, repeat = _repeat_counts(shop, span, orders)
    share = rate(repeat, customers)
    gaps = _gaps(shop, span, lambda order: passes(order.tags))
    # Reading: the mean is that of all gaps of all persons, in days of 24 hours.
    days = ratio(sum(gap // TICK for gap in gaps), timedelta(days=1) // TICK * len(gaps))
    rating = interval = None
    if share is not None and customers >= shop.number("rating_min_customers"):
        rating = (
            "excellent"
            if share > 30
            else "good"
            if share >= 15
            else "average"
            if share >= 5
            else "poor"
        )
    if days is not None:
        interval = "impulse" if days < 30 else "regular" if days <= 60 else "seasonal"
    return {
        "total_customers": customers,
        "repeat_customers": repeat,
        "one_time_customers": customers - repeat,
        "repeat_rate": shown(share),
        "avg_orders_per_customer": shown(ratio(len(orders), customers)),
        "avg_time_between_orders": shown(days, 1),
        "total_orders": len(orders),
        "rating": rating,
        "interval": interval,
    }


def kpis(
    shop: Shop, period: str = "week", limit: int | None = None, asked_at: str | None = None
) -> list[JsonRow]:
    """The six figures with their targets. ``asked_at`` is the time of asking; default now."""
    span = shop.span(period)
    orders, cost = shop.paid_in(span), spent(shop.spend_in(span))
    new = _new_customers(shop, span)
    worth = revenue_of(order for order in shop.paid if order.person in new)
    customers, repeat = _repeat_counts(shop, span, orders)
    asked = datetime.now(UTC) if asked_at is None else parse_timestamp(asked_at)
    if asked is None:
        raise ValueError(f"asked_at is no timestamp: {asked_at!r}")
    age = (asked - shop.as_of) // TICK
    figures: list[tuple[str, float | None, int, bool, str]] = [
        ("ltv_cpa_ratio", _ltv_cpa(worth, cost, len(new)), 3, True, "ratio"),
        ("repeat_rate", rate(repeat, customers), 20, True, "percent"),
        ("roi", of_ads(shop, span).roi, 150, True, "percent"),
        ("retention_week_1", retention_week_1(shop), 30, True, "percent"),
        ("cohort_coverage", cohort_coverage(shop), 80, True, "percent"),
        ("data_freshness_minutes", ratio(age, timedelta(minutes=1) // TICK), 5, False, "minutes"),
    ]
    # Reading: without a value there is nothing to be met: null.
    rows: list[JsonRow] = [
        {
            "name": name,
            "value": shown(value, 1 if name == "retention_week_1" else 2),
            "target": target,
            "met": None if value is None else value > target if above else value < target,
            "unit": unit,
        }
        for name, value, target, above, unit in figures
    ]
    return limited(rows, limit)
