"""What the sample's visitors do: actions, orders and what becomes of them."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta

from .assortment import FIRST_NAMES, LAST_NAMES, PRODUCTS, Product
from .clock import WRITTEN_AT, text_iso, text_local, text_utc
from .dice import Dice
from .visits import Crowd, Person, Row, Visit, Visitor

_POINTS = {
    "page_view": 1,
    "product_view": 3,
    "add_to_cart": 10,
    "remove_from_cart": -5,
    "initiate_checkout": 20,
    "lead": 50,
    "purchase": 100,
    "search": 2,
    "click": 1,
}

#: user_id of the manager who types in the orders of those who write or call.
_MANAGER_ID = 2


@dataclass
class Ledger:
    """Everything that has happened so far; actions get their ids when they are sorted by time."""

    actions: list[tuple[datetime, Row]] = field(default_factory=list)
    orders: list[Row] = field(default_factory=list)
    refunds: list[tuple[datetime, Row]] = field(default_factory=list)
    people: int = 0
    due: dict[tuple[str, str], int] = field(default_factory=dict)


@dataclass
class _Walk:
    """One visit under way: the clock moves with every action."""

    dice: Dice
    ledger: Ledger
    visit: Visit
    now: datetime

    def act(self, action_type: str, path: str, **values: str) -> None:
        """Record an action now, unless the files had been written by then."""
        if self.now < WRITTEN_AT:
            row = {
                "utm_session_id": str(self.visit.session_id),
                "action_type": action_type,
                "timestamp": text_iso(self.now),
                "page_path": path,
                **values,
            }
            # The shop's old tracker left the points of some actions to the reader.
            if action_type in _POINTS and not self.dice.permille(300):
                extra = 0
                if action_type in ("lead", "purchase"):
                    extra = int(values["cart_value"].split(".")[0]) // 100
                row["points_earned"] = str(_POINTS[action_type] + extra)
            self.ledger.actions.append((self.now, row))
            self.visit.row["last_seen"] = text_utc(self.now)
        self.now += timedelta(seconds=self.dice.between(6, 110), milliseconds=self.dice.below(1000))


def walk(dice: Dice, crowd: Crowd, ledger: Ledger, visit: Visit) -> None:
    """Let a visit happen: its actions, its order if it has one, and the session's own flags."""
    step = _Walk(dice, ledger, visit, visit.started)
    step.act("page_view", visit.landing_path)
    visitor = visit.visitor
    if visitor is None:
        if dice.permille(250):
            step.act("page_view", "/sitemap/")
        return
    buys = _is_due(ledger, visit, visitor)
    gives_up = not buys and dice.permille(11)
    products = _browse(step, 3 if buys or gives_up else dice.weighted(((0, 26), (1, 34), (3, 40))))
    if buys or gives_up or (products and dice.permille(150)):
        basket = products[: dice.weighted(((1, 55), (2, 32), (3, 13)))]
        _fill_basket(step, basket)
        if buys or gives_up or dice.permille(430):
            step.act("initiate_checkout", "/checkout/", cart_value=f"{_sum(basket)}.00")
        if (buys or gives_up) and step.now < WRITTEN_AT:
            _order(step, crowd, visitor, basket, buys)
    visitor.last_seen = step.now
    person = visitor.person
    if person is not None and person.user_id and person.registered_at <= step.now:
        visit.row["user_registered"] = "true"
        visit.row["user_registered_at"] = text_utc(person.registered_at)


def manual_order(dice: Dice, crowd: Crowd, ledger: Ledger, created: datetime) -> None:
    """An order that the manager typed in after a message or a call: no session."""
    known = crowd.customers and dice.permille(250)
    visitor = dice.pick(crowd.customers) if known else None
    person = visitor.person if visitor else None
    if person is None:
        person = _new_person(dice, ledger, created, register=False)
    basket = [dice.pick(PRODUCTS) for _ in range(dice.between(1, 2))]
    row = _order_row(dice, ledger, person, basket, created)
    row["user_id"] = str(_MANAGER_ID) if dice.permille(750) else ""
    row["source"] = dice.pick(("manual", "manual", "Manual "))
    row["sale_source"] = dice.pick(("Instagram Direct", "Телефон", "Шоурум", "Viber"))
    if dice.permille(180):
        row.update(utm_source="ig", utm_medium="social", utm_campaign="direct_messages")
    _settle(dice, ledger, row, created, good=dice.permille(880))
    ledger.orders.append(row)


def _is_due(ledger: Ledger, visit: Visit, visitor: Visitor) -> bool:
    # A creative's buyers come in their proportion and not by luck, so that the sample's tests of
    # creatives end as intended. Customers buy again twice as readily.
    key = (visit.stream.name, visit.creative.content)
    due = ledger.due.get(key, 500) + visit.creative.buyers * (2 if visitor.person else 1)
    ledger.due[key] = due - 1000 if due >= 1000 else due
    return due >= 1000


def _browse(step: _Walk, products: int) -> list[Product]:
    dice = step.dice
    if dice.permille(220):
        step.act("scroll", step.visit.landing_path)
    if dice.permille(110):
        step.act("search", "/search/")
    seen: list[Product] = []
    for _ in range(products):
        product = dice.pick(PRODUCTS)
        if product in seen:
            continue
        seen.append(product)
        step.act("product_view", f"/{product.path}/", **_named(product))
    if dice.permille(170):
        step.act(dice.pick(("time_on_page", "click")), step.visit.landing_path)
    return seen


def _fill_basket(step: _Walk, basket: list[Product]) -> None:
    for number, product in enumerate(basket, start=1):
        value = f"{_sum(basket[:number])}.00"
        step.act("add_to_cart", f"/{product.path}/", **_named(product), cart_value=value)
    if step.dice.permille(90):
        step.act("remove_from_cart", "/cart/", **_named(basket[-1]))


def _named(product: Product) -> dict[str, str]:
    return {"product_id": str(product.product_id), "product_name": product.name}


def _sum(basket: list[Product]) -> int:
    return sum(product.price for product in basket)


def _order(step: _Walk, crowd: Crowd, visitor: Visitor, basket: list[Product], buys: bool) -> None:
    dice, ledger, visit = step.dice, step.ledger, step.visit
    created = step.now
    if visitor.person is None:
        visitor.person = _person(dice, crowd, ledger, created)
    if buys and not visitor.has_bought:
        visitor.has_bought = True
        crowd.customers.append(visitor)
    person = visitor.person
    row = _order_row(dice, ledger, person, basket, created)
    row["user_id"] = str(person.user_id) if person.user_id else ""
    row["source"] = "web"
    row["session_key"] = visit.row["session_key"] if not dice.permille(70) else ""
    # Links are lost at times, by one key or the other.
    if not row["session_key"] or not dice.permille(110):
        row["utm_session_id"] = str(visit.session_id)
    if dice.permille(720):
        for tag in ("utm_source", "utm_medium", "utm_campaign", "utm_content", "utm_term"):
            row[tag] = visit.row[tag]
    paid = _settle(dice, ledger, row, created, good=buys)
    ledger.orders.append(row)
    if buys:
        step.act(
            "purchase" if paid else "lead",
            "/checkout/success/",
            cart_value=f"{_sum(basket)}.00",
            order_id=row["id"],
            order_number=row["order_number"],
        )
        # The shop's tracker misses some conversions; the order itself tells.
        if not dice.permille(120):
            visit.row["is_converted"] = "true"
            visit.row["converted_at"] = text_utc(created)
            visit.row["conversion_type"] = "purchase" if paid else "lead"


def _person(dice: Dice, crowd: Crowd, ledger: Ledger, now: datetime) -> Person:
    # Some new browsers are a customer's second device: the phone is the same, the rest differs.
    if crowd.customers and dice.permille(100):
        known = dice.pick(crowd.customers).person
        if known is not None:
            local, _, _ = known.email.partition("@")
            email = f"{local or 'second'}.{dice.between(2, 99)}@example.org"
            return Person(known.name, email, known.phone, 0, now)
    return _new_person(dice, ledger, now, register=dice.permille(420))


def _new_person(dice: Dice, ledger: Ledger, now: datetime, register: bool) -> Person:
    ledger.people += 1
    first, first_latin = dice.pick(FIRST_NAMES)
    last, last_latin = dice.pick(LAST_NAMES)
    domain = dice.pick(("example.com", "example.com", "example.org", "poshta.test"))
    email = f"{first_latin}.{last_latin}{ledger.people}@{domain}"
    if not register and dice.permille(350):
        email = ""
    phone = f"{dice.pick(('050', '067', '063'))}000{1000 + ledger.people:04d}"
    user_id = 100 + ledger.people if register else 0
    return Person(f"{first} {last}", email, phone, user_id, now)


def _order_row(
    dice: Dice, ledger: Ledger, person: Person, basket: list[Product], created: datetime
) -> Row:
    number = 5001 + len(ledger.orders)
    total = _sum(basket)
    percent = dice.weighted(((0, 84), (10, 12), (15, 4)))
    discount = "" if percent == 0 else f"{total * percent // 100}.{total * percent % 100:02d}"
    return {
        "id": str(number),
        "order_number": f"K-{number}",
        "email": person.email.upper() if dice.permille(60) else person.email,
        "phone": _written(dice, person.phone),
        "full_name": person.name,
        "total_sum": f"{total}.00",
        "discount_amount": discount,
        "created": text_local(created),
    }


def _written(dice: Dice, phone: str) -> str:
    # One number, as people and forms write it.
    style = dice.below(6)
    if style == 0:
        return phone
    if style == 1:
        return f"8{phone}"
    if style == 2:
        return f"00380{phone[1:]}"
    if style == 3:
        return f"+38 ({phone[:3]}) {phone[3:6]}-{phone[6:8]}-{phone[8:]}"
    return f"+38{phone}"


def _settle(dice: Dice, ledger: Ledger, row: Row, created: datetime, *, good: bool) -> bool:
    """Decide how an order went on; True if it was paid."""
    if good:
        payment = dice.weighted((("paid", 85), ("prepaid", 11), ("partial", 4)))
        age = (WRITTEN_AT - created).days
        status = "new" if age < 1 else "ship" if age < 4 else "done"
        if payment != "paid" and age < 7:
            status = "prep"
    else:
        payment, status = dice.weighted(
            (
                (("unpaid", "cancelled"), 45),
                (("unpaid", "new"), 15),
                (("checking", "new"), 15),
                (("paid", "cancelled"), 25),
            )
        )
    row["payment_status"] = payment
    row["status"] = status
    row["pay_type"] = dice.pick(("card", "card", "cod", "installments"))
    hours = 0 if status == "new" else dice.between(1, 70)
    row["updated"] = text_local(min(created + timedelta(hours=hours), WRITTEN_AT))
    if payment == "paid" and good and dice.permille(55):
        refunded = created + timedelta(days=dice.between(3, 14), hours=dice.below(10))
        share = dice.weighted(((100, 35), (50, 40), (30, 25)))
        cents = int(row["total_sum"].removesuffix(".00")) * share * 80 // 100
        if refunded < WRITTEN_AT:
            amount = f"{cents // 100}.{cents % 100:02d}"
            refund = {"order_id": row["id"], "amount": amount, "created": text_utc(refunded)}
            ledger.refunds.append((refunded, refund))
    return payment == "paid"
