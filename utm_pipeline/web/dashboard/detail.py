"""One session: its path, its orders, and what else the same person did."""

from __future__ import annotations

from utm_pipeline.web.dashboard.sheets import record, sheet
from utm_pipeline.web.dashboard.view import Shown, View

_ACTIONS = ("timestamp", "action_type", "page_path", "product_name", "cart_value", "points")
_ORDERS = ("order_number", "created", "payment_status", "status", "total_sum", "revenue")
_OTHERS = ("id", "first_seen", "utm_source", "utm_campaign", "conversion_type", "revenue")


def load(view: View, session_id: str) -> Shown:
    """What the page of a session shows.

    Raises:
        ParameterError: the id is no number.
        NotFoundError: there is no such session.
    """
    parts = {table.key: table for table in view.ask("session-detail", id=session_id)}
    facts = parts["session"]
    found = facts.dicts()[0]
    # The title has the id, the country its name; the key is of use to programs alone.
    hidden = {"id", "session_key", "country" if found["country_name"] else ""}
    known = [key for key, value in found.items() if value is not None and key not in hidden]
    return {
        "session_id": found["id"],
        "facts": record(facts, view.formats, known),
        "actions": sheet(parts["actions"], view.formats, _ACTIONS),
        "orders": sheet(parts["orders"], view.formats, _ORDERS),
        "others": sheet(
            parts["other_sessions"],
            view.formats,
            _OTHERS,
            link=lambda row: view.filters.address(f"/sessions/{row['id']}"),
        ),
    }
