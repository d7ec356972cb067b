"""The sample's sessions: who came when, from where and with what."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta

from .assortment import BOTS, DEVICES, IN_APP_DEVICES, PLACES, Device, Place
from .clock import (
    FIRST_DAY,
    HOURS,
    WRITTEN_AT,
    busyness,
    days,
    text_utc,
    to_utc,
)
from .dice import Dice
from .streams import STREAMS, Creative, Stream

Row = dict[str, str]

_LANDINGS = (
    ("https://kalyna.example/", 40),
    ("https://kalyna.example/novynky/", 25),
    ("https://kalyna.example/sukni/", 20),
    ("https://kalyna.example/rozprodazh/", 15),
)


@dataclass
class Person:
    """A customer. ``user_id`` is 0 for a guest; ``phone`` is ten national digits."""

    name: str
    email: str
    phone: str
    user_id: int
    registered_at: datetime


@dataclass
class Visitor:
    """One browser."""

    visitor_id: str
    place: Place
    device: Device
    ip_address: str
    fbp: str
    visits: int = 0
    last_seen: datetime = WRITTEN_AT
    person: Person | None = None
    has_bought: bool = False


@dataclass
class Visit:
    """One session; ``row`` is its line of utm_sessions, completed by what happens in it."""

    session_id: int
    row: Row
    stream: Stream
    creative: Creative
    started: datetime
    visitor: Visitor | None
    landing_path: str


@dataclass
class Crowd:
    """Everybody who has been to the shop so far."""

    visitors: list[Visitor] = field(default_factory=list)
    customers: list[Visitor] = field(default_factory=list)


def visits(dice: Dice, crowd: Crowd) -> Iterator[Visit]:
    """All sessions in the order in which they begin, bots' (``visitor`` None) among them.

    The caller tells ``crowd.customers`` who has bought, since customers return more often.
    """
    session_id = 0
    for started, stream in _arrivals(dice):
        session_id += 1
        yield _visit(dice, crowd, session_id, started, stream)
        if dice.permille(24):
            session_id += 1
            yield _bot_visit(dice, session_id, started + timedelta(seconds=dice.between(1, 50)))


def _arrivals(dice: Dice) -> Iterator[tuple[datetime, Stream]]:
    carried = 0
    for day in days():
        active = [(s, _volume(s, day)) for s in STREAMS if s.first_day <= day <= s.last_day]
        # A hundred days at usual busyness are a million of these units for each session; what is
        # left over is carried to the next day, so that no session is lost to rounding.
        carried += sum(volume for _, volume in active) * busyness(day)
        count, carried = divmod(carried, 1_000_000)
        times = sorted(_moment(dice, day) for _ in range(count))
        for started in times:
            if started < WRITTEN_AT:
                yield started, dice.weighted(active)


def _volume(stream: Stream, day: date) -> int:
    # Assistants send few people in winter and three times as many in summer.
    if stream.name == "assistants":
        return stream.sessions * (60 + (day - FIRST_DAY).days) // 120
    return stream.sessions


def _moment(dice: Dice, day: date) -> datetime:
    minutes = 60 * dice.weighted(HOURS) + dice.below(60)
    local = datetime.combine(day, time()) + timedelta(minutes=minutes, seconds=dice.below(60))
    return to_utc(local)


def _visit(dice: Dice, crowd: Crowd, session_id: int, started: datetime, stream: Stream) -> Visit:
    creative = dice.weighted([(c, c.weight) for c in stream.creatives])
    visitor = _returning(dice, crowd, started) if dice.permille(stream.returning) else None
    if visitor is None:
        visitor = _new_visitor(dice, stream)
        crowd.visitors.append(visitor)
    visitor.visits += 1
    row = _session_row(dice, session_id, started, visitor)
    landing = dice.weighted(_LANDINGS)
    row["landing_page"] = landing
    _tag(dice, row, stream, creative, started)
    path = landing.removeprefix("https://kalyna.example")
    return Visit(session_id, row, stream, creative, started, visitor, path)


def _returning(dice: Dice, crowd: Crowd, now: datetime) -> Visitor | None:
    pool = crowd.customers if crowd.customers and dice.permille(420) else crowd.visitors
    if not pool:
        return None
    for _ in range(3):
        # Most who come back had been there lately.
        reach = min(len(pool), 60 if dice.permille(600) else 700)
        visitor = pool[len(pool) - 1 - dice.below(reach)]
        if visitor.last_seen + timedelta(hours=1) < now:
            return visitor
    return None


def _new_visitor(dice: Dice, stream: Stream) -> Visitor:
    in_app = IN_APP_DEVICES.get(stream.app)
    device = dice.weighted(in_app) if in_app and dice.permille(620) else dice.weighted(DEVICES)
    network = dice.pick(("203.0.113", "198.51.100", "192.0.2"))
    address = f"{network}.{dice.between(1, 254)}"
    if dice.permille(40):
        address = f"2001:db8:{dice.between(1, 4095):x}::{dice.between(1, 4095):x}"
    fbp = f"fb.1.17{dice.between(10**10, 10**11 - 1)}.{dice.between(10**8, 10**9 - 1)}"
    return Visitor(dice.uuid(), dice.weighted(PLACES), device, address, fbp)


def _session_row(dice: Dice, session_id: int, started: datetime, visitor: Visitor) -> Row:
    place, device = visitor.place, visitor.device
    return {
        "id": str(session_id),
        "session_key": dice.key(32),
        # Some browsers refuse the long-lived cookie.
        "visitor_id": "" if dice.permille(25) and visitor.visits == 1 else visitor.visitor_id,
        "ip_address": visitor.ip_address,
        "user_agent": device.user_agent,
        "country": place.country,
        "country_name": place.country_name,
        "region": place.region,
        "city": place.city,
        "timezone": place.timezone,
        "device_type": device.device_type,
        "device_brand": device.brand,
        "device_model": device.model,
        "os_name": device.os_name,
        "os_version": device.os_version,
        "browser_name": device.browser_name,
        "browser_version": device.browser_version,
        "visit_count": str(visitor.visits),
        "is_first_visit": "true" if visitor.visits == 1 else "false",
        "is_returning_visitor": "false" if visitor.visits == 1 else "true",
        "is_bot": "false",
        "user_registered": "false",
        "is_converted": "false",
        "first_seen": text_utc(started),
    }


def _tag(dice: Dice, row: Row, stream: Stream, creative: Creative, started: datetime) -> None:
    source, medium, campaign = dice.weighted(stream.spellings)
    row["utm_source"] = source
    row["utm_medium"] = medium
    row["utm_campaign"] = campaign
    row["utm_content"] = creative.content if source else ""
    row["utm_term"] = dice.pick(stream.terms)
    row["referrer"] = dice.pick(stream.referrers)
    if stream.click_id:
        click = dice.key(24)
        row[stream.click_id] = click
        if stream.click_id == "fbclid":
            row["fbc"] = f"fb.1.{int(started.timestamp())}000.{click}"


def _bot_visit(dice: Dice, session_id: int, started: datetime) -> Visit:
    stream = dice.weighted([(s, s.sessions) for s in STREAMS])
    creative = dice.pick(stream.creatives)
    user_agent, noticed = dice.weighted(BOTS)
    row = {
        "id": str(session_id),
        "session_key": dice.key(32),
        "visitor_id": dice.uuid() if dice.permille(300) else "",
        "ip_address": f"192.0.2.{dice.between(1, 254)}",
        "user_agent": user_agent,
        "country": "US",
        "country_name": "United States",
        "device_type": "unknown",
        "visit_count": "1",
        "is_first_visit": "true",
        "is_returning_visitor": "false",
        "is_bot": "true" if noticed else "false",
        "is_converted": "false",
        "first_seen": text_utc(started),
        "landing_page": "https://kalyna.example/",
    }
    _tag(dice, row, stream, creative, started)
    return Visit(session_id, row, stream, creative, started, None, "/")
