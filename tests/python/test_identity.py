"""Identity as the model computes it: its SQL, run over orders whose people are known."""

from __future__ import annotations

import itertools
import random
import re
from collections.abc import Callable, Iterable

import duckdb
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from built_project import built_project

# (order, rank of an identifier): what the model reads.
Edges = list[tuple[int, int]]


@pytest.fixture(scope="module")
def label() -> Callable[[Edges], dict[int, int]]:
    """The model as a function: the label of each identifier."""
    sql = re.sub(
        r'("[^"]+"\.)*"stg_order_identifiers"',
        "identifiers",
        built_project().compiled["int_identity_labels"],
    )

    def run(edges: Edges) -> dict[int, int]:
        with duckdb.connect() as connection:
            connection.execute("create table identifiers (order_id bigint, identifier_rank bigint)")
            connection.execute(
                "insert into identifiers select unnest($1::bigint[]), unnest($2::bigint[])",
                [[order for order, _ in edges], [rank for _, rank in edges]],
            )
            rows = connection.execute(sql).fetchall()
        labels = dict(rows)
        assert len(labels) == len(rows)
        return labels

    return run


def components(edges: Iterable[tuple[int, int]]) -> dict[int, int]:
    """The least identifier of each one's component, by a walk."""
    of_order: dict[int, set[int]] = {}
    of_rank: dict[int, set[int]] = {}
    for order, rank in edges:
        of_order.setdefault(order, set()).add(rank)
        of_rank.setdefault(rank, set()).add(order)
    labels: dict[int, int] = {}
    for least in sorted(of_rank):
        waiting = [least] if least not in labels else []
        while waiting:
            rank = waiting.pop()
            if rank not in labels:
                labels[rank] = least
                waiting.extend(other for order in of_rank[rank] for other in of_order[order])
    return labels


def chain(ranks: list[int]) -> Edges:
    """One order fewer than ranks; each shares one identifier with the order before it."""
    return [
        edge
        for order, pair in enumerate(itertools.pairwise(ranks), start=1)
        for edge in ((order, pair[0]), (order, pair[1]))
    ]


def shuffled(count: int, seed: int) -> list[int]:
    ranks = list(range(1, count + 1))
    random.Random(seed).shuffle(ranks)
    return ranks


def folded(count: int) -> list[int]:
    """The least in the middle, rising outwards in turn: 5 3 1 2 4."""
    return [*range(count - 1 + count % 2, 0, -2), *range(2, count + 1, 2)]


def combed(count: int) -> list[int]:
    """Every second rank is a lower one than both beside it, so that labels first stay in pairs."""
    half = (count + 1) // 2
    low, high = list(range(1, half + 1)), list(range(half + 1, count + 1))
    return [low.pop() if place % 2 == 0 else high.pop(0) for place in range(count)]


def bit_reversed(count: int) -> list[int]:
    """Ranks by their bits read backwards: at every scale the lower half lies apart."""
    width = count.bit_length()
    places = sorted(range(count), key=lambda place: f"{place:0{width}b}"[::-1])
    return [rank + 1 for rank in sorted(range(count), key=places.__getitem__)]


CHAINS = {
    "sorted": list(range(1, 502)),
    "reversed": list(range(501, 0, -1)),
    "folded": folded(501),
    "combed": combed(501),
    "combed backwards": combed(501)[::-1],
    "bits reversed": bit_reversed(501),
    **{f"random {seed}": shuffled(501, seed) for seed in range(12)},
}


@pytest.mark.parametrize("ranks", CHAINS.values(), ids=CHAINS.keys())
def test_a_chain_of_500_orders_is_one_person(
    label: Callable[[Edges], dict[int, int]], ranks: list[int]
) -> None:
    assert sorted(ranks) == list(range(1, 502))
    assert set(label(chain(ranks)).values()) == {1}


@pytest.mark.parametrize("ranks", [CHAINS["sorted"], CHAINS["combed"], CHAINS["random 0"]])
def test_a_chain_of_500_orders_with_three_identifiers_each(
    label: Callable[[Edges], dict[int, int]], ranks: list[int]
) -> None:
    edges = [*chain(ranks), *((order, 1000 + order) for order in range(1, 501))]
    assert set(label(edges).values()) == {1}


def test_many_people_beside_each_other(label: Callable[[Edges], dict[int, int]]) -> None:
    """Chains of 1 to 60 orders with their ranks interleaved, and one order that holds 300."""
    ranks = shuffled(60 * 61 // 2 + 60 + 300, 99)
    edges: Edges = []
    for length in range(1, 61):
        own, ranks = ranks[: length + 1], ranks[length + 1 :]
        edges += [(order + 1000 * length, rank) for order, rank in chain(own)]
    edges += [(999_999, rank) for rank in ranks]
    found = label(edges)
    assert found == components(edges)
    assert len(set(found.values())) == 61


def test_the_rows_may_come_in_any_order_and_twice(
    label: Callable[[Edges], dict[int, int]],
) -> None:
    edges = [
        *chain(shuffled(100, 1)),
        *((order + 500, rank + 200) for order, rank in chain([3, 1, 2])),
    ]
    expected = label(edges)
    assert expected == components(edges)
    for seed in range(5):
        again = [*edges, *edges[: 50 * seed]]
        random.Random(seed).shuffle(again)
        assert label(again) == expected


def test_without_orders_there_is_nobody(label: Callable[[Edges], dict[int, int]]) -> None:
    assert label([]) == {}


@settings(max_examples=30, deadline=None)
@given(edges=st.lists(st.tuples(st.integers(1, 30), st.integers(1, 40)), min_size=1, max_size=80))
def test_any_orders_give_their_components(
    label: Callable[[Edges], dict[int, int]], edges: Edges
) -> None:
    assert label(edges) == components(edges)
