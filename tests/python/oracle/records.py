"""What staging keeps, and what the facts add to it."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal

from .cleaning import Tags

ZERO = Decimal("0.00")


@dataclass
class Session:
    """One kept session. The second half is filled by facts.py.

    ``id`` is the raw id of the kept row; ``visitor`` is visitor_id, else session_key; instants
    are aware UTC; ``person`` is the representative of the person's component.
    """

    id: int
    session_key: str
    visitor: str
    tags: Tags
    channel_group: str
    country: str | None
    country_name: str | None
    city: str | None
    device_type: str | None
    os_name: str | None
    browser_name: str | None
    visit_count: int | None
    flag_returning: bool
    flag_converted: bool
    raw_conversion_type: str | None
    raw_converted_at: datetime | None
    first_seen: datetime
    last_seen: datetime
    is_bot: bool
    raw: tuple[tuple[int, str], ...]
    is_return: bool = False
    person: str = ""
    is_returning: bool = False
    is_converted: bool = False
    conversion_type: str | None = None
    converted_at: datetime | None = None
    actions: list[Action] = field(default_factory=list)
    orders: list[Order] = field(default_factory=list)

    @property
    def order(self) -> tuple[datetime, int, str]:
        """First_seen, then id."""
        # Reading: two sessions of one id and one first_seen are then taken by session_key.
        return self.first_seen, self.id, self.session_key

    @property
    def score(self) -> int:
        """Points of the session's actions."""
        return sum(action.points for action in self.actions)

    @property
    def revenue(self) -> Decimal:
        """Revenue of the session's own orders."""
        return sum((order.revenue for order in self.orders), ZERO)

    def has_action(self, action_type: str) -> bool:
        """Whether the session has such an action."""
        return any(action.action_type == action_type for action in self.actions)


@dataclass
class Action:
    """One kept action; ``session_id`` is the raw id that it points to."""

    id: int
    session_id: int | None
    action_type: str
    timestamp: datetime
    page_path: str | None
    product_id: str | None
    product_name: str | None
    cart_value: Decimal | None
    order_id: str | None
    order_number: str | None
    points: int
    raw: tuple[tuple[int, str], ...]


@dataclass
class Order:
    """One kept order. ``tags``, ``session``, ``person`` and the money are filled by facts.py.

    ``net`` is total_sum less discount and refunds, never below 0, whatever the status; ``revenue``
    is that of a paid order, else 0.
    """

    id: int
    order_number: str | None
    user_id: int | None
    session_key: str | None
    utm_session_id: int | None
    email: str | None
    phone: str | None
    total_sum: Decimal
    discount: Decimal
    payment_status: str | None
    status: str | None
    source: str | None
    own_tags: Tags
    created: datetime
    updated: datetime | None
    raw: tuple[tuple[int, str], ...]
    created_date: date = date.min
    session: Session | None = None
    person: str = ""
    tags: Tags = field(default_factory=Tags)
    refunded: Decimal = ZERO
    net: Decimal = ZERO
    revenue: Decimal = ZERO

    @property
    def is_paid(self) -> bool:
        """Payment status paid, status not cancelled."""
        return self._has_status("paid")

    @property
    def is_lead(self) -> bool:
        """Payment status prepaid or partial, status not cancelled."""
        return self._has_status("prepaid", "partial")

    def _has_status(self, *wanted: str) -> bool:
        return lowered(self.payment_status) in wanted and lowered(self.status) != "cancelled"


@dataclass(frozen=True)
class Refund:
    """One kept refund; ``id`` is None where the shop gives none."""

    id: int | None
    order_id: int
    amount: Decimal
    created: datetime
    raw: tuple[tuple[int, str], ...]


@dataclass(frozen=True)
class Spend:
    """What one row of ad_spend says."""

    day: date
    source: str
    campaign: str | None
    spend: Decimal


@dataclass
class Ledger:
    """Where the rows of a raw table went."""

    table: str
    read: int = 0
    kept: int = 0
    duplicates: int = 0
    quarantined: int = 0
    after_as_of: int = 0
    reasons: dict[str, int] = field(default_factory=dict)
    data_until: datetime | None = None
    """The latest visible moment of its rows; a day of spend is none."""


def lowered(value: str | None) -> str | None:
    """Lower-cased text."""
    return None if value is None else value.lower()
