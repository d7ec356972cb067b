"""geo, sessions, session-detail, data-quality (metrics.md 5)."""

from __future__ import annotations

import hashlib
import hmac
from collections import Counter, defaultdict
from collections.abc import Iterable

from .facts import Shop
from .filters import JsonRow, grouped, limited, session_counts
from .records import Action, Order, Session, lowered
from .traffic import UNKNOWN, known
from .values import rate, shown, simple_upper

Country = tuple[str | None, str | None]


class UnknownSessionError(LookupError):
    """No session of people has this id."""


def _country(session: Session) -> Country:
    """The code, else the name, that a session's country is known by."""
    code = known(session.country)
    if code is not None:
        return simple_upper(code), None
    return None, known(session.country_name)


def _shown_names(sessions: Iterable[Session]) -> dict[str, str]:
    """Code -> the most frequent name, then the first by code point; codes without one are absent.

    The sessions are those of the period asked.
    """
    names: dict[str, Counter[str]] = defaultdict(Counter)
    for session in sessions:
        code, name = _country(session)[0], known(session.country_name)
        if code is not None and name is not None:
            names[code][name] += 1
    return {
        code: min(counts, key=lambda name: (-counts[name], name)) for code, counts in names.items()
    }


def _text_key(value: object) -> tuple[bool, str]:
    # Reading: of two rows with the same shown name, the one without a code comes last.
    return value is None, str(value or "")


def geo(shop: Shop, period: str = "week", limit: int | None = 15) -> JsonRow:
    """Countries and cities; the limit holds for each."""
    sessions = shop.sessions_in(shop.span(period))
    names = _shown_names(sessions)

    def place(country: Country) -> JsonRow:
        code, name = country
        if code is not None:
            return {"country": names.get(code, code), "code": code}
        return {"country": name or UNKNOWN, "code": None}

    countries: list[JsonRow] = [
        {**place(country), **session_counts(found)}
        for country, found in grouped(sessions, _country).items()
    ]
    # Reading: a city is told apart by its country too (code, else name), not by region; the
    # sessions of a country without a known city are that country's row `Unknown`.
    groups = grouped(sessions, lambda s: (known(s.city) or UNKNOWN, _country(s)))
    cities: list[JsonRow] = [
        {"city": city, **place(country), **session_counts(found)}
        for (city, country), found in groups.items()
    ]
    return {
        "countries": limited(_sorted(countries, "country", "code"), limit),
        "cities": limited(_sorted(cities, "city", "country", "code"), limit),
    }


def _sorted(rows: list[JsonRow], *keys: str) -> list[JsonRow]:
    return sorted(
        rows, key=lambda row: (-int(str(row["sessions"])), *(_text_key(row[key]) for key in keys))
    )


def session_row(shop: Shop, session: Session) -> JsonRow:
    """A session as `sessions` shows it."""
    key = hmac.new(shop.pii_key.encode(), session.session_key.encode(), hashlib.sha256)
    return {
        "id": session.id,
        "session_key": key.hexdigest(),
        "utm_source": session.tags.source,
        "utm_medium": session.tags.medium,
        "utm_campaign": session.tags.campaign,
        "utm_content": session.tags.content,
        "utm_term": session.tags.term,
        "country": session.country,
        "country_name": session.country_name,
        "city": session.city,
        "device_type": session.device_type,
        "os_name": session.os_name,
        "browser_name": session.browser_name,
        "first_seen": shop.clock.iso(session.first_seen),
        "last_seen": shop.clock.iso(session.last_seen),
        "is_converted": session.is_converted,
        "conversion_type": session.conversion_type,
        "converted_at": shop.clock.iso(session.converted_at),
        "revenue": shown(session.revenue),
    }


def _latest(sessions: Iterable[Session]) -> list[Session]:
    return sorted(sessions, key=lambda s: s.order, reverse=True)


def sessions(shop: Shop, period: str = "week", limit: int | None = 50) -> list[JsonRow]:
    """The latest sessions of the period."""
    found = _latest(shop.sessions_in(shop.span(period)))
    return [session_row(shop, session) for session in limited(found, limit)]


def _action_row(shop: Shop, action: Action) -> JsonRow:
    return {
        "id": action.id,
        "action_type": action.action_type,
        "timestamp": shop.clock.iso(action.timestamp),
        "points": action.points,
        "page_path": action.page_path,
        "product_id": action.product_id,
        "product_name": action.product_name,
        "cart_value": shown(action.cart_value),
        "order_id": action.order_id,
        "order_number": action.order_number,
    }


def _order_row(shop: Shop, order: Order) -> JsonRow:
    return {
        "id": order.id,
        "order_number": order.order_number,
        "created": shop.clock.iso(order.created),
        # Reading: statuses are shown as they are compared, trimmed and lower-cased.
        "payment_status": lowered(order.payment_status),
        "status": lowered(order.status),
        "total_sum": shown(order.total_sum),
        # Reading: revenue is "counted for paid orders", so any other order shows 0.
        "revenue": shown(order.revenue),
    }


def session_detail(shop: Shop, id: int) -> JsonRow:  # noqa: A002 (the parameter's name)
    """One session, its latest 50 actions, its own orders, the person's other sessions.

    Raises UnknownSessionError for an id that names no session, or a bot's.
    """
    session = shop.session_of_id.get(id)
    if session is None:
        raise UnknownSessionError(f"no session {id}")
    actions = sorted(session.actions, key=lambda a: (a.timestamp, a.id), reverse=True)
    # Reading: "of the person" belongs to other_sessions alone; the orders are the session's own,
    # whatever their status.
    orders = sorted(session.orders, key=lambda o: (o.created, o.id), reverse=True)
    others = _latest(s for s in shop.sessions if s.person == session.person and s is not session)
    return {
        "session": session_row(shop, session),
        "actions": [_action_row(shop, action) for action in actions[:50]],
        "orders": [_order_row(shop, order) for order in orders],
        "other_sessions": [session_row(shop, other) for other in others],
    }


def data_quality(shop: Shop, limit: int | None = None) -> list[JsonRow]:
    """Where each raw table's rows went."""
    # Reading: rows that have no sessions are sorted by their key, the table's name; an optional
    # table that is not there has its row of zeros.
    rows: list[JsonRow] = [
        {
            "table": ledger.table,
            "read": ledger.read,
            "kept": ledger.kept,
            "duplicates": ledger.duplicates,
            "quarantined": ledger.quarantined,
            "after_as_of": ledger.after_as_of,
            "reasons": dict(sorted(ledger.reasons.items())),
        }
        for ledger in sorted(shop.ledgers, key=lambda found: found.table)
    ]
    return limited(rows, limit)


def status(shop: Shop) -> JsonRow:
    """What the data themselves say of their state; the rest is settings and the clock."""
    rows: list[JsonRow] = []
    for table in ("utm_sessions", "user_actions", "orders", "ad_spend", "refunds"):
        (ledger,) = (found for found in shop.ledgers if found.table == table)
        silence = ledger.data_until and shop.as_of - ledger.data_until
        hours = None if silence is None else silence.total_seconds() / 3600
        rows.append(
            {
                "table": table,
                "data_until": shop.clock.iso(ledger.data_until),
                "silence_hours": shown(hours),
                "quarantined_share": shown(rate(ledger.quarantined, ledger.read)),
            }
        )
    return {"as_of": shop.clock.iso(shop.as_of), "tables": rows}
