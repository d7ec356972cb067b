"""Every word of the product, in Ukrainian and English, and what each column holds.

``columns.csv`` has a line for each key of an answer: its kind and its heading. ``texts.csv`` has
all else; a text may hold ``{names}`` of values. Titles of queries stand in the queries' own files.
"""

from __future__ import annotations

import csv
from collections.abc import Mapping
from enum import Enum
from functools import cache
from pathlib import Path
from typing import NamedTuple


class Kind(Enum):
    """What a column holds, which decides how it is rounded, served and shown."""

    TEXT = "text"
    CODE = "code"  # a word of the contract, such as a rating, shown in the reader's language
    ID = "id"
    COUNT = "count"
    MONEY = "money"
    RATE = "rate"  # per cent
    POINTS = "points"  # percentage points
    RETENTION = "retention"  # per cent of a cohort
    DAYS = "days"
    RATIO = "ratio"
    INSTANT = "instant"
    DATE = "date"
    FLAG = "flag"
    COUNTS = "counts"  # a mapping from names to counts


PLACES: Mapping[Kind, int] = {
    Kind.MONEY: 2,
    Kind.RATE: 2,
    Kind.POINTS: 2,
    Kind.RATIO: 2,
    Kind.RETENTION: 1,
    Kind.DAYS: 1,
}
"""Decimals of the kinds that are rounded (metrics.md 5)."""


class Words(NamedTuple):
    """A text in both languages."""

    uk: str
    en: str

    def in_language(self, lang: str) -> str:
        """The text in ``uk`` or ``en``."""
        return self.uk if lang == "uk" else self.en


def kind_of(key: str) -> Kind:
    """What the column of that key holds; a key means the same in every query."""
    return _columns()[key][0]


def column_label(key: str, lang: str) -> str:
    """The heading of a column."""
    return _columns()[key][1].in_language(lang)


def words(name: str) -> Words:
    """A text in both languages; KeyError where there is none."""
    return _texts()[name]


def text(name: str, lang: str, /, **values: object) -> str:
    """A text in one language, with the values that it names."""
    found = _texts()[name].in_language(lang)
    return found.format(**values) if values else found


@cache
def texts(lang: str) -> Mapping[str, str]:
    """All texts in one language."""
    return {name: found.in_language(lang) for name, found in _texts().items()}


def value_label(value: str, lang: str) -> str:
    """A word for a coded value such as a rating; any other value as it is."""
    found = _texts().get(f"value.{value}")
    return found.in_language(lang) if found else value


@cache
def _columns() -> Mapping[str, tuple[Kind, Words]]:
    return {key: (Kind(kind), Words(uk, en)) for key, kind, uk, en in _lines("columns.csv")}


@cache
def _texts() -> Mapping[str, Words]:
    return {key: Words(uk, en) for key, uk, en in _lines("texts.csv")}


def _lines(name: str) -> list[list[str]]:
    with Path(__file__).with_name(name).open(encoding="utf-8", newline="") as file:
        return list(csv.reader(file))[1:]
