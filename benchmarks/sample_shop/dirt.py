"""The faults that a real shop's tables have, planted where the sample can show them."""

from .dice import Dice
from .visits import Row

Tables = dict[str, list[Row]]


def plant(dice: Dice, tables: Tables) -> None:
    """Add repeated, unreadable and badly linked rows to the finished tables, in place."""
    _repeat_sessions(dice, tables)
    _break_sessions(tables)
    _break_actions(dice, tables)
    _break_orders(tables)
    _break_refunds_and_spend(tables)


def _repeat_sessions(dice: Dice, tables: Tables) -> None:
    # A tracker that lost a race wrote one visit twice under one key: the later row is complete,
    # the earlier one still has actions that point to it.
    sessions = tables["utm_sessions"]
    next_id = 1 + max(int(row["id"]) for row in sessions)
    for number in range(14):
        original = sessions[60 + 200 * number + dice.below(40)]
        repeated = dict(original, id=str(next_id + number))
        original["last_seen"] = ""
        if number % 3 == 0:
            original["utm_content"] = ""
        sessions.append(repeated)
        acts = [a for a in tables["user_actions"] if a["utm_session_id"] == original["id"]]
        for action in acts[1:]:
            action["utm_session_id"] = repeated["id"]


def _break_sessions(tables: Tables) -> None:
    sessions = tables["utm_sessions"]
    first_id = 1 + max(int(row["id"]) for row in sessions)
    broken = [
        {"session_key": "", "first_seen": "2026-03-14 10:12:40+00"},
        {"session_key": "", "first_seen": "2026-05-02 17:40:01+00"},
        {"session_key": "b1r0k3n0000000000000000000000001", "first_seen": "31.02.2026 10:00"},
        {"session_key": "b1r0k3n0000000000000000000000002", "first_seen": "yesterday"},
        {"session_key": "b1r0k3n0000000000000000000000003", "first_seen": ""},
    ]
    for number, row in enumerate(broken):
        tags = {"utm_source": "instagram", "utm_medium": "paid_social", "country": "UA"}
        sessions.append({"id": str(first_id + number), **tags, **row})


def _break_actions(dice: Dice, tables: Tables) -> None:
    actions = tables["user_actions"]
    for _ in range(18):
        actions[dice.below(len(actions))]["utm_session_id"] = str(dice.between(900_001, 900_999))
    for _ in range(9):
        actions[dice.below(len(actions))]["utm_session_id"] = ""
    actions.extend(dict(actions[1000 * number + dice.below(900)]) for number in range(1, 9))
    next_id = 1 + max(int(row["id"]) for row in actions)
    broken = [
        {"action_type": "page_view", "timestamp": "2026-13-05T10:00:00Z"},
        {"action_type": "product_view", "timestamp": ""},
        {"action_type": "", "timestamp": "2026-04-09T08:30:00.000Z"},
    ]
    for number, row in enumerate(broken):
        actions.append({"id": str(next_id + number), "utm_session_id": "77", **row})


def _break_orders(tables: Tables) -> None:
    orders = tables["orders"]
    linked = [row for row in orders if row.get("utm_session_id") and row.get("session_key")]
    for number, row in enumerate(linked[5::40]):
        row["utm_session_id"] = str(900_500 + number)
        if number % 3 == 2:
            row["session_key"] = f"10stk3y0000000000000000000000{number:03d}"
    # An earlier state of an order, from an overlapping extract.
    for row in [r for r in orders if r["status"] == "done"][7::60]:
        early = dict(row, status="new", payment_status="unpaid", updated=row["created"])
        orders.append(early)
    # A number that somebody made up: it identifies nobody.
    for row in linked[30:40:4]:
        row["phone"] = "+380000000000"
    last = orders[-1]
    broken = [
        {"total_sum": "-250.00", "created": "2026-02-20 12:00:00+02:00"},
        {"total_sum": "дві тисячі", "created": "2026-04-11 09:15:00+03:00"},
        {"total_sum": "1290.00", "created": ""},
    ]
    next_id = 1 + max(int(row["id"]) for row in orders)
    for number, row in enumerate(broken):
        common = {"payment_status": last["payment_status"], "status": "new", "source": "web"}
        orders.append({"id": str(next_id + number), **common, **row})


def _break_refunds_and_spend(tables: Tables) -> None:
    refunds = tables["refunds"]
    refunds.append(dict(refunds[2]))
    spend = tables["ad_spend"]
    spend.append(dict(spend[100], spend="n/a", date="2026-02-11"))
    spend.append(dict(spend[200], spend="-12.50", date="2026-03-11"))
