"""People as connected components of identifiers (metrics.md 3)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable

from .records import Order, Session


class Components:
    """Disjoint sets of ``type:value`` texts; a set is named by its least text."""

    def __init__(self) -> None:
        self._parent: dict[str, str] = {}

    def find(self, node: str) -> str:
        """The least text of the node's set."""
        root = node
        while (above := self._parent.setdefault(root, root)) != root:
            root = above
        while node != root:
            above = self._parent[node]
            self._parent[node] = root
            node = above
        return root

    def join(self, left: str, right: str) -> None:
        """Make the two sets one."""
        low, high = sorted((self.find(left), self.find(right)))
        self._parent[high] = low


def identify(
    sessions: Iterable[Session], orders: Iterable[Order], ignored: frozenset[str], max_phones: int
) -> dict[str, str]:
    """Give every session and order its person; answers visitor -> representative.

    The representative is the component's least ``type:value`` by code point. ``sessions`` are
    people's, ``orders`` know their session.
    """
    orders = list(orders)
    phones: dict[str, set[str]] = defaultdict(set)
    # Reading: all visible orders count for identity_max_phones, whatever their status.
    for order in orders:
        phone = order.phone
        if phone is None or phone in ignored:
            continue
        for holder in _holders(order):
            phones[holder].add(phone)
    crowded = {holder for holder, numbers in phones.items() if len(numbers) > max_phones}

    components = Components()
    nodes_of: dict[int, list[str]] = {}
    for order in orders:
        nodes = [
            node
            for node in _holders(order)
            if node not in crowded and node.partition(":")[2] not in ignored
        ]
        contacts = (("email", order.email), ("phone", order.phone))
        nodes += [f"{kind}:{value}" for kind, value in contacts if value and value not in ignored]
        nodes_of[order.id] = nodes
        for node in nodes:
            components.join(nodes[0], node)

    people: dict[str, str] = {}
    for session in sessions:
        # A visitor who identifies nobody is no node of any order, so stays alone here.
        session.person = components.find(f"visitor:{session.visitor}")
        people[session.visitor] = session.person
    for order in orders:
        nodes = nodes_of[order.id]
        # Reading: an order whose identifiers are all ignored is one "with none of the four".
        order.person = components.find(nodes[0]) if nodes else f"order:{order.id}"
    return people


def _holders(order: Order) -> list[str]:
    holders = []
    if order.session is not None:
        holders.append(f"visitor:{order.session.visitor}")
    if order.user_id is not None:
        holders.append(f"user_id:{order.user_id}")
    return holders
