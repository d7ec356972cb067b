"""Single hostile rows of sessions and orders."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta

from chaos_values import (
    AGENTS,
    BOT_AGENTS,
    CAMPAIGNS,
    CLICK_IDS,
    CONTENTS,
    HOSTILE,
    MEDIA,
    SOURCES,
    TICK,
    Dice,
)
from oracle.values import text

Row = dict[str, str | None]

_COUNTRIES = (
    *(("UA", "Україна"), ("ua", "Ukraine"), ("Pl", "Polska"), ("unknown", None)),
    *((None, "Польща"), (None, "UNKNOWN"), ("DE", ""), (None, None), ("uA", "УКРАЇНА")),
)
_SYSTEMS = ("iOS", "ios", "Android", "Unknown", "", *(f"OS {number}" for number in range(9)))
_OFTEN = ("gclid", "ttclid", "msclkid")
_STATUSES = ("paid", "paid", "paid", "PAID ", "\u00a0Paid", "prepaid", "Partial", "unpaid", None)


@dataclass
class Chaos:
    """A shop in the making; ``starts`` tells when the session of a key began."""

    dice: Dice
    sessions: list[Row] = field(default_factory=list)
    orders: list[Row] = field(default_factory=list)
    starts: dict[str, datetime] = field(default_factory=dict)


def make_tags(dice: Dice, busy: bool = False, absent: float = 0.2) -> Row:
    """The five tags; ``busy`` ones belong to one campaign with few creatives."""
    content = ("video_a", "Video A", "banner-b") if busy else CONTENTS
    return {
        "utm_source": dice.pick(("ig", "Google")) if busy else dice.tag(SOURCES, absent),
        "utm_medium": dice.tag(MEDIA, 0.3),
        "utm_campaign": "Spring" if busy else dice.tag(CAMPAIGNS, 0.25),
        "utm_content": dice.tag(content, 0.05 if busy else 0.3, 0.02 if busy else 0.12),
        "utm_term": dice.tag(("сукня", "Dress", "red dress"), 0.6),
    }


def key_of(number: int) -> str:
    """The session key of a number: keys differ in case, spaces inside, alphabet."""
    return (f"key-{number}", f"KEY-{number - 1}", f"ключ {number}", f'k"{number},\n.')[number % 4]


def make_session(chaos: Chaos, number: int, busy: bool = False) -> Row:
    """One session; few of the numbers share an id."""
    dice = chaos.dice
    start, key = dice.moment(), key_of(number)
    chaos.starts[key] = start
    visitor = dice.pick((f"v{dice.random.randrange(90)}", f"V{number}", None, " "))
    if dice.chance(0.03):
        visitor = dice.pick(("anonymous", "None", "v' or 1=1", "Є-1"))
    last = start + dice.pick((timedelta(0), TICK, timedelta(minutes=7), timedelta(days=9)))
    if dice.chance(0.05):
        last = start - timedelta(hours=1)
    country, country_name = dice.pick(_COUNTRIES)
    return {
        "id": dice.integer(1000 + number if dice.chance(0.93) else 1000 + number // 2),
        "session_key": dice.maybe(0.98, dice.padded(key)),
        "visitor_id": visitor,
        **make_tags(dice, busy),
        "fbclid": dice.maybe(0.12, "IwAR0"),
        "gclid": dice.maybe(0.08, dice.pick(("Cj0K", " ", "null"))),
        "ttclid": dice.maybe(0.05, "E.C.P"),
        "msclkid": dice.maybe(0.05, "abc"),
        **{
            name: dice.maybe(0.02, dice.pick(("1", " ")))
            for name in CLICK_IDS
            if name not in _OFTEN
        },
        "ip_address": f"192.0.2.{dice.random.randrange(255)}",
        "user_agent": dice.pick(BOT_AGENTS) if dice.chance(0.06) else dice.pick((*AGENTS, None)),
        "country": country,
        "country_name": country_name,
        "city": dice.pick(("Київ", "київ", "Lviv", "unknown", "Unknown ", None, "Одеса\u00a0")),
        "device_type": dice.pick(("mobile", "Mobile", "desktop", "TABLET", "unknown", None, "ПК")),
        "os_name": dice.pick(_SYSTEMS),
        "browser_name": dice.pick(("Chrome", "chrome", "Safari", "uNKNOWN", *HOSTILE[15:27])),
        "referrer": dice.maybe(0.6, dice.referrer()),
        "landing_page": dice.landing() if dice.chance(0.3) else "/?utm_source=x",
        "visit_count": dice.maybe(0.5, dice.integer(dice.pick((0, 1, 1, 1, 2, -1, 40)))),
        "is_first_visit": dice.flag(),
        "is_returning_visitor": dice.flag(0.08),
        "is_bot": dice.flag(0.04),
        "first_seen": dice.maybe(0.99, dice.time(start)),
        "last_seen": dice.maybe(0.85, dice.time(last, 0.05)),
        "is_converted": dice.flag(0.25),
        "converted_at": dice.maybe(0.2, dice.time(dice.moment(), 0.05)),
        "conversion_type": dice.pick(("lead", "Purchase", " purchase ", "call", None)),
    }


def make_contacts(dice: Dice) -> Row:
    """Whom an order names: people of a small town, with many ways to write the same."""
    place = dice.random.randrange(25)
    email = dice.pick((f"user{place}@example.com", f" User{place}@EXAMPLE.com"))
    if dice.chance(0.1):
        email = dice.pick(("TEST@test.com ", "no mail", "-", "ОЛЕНА@приклад.укр"))
    phone = dice.phone(670000000 + 7 * dice.random.randrange(25))
    if dice.chance(0.15):
        phone = dice.pick(("0000000000", "12345", "+1 415 555 2671", "-", "٠٦٧"))
    return {
        "user_id": dice.maybe(0.35, dice.integer(dice.random.randrange(15), 0.04)),
        "email": dice.maybe(0.45, email),
        "phone": dice.maybe(0.45, phone),
        "full_name": "Олена Тест",
    }


def make_order(chaos: Chaos, number: int, **more: str | None) -> Row:
    """One order: of a session by id, by key, by both (not always the same one) or of none."""
    dice = chaos.dice
    linked, other = dice.pick(chaos.sessions), dice.pick(chaos.sessions)
    began = chaos.starts.get(text(linked["session_key"]) or "", dice.as_of)
    soon = began + timedelta(minutes=dice.random.randrange(90))
    return {
        "id": dice.integer(5000 + number),
        "order_number": f"TWC-{number}" if dice.chance(0.8) else None,
        **make_contacts(dice),
        "session_key": dice.pick(
            (linked["session_key"], other["session_key"], None, None, "gone", " ")
        ),
        "utm_session_id": dice.pick((linked["id"], linked["id"], None, None, "999999", "x1")),
        "total_sum": dice.maybe(0.98, dice.money()),
        "discount_amount": dice.maybe(0.5, dice.money()),
        "payment_status": dice.pick(_STATUSES),
        "status": dice.pick(("new", "done", "ship", "cancelled", " CANCELLED", "canceled", None)),
        "pay_type": "card",
        "source": dice.pick(("web", "manual", " MANUAL", None)),
        "sale_source": dice.pick(("Instagram", None)),
        **make_tags(dice, absent=0.6),
        "created": dice.maybe(0.98, dice.time(soon if dice.chance(0.5) else dice.moment())),
        "updated": dice.maybe(0.7, dice.time(dice.moment(), 0.05)),
        **more,
    }
