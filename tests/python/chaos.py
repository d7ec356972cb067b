"""A seeded generator of small hostile shops, which hit every rule of staging, people and money.

Two rows between which the contract leaves the choice open do not occur: such a pair is equal in
all that is read.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable
from datetime import datetime, timedelta
from random import Random
from zoneinfo import ZoneInfo

from chaos_rows import Chaos, Row, make_order, make_session, make_tags
from chaos_values import (
    CAMPAIGNS,
    CLICK_IDS,
    CONTENTS,
    HOSTILE,
    MEDIA,
    SOURCES,
    TICK,
    Dice,
    clock_changes,
)
from oracle.values import parse_decimal, parse_integer, parse_timestamp, read, text

Tables = dict[str, list[Row]]

SPEND_SOURCES = (*SOURCES, "{{site_source_name}}", "__SOURCE__", "null", "", "bing ads", "nobody")

_LOOKBACK = timedelta(hours=720)
_NOT_LINKED: Row = {"utm_session_id": None, "session_key": None, "user_id": None, "email": None}
_ACTION_TYPES = (
    *("page_view", "page_view", "product_view", "product_view", "add_to_cart", "search", "Lead"),
    *("remove_from_cart", "initiate_checkout", "lead", "purchase", "scroll", "click "),
)


def make_shop(seed: int, as_of: datetime, zone: ZoneInfo, sessions: int | None = None) -> Tables:
    """The raw tables of a shop, every value as text or None.

    ``as_of`` is aware; the same arguments give the same shop. ``sessions`` is how many sessions
    are generated before some of them are repeated. Shops of even seeds have a campaign with
    enough sessions to compare its creatives.
    """
    chaos = Chaos(Dice(Random(seed), as_of, zone))
    count = sessions or chaos.dice.random.randint(150, 400)
    for number in range(count):
        busy = seed % 2 == 0 and chaos.dice.chance(0.7)
        chaos.sessions.append(make_session(chaos, number, busy))
    _at_clock_changes(chaos)
    _returns(chaos)
    _repeat_sessions(chaos)
    chaos.orders += [make_order(chaos, number) for number in range(70)]
    _chain(chaos)
    _managers(chaos)
    _lookback_borders(chaos)
    _repeat_orders(chaos)
    tables = {
        "utm_sessions": chaos.sessions,
        "user_actions": _actions(chaos),
        "orders": chaos.orders,
        "refunds": _refunds(chaos),
        "ad_spend": [_spend(chaos.dice) for _ in range(150)],
    }
    for rows in tables.values():
        chaos.dice.random.shuffle(rows)
    return _without_open_ties(tables, as_of)


def _repeat_sessions(chaos: Chaos) -> None:
    """Rows of one key: exact copies, later ones, ones with other ids, other tags, other flags."""
    dice = chaos.dice
    for row in [row for row in chaos.sessions if dice.chance(0.13)]:
        copy = dict(row)
        if dice.chance(0.75):
            start = dice.moment()
            copy |= make_tags(dice) | {
                "last_seen": dice.time(start + timedelta(days=dice.pick((0, 0, 5)))),
                "first_seen": dice.time(start) if dice.chance(0.5) else row["first_seen"],
                "is_bot": dice.flag(0.2),
                "visitor_id": dice.pick((row["visitor_id"], "v1", None)),
            }
            if dice.chance(0.6):
                copy["id"] = dice.integer(dice.random.randint(995, 1600))
        chaos.sessions.append(copy)


def _at_clock_changes(chaos: Chaos) -> None:
    """A person's session at each change of the clock."""
    dice = chaos.dice
    for place, change in enumerate(clock_changes(dice.as_of, dice.zone)):
        known: Row = {"id": f"{1980 + place}", "session_key": f"change {place}", "is_bot": None}
        known |= {"user_agent": None, "first_seen": dice.time(change, 0)}
        chaos.sessions.append(make_session(chaos, 980 + place) | known)


def _returns(chaos: Chaos) -> None:
    """Visits from payment pages: a tick around 24 hours after an arrival, in chains, after none."""
    dice = chaos.dice
    start = dice.as_of - timedelta(days=12)
    day = timedelta(hours=24)
    untagged: Row = dict.fromkeys((*CLICK_IDS, "fbclid", "utm_source", "landing_page"))
    number = 960
    for place, after in enumerate((timedelta(0), TICK, day, day + TICK, -TICK, None)):
        for moment in (None, *(() if after is None else (after, after + TICK))):
            known: Row = {"id": f"{1000 + number}", "session_key": f"return {number}"}
            known |= {"visitor_id": f"payer {place}", "last_seen": None}
            if moment is None and after is not None:
                known["first_seen"] = dice.time(start, 0)
                known |= {"utm_source": "Ads | x", "is_bot": None, "user_agent": None}
            else:
                page = dice.pick(
                    ("https://www.paypal.com/x", "https://liqpay.ua", "http://pay.fondy.eu")
                )
                known |= untagged | {"referrer": page}
                known["first_seen"] = dice.time(start + (moment or timedelta(0)), 0)
            chaos.sessions.append(make_session(chaos, number) | known)
            number += 1


def _chain(chaos: Chaos) -> None:
    """A person whose contacts are chained over many orders, in no order of theirs."""
    for link in range(20):
        email = f"chain{(link // 2) * 7 % 20}@example.com"
        phone = chaos.dice.phone(501000000 + (link + 1) // 2 * 11)
        order = make_order(chaos, 200 + link, user_id=None, email=email, phone=phone)
        chaos.orders.append(order)


def _managers(chaos: Chaos) -> None:
    """User ids that order for ten phones (a person) and eleven (nobody), and such a visitor."""
    dice = chaos.dice
    desk: Row = {"id": "1901", "session_key": "desk", "visitor_id": "manager", "user_agent": None}
    desk |= {"is_bot": None, "first_seen": dice.time(dice.as_of - timedelta(days=20), 0)}
    chaos.sessions.append(make_session(chaos, 901) | desk)
    for number in range(11):
        moment = dice.time(dice.as_of - timedelta(days=1 + number), 0)
        money: Row = {"created": moment, "total_sum": "20"}
        for place, (user, phones) in enumerate((("77", 10), ("78.0", 11))):
            phone = dice.phone(931000000 + 100000 * place + number % phones)
            link = _NOT_LINKED | money | {"phone": phone, "user_id": user}
            chaos.orders.append(make_order(chaos, 300 + 50 * place + number, **link))
        link = _NOT_LINKED | money | {"session_key": "desk"}
        link["phone"] = dice.phone(951000000 + number)
        chaos.orders.append(make_order(chaos, 420 + number, **link))


def _lookback_borders(chaos: Chaos) -> None:
    """Orders without session and tags, as old as the look-back allows and a tick beside it."""
    dice = chaos.dice
    start = dice.as_of - timedelta(days=40)
    paid: Row = {"payment_status": "paid", "status": None, "total_sum": "100", "phone": None}
    for number, after in enumerate((_LOOKBACK, _LOOKBACK + TICK, timedelta(0), -TICK, TICK)):
        email, source = f"border{number}@example.com", f"border{number}"
        known: Row = {"id": f"{1950 + number}", "session_key": source, "visitor_id": None}
        known |= {"is_bot": None, "user_agent": None, "utm_source": source}
        known["first_seen"] = dice.time(start, 0)
        chaos.sessions.append(make_session(chaos, 950 + number) | known)
        # The order that tells whose session it is comes long after the border.
        link = _NOT_LINKED | paid | {"email": email, "utm_session_id": f"{1950 + number}"}
        link["created"] = dice.time(start + timedelta(days=39), 0)
        lone = _NOT_LINKED | paid | {"email": email.upper(), "utm_source": None}
        lone["created"] = dice.time(start + after, 0)
        chaos.orders.append(make_order(chaos, 500 + number, **link))
        chaos.orders.append(make_order(chaos, 510 + number, **lone))


def _repeat_orders(chaos: Chaos) -> None:
    """Orders again: exact copies, later states, another sum at the same time, no `updated`."""
    dice = chaos.dice
    for row in [row for row in chaos.orders if dice.chance(0.1)]:
        later: Row = {"updated": dice.time(dice.moment()), "payment_status": "paid"}
        changes: tuple[Row, ...] = ({}, later, {"total_sum": "4321.5"}, {"updated": None})
        chaos.orders.append(row | dice.pick(changes))


def _actions(chaos: Chaos) -> list[Row]:
    dice = chaos.dice
    ids = [row["id"] for row in chaos.sessions]
    favourite = dice.pick(ids)
    rows: list[Row] = []
    for number in range(600):
        near = favourite if dice.chance(0.1) else dice.pick(ids)
        rows.append(
            {
                "id": dice.integer(20000 + number),
                "utm_session_id": dice.pick((near, near, near, near, None, "777777", "one")),
                "action_type": dice.maybe(0.99, dice.pick(_ACTION_TYPES)),
                "timestamp": dice.maybe(0.99, dice.time(dice.moment())),
                "page_path": dice.pick(("/a", "/сукні?utm_source=x#y", "?q", None, "/a#b?c")),
                "product_id": dice.pick(("17", " 18 ", None)),
                "product_name": dice.pick(("Сукня", HOSTILE[30], None)),
                "cart_value": dice.maybe(0.5, dice.money()),
                "order_id": dice.pick(("5001", None)),
                "order_number": dice.pick(("TWC-1", None)),
                "points_earned": dice.maybe(0.2, dice.integer(dice.pick((0, 7, -3)), 0.1)),
            }
        )
    for row in [row for row in rows if dice.chance(0.05)]:
        changes: tuple[Row, ...] = (
            {},
            {"timestamp": dice.pick(("", "soon", dice.time(dice.as_of, 0)))},
            {"action_type": " "},
        )
        rows.append(row | dice.pick(changes))
    return rows


def _refunds(chaos: Chaos) -> list[Row]:
    dice = chaos.dice
    orders = [row["id"] for row in chaos.orders]
    rows: list[Row] = [
        {
            "id": dice.pick((f"{number}", f"{number}", None, "x")),
            "order_id": dice.pick((dice.pick(orders), dice.pick(orders), "123456", None)),
            "amount": dice.pick((dice.money(), "5000", "1", "0", None)),
            "created": dice.maybe(0.97, dice.time(dice.moment())),
        }
        for number in range(60)
    ]
    return rows + [dict(row) for row in rows if dice.chance(0.2)]


def _spend(dice: Dice) -> Row:
    today = dice.as_of.astimezone(dice.zone).date()
    ago = dice.pick((-2, -1, 0, 0, 1, 1, 2, 5, 6, 7, 8, 20, 29, 30, 45))
    return {
        "date": dice.maybe(0.98, dice.day(today - timedelta(days=ago))),
        "utm_source": dice.pick(SPEND_SOURCES),
        "utm_medium": dice.tag(MEDIA),
        "utm_campaign": dice.tag(CAMPAIGNS),
        "utm_content": dice.tag(CONTENTS),
        "spend": dice.maybe(0.98, dice.money()),
        "impressions": dice.maybe(0.9, dice.integer(1000, 0.1)),
        "clicks": dice.maybe(0.9, dice.integer(10, 0.1)),
    }


def _without_open_ties(tables: Tables, as_of: datetime) -> Tables:
    """The tables without rows that the contract's rules cannot choose between, equal ones aside."""

    def session_rank(row: Row) -> Hashable:
        first, number = read(row["first_seen"], parse_timestamp), _visible(row, "first_seen", as_of)
        if first is None or number is None:
            return None
        last = max(read(row["last_seen"], parse_timestamp) or first, first)
        return text(row["session_key"]), number, min(last, as_of)

    def session_place(row: Row) -> Hashable:
        number = _visible(row, "first_seen", as_of)
        return None if number is None else (number, read(row["first_seen"], parse_timestamp))

    def order_rank(row: Row) -> Hashable:
        number = _visible(row, "created", as_of)
        updated = read(row["updated"], parse_timestamp)
        return None if number is None else (number, updated, read(row["total_sum"], parse_decimal))

    sessions = _chosen(tables["utm_sessions"], session_rank)
    return tables | {
        # Sessions of one id and one first_seen have no order among them.
        "utm_sessions": _chosen(sessions, session_place, lambda row: text(row["session_key"])),
        "orders": _chosen(tables["orders"], order_rank),
        "user_actions": _chosen(
            tables["user_actions"], lambda row: _visible(row, "timestamp", as_of)
        ),
        "refunds": _chosen(tables["refunds"], lambda row: _visible(row, "created", as_of)),
    }


def _visible(row: Row, column: str, as_of: datetime) -> int | None:
    """The id of a row before as_of."""
    moment = read(row[column], parse_timestamp)
    return None if moment is None or moment >= as_of else read(row["id"], parse_integer)


def _chosen(
    rows: list[Row],
    rank: Callable[[Row], Hashable],
    content: Callable[[Row], Hashable] = lambda row: tuple(row.values()),
) -> list[Row]:
    """The rows; of those with one rank only the ones with the content of the first."""
    first: dict[Hashable, Hashable] = {}
    found = []
    for row in rows:
        place = rank(row)
        if place is None or first.setdefault(place, content(row)) == content(row):
            found.append(row)
    return found
