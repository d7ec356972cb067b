"""cohort-analysis (metrics.md 6), and the two kpis that rest on cohorts."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import date, timedelta

from .clock import DAY, first_of_month, monday
from .facts import Shop
from .filters import JsonRow, by_source, grouped, revenue_of
from .records import Order, Session
from .values import Number, parse_date, rate, ratio, shown, text

LABELS = {
    "uk": {"day": "День", "week": "Тиждень", "month": "Місяць"},
    "en": {"day": "Day", "week": "Week", "month": "Month"},
}
METRICS = ("retention", "ltv", "orders", "revenue")
DEFAULT_RANGE = timedelta(days=90)


def start_of(kind: str, day: date) -> date:
    """The first date of the day's calendar day, week or month."""
    return {"day": day, "week": monday(day), "month": first_of_month(day)}[kind]


def shifted(kind: str, start: date, count: int) -> date:
    """The start that lies ``count`` calendar days, weeks or months later."""
    if kind == "month":
        return first_of_month(start, count)
    return start + count * (7 if kind == "week" else 1) * DAY


@dataclass
class Person:
    """A person who was seen in a session, with all that they did."""

    first: Session
    sessions: list[Session]
    orders: list[Order]
    active: set[date]

    @property
    def paid(self) -> list[Order]:
        """Their paid orders."""
        return [order for order in self.orders if order.is_paid]


def seen_people(shop: Shop) -> list[Person]:
    """Everybody who has a session."""
    orders = grouped(shop.orders, lambda order: order.person)
    found = []
    for person, sessions in grouped(shop.sessions, lambda s: s.person).items():
        own = orders.get(person, [])
        active = {order.created_date for order in own}
        for session in sessions:
            active.add(shop.clock.day(session.first_seen))
            active.add(shop.clock.day(session.last_seen))
            active.update(shop.clock.day(action.timestamp) for action in session.actions)
        found.append(Person(min(sessions, key=lambda s: s.order), sessions, own, active))
    return found


def _asked_day(value: str | date | None, default: date) -> date:
    if value is None:
        return default
    if isinstance(value, date):
        return value
    day = parse_date(text(value) or "")
    if day is None:
        raise ValueError(f"no date: {value!r}")
    return day


@dataclass(frozen=True)
class Cohort:
    """The persons of one start, and how many periods are complete."""

    start: date
    people: list[Person]
    complete: int


def find_cohorts(
    shop: Shop,
    kind: str,
    utm_source: str | None = None,
    start_date: str | date | None = None,
    end_date: str | date | None = None,
) -> list[Cohort]:
    """The cohorts of a range, by start."""
    today = shop.clock.day(shop.as_of)
    # Reading: "as_of - 90 days" is the business date of as_of, 90 calendar days back.
    first = start_of(kind, _asked_day(start_date, today - DEFAULT_RANGE))
    last = _asked_day(end_date, today)
    passes = by_source(shop, utm_source)
    people: dict[date, list[Person]] = defaultdict(list)
    for person in seen_people(shop):
        start = start_of(kind, shop.clock.day(person.first.first_seen))
        if first <= start <= last and passes(person.first.tags):
            people[start].append(person)
    return [Cohort(start, people[start], _complete(shop, kind, start)) for start in sorted(people)]


def _complete(shop: Shop, kind: str, start: date) -> int:
    """How many of the periods from 0 on have ended by as_of."""
    most = int(shop.number("cohort_periods"))
    return sum(shop.clock.midnight(shifted(kind, start, k + 1)) <= shop.as_of for k in range(most))


def active_in(cohort: Cohort, kind: str, k: int) -> int:
    """How many of its persons were active in period k."""
    start, end = shifted(kind, cohort.start, k), shifted(kind, cohort.start, k + 1)
    return sum(any(start <= day < end for day in person.active) for person in cohort.people)


def _orders_until(cohort: Cohort, end: date | None) -> list[Order]:
    return [
        order
        for person in cohort.people
        for order in person.paid
        if cohort.start <= order.created_date and (end is None or order.created_date < end)
    ]


def _cell(cohort: Cohort, kind: str, metric: str, k: int) -> Number | float | None:
    size = len(cohort.people)
    if metric == "retention":
        return shown(rate(active_in(cohort, kind, k), size), 1)
    orders = _orders_until(cohort, shifted(kind, cohort.start, k + 1))
    if metric == "orders":
        return len(orders)
    revenue = revenue_of(orders)
    return shown(revenue) if metric == "revenue" else shown(ratio(revenue, size))


def _totals(cohort: Cohort) -> JsonRow:
    orders = _orders_until(cohort, None)
    return {
        "cohort": cohort.start.isoformat(),
        "size": len(cohort.people),
        "converted": sum(
            bool(person.paid) or any(session.is_converted for session in person.sessions)
            for person in cohort.people
        ),
        "orders": len(orders),
        "revenue": shown(revenue_of(orders)),
    }


def cohort_analysis(
    shop: Shop,
    cohort_type: str = "week",
    metric: str = "retention",
    utm_source: str | None = None,
    start_date: str | date | None = None,
    end_date: str | date | None = None,
    limit: int | None = None,
) -> JsonRow:
    """Cohorts, their matrix and their totals."""
    # Reading: the defaults are weekly retention; a limit would keep the first cohorts.
    if cohort_type not in LABELS["en"] or metric not in METRICS:
        raise ValueError(f"unknown cohort_type or metric: {cohort_type!r}, {metric!r}")
    cohorts = find_cohorts(shop, cohort_type, utm_source, start_date, end_date)[:limit]
    matrix = [
        [_cell(cohort, cohort_type, metric, k) for k in range(cohort.complete)]
        for cohort in cohorts
    ]
    label = LABELS[shop.lang][cohort_type]
    return {
        "cohorts": [cohort.start.isoformat() for cohort in cohorts],
        "periods": [f"{label} {k}" for k in range(max(map(len, matrix), default=0))],
        "matrix": matrix,
        "totals": [_totals(cohort) for cohort in cohorts],
        "metric": metric,
        "cohort_type": cohort_type,
    }


def retention_week_1(shop: Shop) -> float | None:
    """Retention of week 1 over the weekly cohorts of the default range, weighted by size."""
    cohorts = [cohort for cohort in find_cohorts(shop, "week") if cohort.complete >= 2]
    return rate(
        sum(active_in(cohort, "week", 1) for cohort in cohorts),
        sum(len(cohort.people) for cohort in cohorts),
    )


def cohort_coverage(shop: Shop) -> float | None:
    """Per cent of all-time revenue whose person was seen in a session."""
    seen = {session.person for session in shop.sessions}
    return rate(
        revenue_of(order for order in shop.paid if order.person in seen), revenue_of(shop.paid)
    )
