"""Pseudo-random draws that come out the same on every Python version and platform."""

import random
from collections.abc import Sequence
from typing import TypeVar

_T = TypeVar("_T")

_ALPHANUMERIC = "0123456789abcdefghijklmnopqrstuvwxyz"
_HEX = "0123456789abcdef"


class Dice:
    """Draws from one seeded stream.

    Only ``random.Random.random`` is used: it alone is documented to give the same sequence for a
    seed in every version, whereas the algorithms of ``choice``, ``shuffle`` and their like have
    changed. Nothing here calls the platform's mathematics library either.
    """

    def __init__(self, seed: int) -> None:
        self._random = random.Random(seed).random  # noqa: S311 - reproducible on purpose

    def below(self, limit: int) -> int:
        """An integer from 0 to ``limit`` - 1."""
        return int(self._random() * limit)

    def between(self, low: int, high: int) -> int:
        """An integer from ``low`` to ``high``, both included."""
        return low + self.below(high - low + 1)

    def permille(self, share: int) -> bool:
        """True in ``share`` of 1,000 draws."""
        return self.below(1000) < share

    def pick(self, items: Sequence[_T]) -> _T:
        """One of ``items``, all equally likely."""
        return items[self.below(len(items))]

    def weighted(self, items: Sequence[tuple[_T, int]]) -> _T:
        """One of ``items``, each given with its relative weight."""
        ticket = self.below(sum(weight for _, weight in items))
        for item, weight in items:
            ticket -= weight
            if ticket < 0:
                return item
        raise ValueError("weights must be positive")

    def key(self, length: int) -> str:
        """``length`` lower-case letters and digits, as a session key has."""
        return "".join(self.pick(_ALPHANUMERIC) for _ in range(length))

    def uuid(self) -> str:
        """A name of the form of a version 4 UUID."""
        text = "".join(self.pick(_HEX) for _ in range(32))
        return f"{text[:8]}-{text[8:12]}-4{text[13:16]}-a{text[17:20]}-{text[20:]}"
