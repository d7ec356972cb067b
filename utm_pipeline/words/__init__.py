"""Every word of the product, in Ukrainian and English, and what each column holds.

``columns.csv`` has a line for each key of an answer: its kind and its heading. ``texts.csv`` has
all else; a text may hold ``{names}`` of values, and ``{name:noun}`` for a number with its noun.
``errors.csv`` has Ukrainian for errors, by their English. Titles of queries stand in the queries'
own files.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Mapping, Sequence
from enum import Enum
from functools import cache
from pathlib import Path
from typing import NamedTuple, Self

_DAY = 24 * 60
_UNITS = {_DAY: "days", 60: "hours", 1: "minutes"}


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


def explanations(lang: str, keys: Sequence[str] = ()) -> list[tuple[str, str]]:
    """Names of numbers that do not explain themselves, and what each is and how it is made.

    Those of these keys, or all that there are.
    """
    told = keys or [key for key in _columns() if f"about.{key}" in _texts()]
    return [(column_label(key, lang), text(f"about.{key}", lang)) for key in told]


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


def value_label(value: str, lang: str, key: str = "") -> str:
    """A word for a value of the contract; any other value as it is.

    Of a column of codes, such as ratings, that is all there is. Other columns hold the values of
    strangers too, so there ``key`` names the column.
    """
    name = f"value.{key}.{value.strip().lower()}" if key else f"value.{value}"
    found = _texts().get(name)
    return found.in_language(lang) if found else value


class Amount(str):
    """A number in words, as texts take it: ``{people:people}`` becomes ``152 people``.

    The forms of a noun stand in ``count.NOUN``, parted by ``|``, with ``#`` for the number.
    """

    __slots__ = ("lang", "value")
    lang: str
    value: float

    def __new__(cls, shown: str, value: float, lang: str) -> Self:
        """The number as it is ``shown``, and what decides the form."""
        made = super().__new__(cls, shown)
        made.value, made.lang = value, lang
        return made

    def __format__(self, noun: str) -> str:
        """The number alone, or with the noun in the form that agrees with it."""
        if not noun:
            return str(self)
        forms = text(f"count.{noun}", self.lang).split("|")
        # A line may end neither within a number nor before its noun.
        return forms[plural(self.value, self.lang)].replace("# ", f"{self}\u00a0")


def plural(number: float, lang: str) -> int:
    """Which form of a noun agrees with a number: the first, the second, in Ukrainian the third.

    In Ukrainian 1, 21, 101 have the first, 2 to 4, 22 and fractions the second, 5, 11 to 14 and 0
    the third (Unicode CLDR, plural rules; of fractions it has the form of the second here).
    """
    if lang != "uk":
        return int(number != 1)
    tens, ones = abs(number) % 100, abs(number) % 10
    if ones not in {1, 2, 3, 4} or tens in {11, 12, 13, 14}:
        return 1 if number % 1 else 2
    return int(ones > 1)


def age(minutes: int, lang: str) -> str:
    """So many minutes in the largest unit that they are whole in: ``a day``, ``3 hours``."""
    if minutes == _DAY:
        return text("count.one_day", lang)
    unit = next(unit for unit in _UNITS if minutes % unit == 0)
    return format(Amount(str(minutes // unit), minutes // unit, lang), _UNITS[unit])


def in_words(said: str, lang: str) -> str:
    """An error, a fix or a warning in the reader's language; English where there is no other."""
    if lang != "uk":
        return said
    for pattern, uk in _errors():
        if found := pattern.fullmatch(said):
            return uk.format(*(in_words(value, lang) for value in found.groups()))
    # Each part of what was put together has its own words; a place, which stands last, has none.
    for joint, part in (("; ", str.partition), (": ", str.partition), (", ", str.rpartition)):
        head, found_joint, tail = part(said, joint)
        parts = [in_words(head, lang), in_words(tail, lang)] if found_joint else [head, tail]
        if parts != [head, tail]:
            return joint.join(parts)
    return said


def error_in_words(what: str, where: str, lang: str) -> str:
    """The first line of an error: ``what, where``."""
    return ", ".join(filter(None, (in_words(what, lang), in_words(where, lang))))


@cache
def _errors() -> Sequence[tuple[re.Pattern[str], str]]:
    """What matches an error, and its Ukrainian with a place for each value; the longest first.

    In the English, ``{}`` is any text, which is put into words too, and ``{word}`` has no blanks.
    """
    lines = sorted(_lines("errors.csv"), key=lambda line: len(line[0]), reverse=True)
    return [(re.compile(_with_slots(re.escape(en))), uk) for en, uk in lines]


def _with_slots(pattern: str) -> str:
    return pattern.replace(r"\{\}", "(.*?)").replace(r"\{word\}", r"(\S+)")


@cache
def _columns() -> Mapping[str, tuple[Kind, Words]]:
    return {key: (Kind(kind), Words(uk, en)) for key, kind, uk, en in _lines("columns.csv")}


@cache
def _texts() -> Mapping[str, Words]:
    return {key: Words(uk, en) for key, uk, en in _lines("texts.csv")}


def _lines(name: str) -> list[list[str]]:
    with Path(__file__).with_name(name).open(encoding="utf-8", newline="") as file:
        return list(csv.reader(file))[1:]
