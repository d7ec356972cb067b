"""Staging: quarantine, then as_of, then duplicates (metrics.md 2)."""

from __future__ import annotations

import re
from collections.abc import Callable, Hashable, Iterable
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import Any, TypeVar

from .cleaning import Seeds
from .clock import Clock
from .raw import CONTRACTS, Row, read_table
from .records import ZERO, Action, Ledger, Order, Refund, Session, Spend, lowered
from .values import (
    Raw,
    cell,
    parse_boolean,
    parse_date,
    parse_decimal,
    parse_integer,
    parse_text,
    parse_timestamp,
    read,
    simple_lower,
    text,
)

R = TypeVar("R")
T = TypeVar("T")
_POINTS_BY_CART = ("lead", "purchase")
_NON_DIGITS = re.compile(r"[^0-9]")
# `ext` holds the x that is a mark already.
_AFTER_NUMBER = re.compile("[,;/#x]|доб|дод", re.IGNORECASE)


class InvalidRowError(Exception):
    """The row is quarantined; the message is the reason."""


def need(row: Row, column: str, parse: Callable[[str], T | None]) -> T:
    """The value of a column that decides validity."""
    value, problem = cell(row.get(column), parse)
    if value is None:
        raise InvalidRowError(f"{column} {problem}")
    return value


def whole_row(row: Row) -> tuple[tuple[int, str], ...]:
    """The row as a sort key, for ties that the contract leaves open."""
    # Reading: an open tie goes to the row that is greatest as text, column by column in the
    # order of the columns' names, a missing value below any other.
    return tuple((0, "") if row[key] is None else (1, row[key] or "") for key in sorted(row))


def clean_email(raw: Raw) -> str | None:
    """Trimmed and lower-cased; None without an @."""
    value = text(raw)
    return simple_lower(value) if value is not None and "@" in value else None


def clean_phone(raw: Raw) -> str | None:
    """Digits in the international form, by metrics.md 3."""
    number = raw or ""
    first = re.search("[0-9]", number)
    if first and (end := _AFTER_NUMBER.search(number, first.start())):
        number = number[: end.start()]
    digits = _NON_DIGITS.sub("", number).removeprefix("00")
    if len(digits) == 15:
        digits = digits.removeprefix("810")
    if len(digits) == 13 and digits.startswith("3800"):
        digits = "380" + digits[4:]
    if len(digits) == 10 and digits.startswith("0"):
        digits = "38" + digits
    elif len(digits) == 11 and digits.startswith("80"):
        digits = "3" + digits
    elif len(digits) == 9 and not digits.startswith("0"):
        digits = "380" + digits
    if len(digits) < 9 or len(set(digits[-9:])) == 1:
        return None
    return digits


@dataclass
class Staging:
    """The kept rows of every raw table. ``key_of_id``: raw session id to session_key."""

    sessions: list[Session]
    actions: list[Action]
    orders: list[Order]
    refunds: list[Refund]
    spend: list[Spend]
    ledgers: list[Ledger]
    key_of_id: dict[int, str]


class Stager:
    """Turns raw rows into kept records, counting what happened to each."""

    def __init__(self, raw_dir: Path, seeds: Seeds, clock: Clock, as_of: datetime) -> None:
        self.raw_dir, self.seeds, self.clock, self.as_of = raw_dir, seeds, clock, as_of
        self.ledgers: list[Ledger] = []
        self.tables = {contract.name: contract for contract in CONTRACTS}

    def stage(self) -> Staging:
        """Stage all tables."""
        visible = self._sift("utm_sessions", self._session, lambda s: s.first_seen)
        key_of_id: dict[int, str] = {}
        for session in visible:
            known = key_of_id.get(session.id, "")
            key_of_id[session.id] = max(known, session.session_key)
        sessions = self._dedupe(
            "utm_sessions",
            visible,
            lambda s: s.session_key,
            lambda s: (s.last_seen, s.id, s.raw),
        )
        actions = self._dedupe(
            "user_actions",
            self._sift("user_actions", self._action, lambda a: a.timestamp),
            lambda a: a.id,
            lambda a: (a.raw,),
        )
        # Reading: an order without a readable `updated` comes below any that has one.
        orders = self._dedupe(
            "orders",
            self._sift("orders", self._order, lambda o: o.created),
            lambda o: o.id,
            lambda o: (o.updated is not None, o.updated or o.created, o.total_sum, o.raw),
        )
        spend = self._dedupe(
            "ad_spend",
            self._sift("ad_spend", self._spend, lambda s: self.clock.midnight(s.day)),
            id,
            lambda s: (s.spend,),
        )
        # Reading: a refund whose id is missing or unreadable is no duplicate of any other.
        refunds = self._dedupe(
            "refunds",
            self._sift("refunds", self._refund, lambda r: r.created),
            lambda r: ("row", id(r)) if r.id is None else ("id", r.id),
            lambda r: (r.raw,),
        )
        return Staging(sessions, actions, orders, refunds, spend, self.ledgers, key_of_id)

    def _sift(
        self, table: str, build: Callable[[Row], R], moment: Callable[[R], datetime]
    ) -> list[R]:
        ledger = Ledger(table)
        self.ledgers.append(ledger)
        visible: list[R] = []
        for row in read_table(self.raw_dir, self.tables[table]):
            ledger.read += 1
            try:
                record = build(row)
            except InvalidRowError as invalid:
                ledger.quarantined += 1
                reason = str(invalid)
                ledger.reasons[reason] = ledger.reasons.get(reason, 0) + 1
                continue
            if moment(record) >= self.as_of:
                ledger.after_as_of += 1
            else:
                visible.append(record)
        if visible and table != "ad_spend":
            # Reading: rows that are duplicates of others are visible too.
            ledger.data_until = max(map(moment, visible))
        return visible

    def _dedupe(
        self,
        table: str,
        records: Iterable[R],
        key: Callable[[R], Hashable],
        rank: Callable[[R], tuple[Any, ...]],
    ) -> list[R]:
        ledger = next(found for found in self.ledgers if found.table == table)
        best: dict[Hashable, tuple[tuple[Any, ...], R]] = {}
        for record in records:
            candidate = (rank(record), record)
            known = best.get(key(record))
            if known is None or candidate[0] > known[0]:
                best[key(record)] = candidate
            if known is not None:
                ledger.duplicates += 1
        ledger.kept = len(best)
        return [record for _, record in best.values()]

    def _session(self, row: Row) -> Session:
        number = need(row, "id", parse_integer)
        key = need(row, "session_key", parse_text)
        first_seen = need(row, "first_seen", parse_timestamp)
        last_seen = max(read(row.get("last_seen"), parse_timestamp) or first_seen, first_seen)
        agent = text(row.get("user_agent"))
        tags = self.seeds.session_tags(row)
        return Session(
            id=number,
            session_key=key,
            visitor=text(row.get("visitor_id")) or key,
            tags=tags,
            channel_group=self.seeds.channel_group(tags),
            country=text(row.get("country")),
            country_name=text(row.get("country_name")),
            city=text(row.get("city")),
            device_type=text(row.get("device_type")),
            os_name=text(row.get("os_name")),
            browser_name=text(row.get("browser_name")),
            visit_count=read(row.get("visit_count"), parse_integer),
            flag_returning=read(row.get("is_returning_visitor"), parse_boolean) is True,
            flag_converted=read(row.get("is_converted"), parse_boolean) is True,
            raw_conversion_type=lowered(text(row.get("conversion_type"))),
            raw_converted_at=read(row.get("converted_at"), parse_timestamp),
            first_seen=first_seen,
            last_seen=min(last_seen, self.as_of),
            is_bot=read(row.get("is_bot"), parse_boolean) is True or self.seeds.bot_reason(agent),
            raw=whole_row(row),
            is_return=self.seeds.is_return(row),
        )

    def _action(self, row: Row) -> Action:
        number = need(row, "id", parse_integer)
        kind = need(row, "action_type", parse_text)
        moment = need(row, "timestamp", parse_timestamp)
        cart_value = read(row.get("cart_value"), parse_decimal)
        points = read(row.get("points_earned"), parse_integer)
        if points is None:
            points = self.seeds.points.get(kind, 0)
            if kind in _POINTS_BY_CART and cart_value is not None and cart_value > 0:
                points += int(cart_value // 100)
        page_path = text(row.get("page_path"))
        return Action(
            id=number,
            session_id=read(row.get("utm_session_id"), parse_integer),
            action_type=kind,
            timestamp=moment,
            page_path=re.split(r"[?#]", page_path)[0] if page_path else None,
            # Reading: inputs.md gives product_id and order_id of an action no type: text.
            product_id=text(row.get("product_id")),
            product_name=text(row.get("product_name")),
            cart_value=cart_value,
            order_id=text(row.get("order_id")),
            order_number=text(row.get("order_number")),
            points=points,
            raw=whole_row(row),
        )

    def _order(self, row: Row) -> Order:
        number = need(row, "id", parse_integer)
        total_sum = need(row, "total_sum", parse_decimal)
        if total_sum < 0:
            raise InvalidRowError("total_sum negative")
        created = need(row, "created", parse_timestamp)
        discount = read(row.get("discount_amount"), parse_decimal) or ZERO
        return Order(
            id=number,
            order_number=text(row.get("order_number")),
            user_id=read(row.get("user_id"), parse_integer),
            session_key=text(row.get("session_key")),
            utm_session_id=read(row.get("utm_session_id"), parse_integer),
            email=clean_email(row.get("email")),
            phone=clean_phone(row.get("phone")),
            total_sum=total_sum,
            discount=max(discount, ZERO),
            payment_status=text(row.get("payment_status")),
            status=text(row.get("status")),
            source=lowered(text(row.get("source"))),
            own_tags=self.seeds.clean_tags(row),
            created=created,
            updated=read(row.get("updated"), parse_timestamp),
            raw=whole_row(row),
            created_date=self.clock.day(created),
        )

    def _spend(self, row: Row) -> Spend:
        day = need(row, "date", parse_date)
        # Reading: a source that is NULL after cleaning is missing, like an empty one.
        source = self.seeds.clean_tags(row).source
        if source is None:
            raise InvalidRowError("utm_source missing")
        spend = need(row, "spend", parse_decimal)
        if spend < 0:
            raise InvalidRowError("spend negative")
        return Spend(day, source, self.seeds.clean_tags(row).campaign, spend)

    def _refund(self, row: Row) -> Refund:
        order_id = need(row, "order_id", parse_integer)
        amount: Decimal = need(row, "amount", parse_decimal)
        if amount <= 0:
            raise InvalidRowError("amount negative")
        created = need(row, "created", parse_timestamp)
        return Refund(read(row.get("id"), parse_integer), order_id, amount, created, whole_row(row))
