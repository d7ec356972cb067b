"""Numbers as exports write them: ``1,234.56``, ``1 234,56``, ``1.234,56``, ``₴1,234.56``.

Which mark is the decimal one is decided once for a whole export, from all its cells of spend,
impressions and clicks. ``1,234`` alone can mean two numbers; but ``12.50`` further down, or the
same mark in a count of impressions, which has no decimals, leaves one meaning. If both remain, and
would give different numbers, the export is refused: nothing is guessed.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from utm_pipeline.errors import InputError

BLANK = frozenset({"", "-", "--", "—", "–"})
"""How exports write that there is no value."""

MARKS = ("dot", "comma")

_ONE_CURRENCY = {"₴": "UAH", "грн": "UAH", "грн.": "UAH", "€": "EUR", "£": "GBP", "zł": "PLN"}
_DOLLARS = frozenset({"USD", "CAD", "AUD", "NZD", "SGD", "HKD", "TWD", "MXN", "BRL", "ARS", "CLP"})
_LIMIT = 10**10
"""What the contract can hold: ten digits before the decimals."""


def _shape(point: str, grouping: str) -> re.Pattern[str]:
    # A group that leads with 0 is no group: 0,125 can only be a decimal.
    grouped = rf"[1-9]\d{{0,2}}(?P<group>[ '’{grouping}])\d{{3}}(?:(?P=group)\d{{3}})*"
    return re.compile(rf"[+-]?(?:{grouped}|\d+)(?:[{point}]\d+)?")


_SHAPES = {"dot": _shape(".", ","), "comma": _shape(",", ".")}
_AROUND = re.compile(
    r"(?P<sign>[+-]?) ?(?P<before>[^\d\s.,+-]{0,4}) ?(?P<number>[+-]?\d.*?) ?"
    r"(?P<after>[^\d\s,+-]{0,4})"
)


@dataclass(frozen=True)
class Cell:
    """A number's text without its currency, and that currency's sign or code."""

    text: str
    unit: str


def split_unit(text: str) -> Cell:
    """Takes the currency off a number; white space of every kind becomes a space."""
    plain = " ".join(text.replace("\u2212", "-").split())
    found = _AROUND.fullmatch(plain)
    unit = (found["before"] or found["after"]) if found else ""
    is_unit = unit.rstrip(".").isalpha() or unicodedata.category(unit[:1] or " ") == "Sc"
    if not found or (unit and not is_unit):
        return Cell(plain, "")
    return Cell(found["sign"] + found["number"].strip(), unit)


def speaks_against(unit: str, currency: str) -> bool:
    """Whether a sign or code beside a number belongs to another currency than ``currency``."""
    known = _ONE_CURRENCY.get(unit.lower(), unit.upper())
    if unit == "$":
        return currency not in _DOLLARS
    return known != currency


def decimal_mark(money: Sequence[str], counts: Sequence[str], asked: str | None, place: str) -> str:
    """``dot`` or ``comma``: which mark stands before the decimals in this export.

    Args:
        money: cells of spend, without currency and blanks.
        counts: cells of whole numbers, the same.
        asked: what the user says, which then must fit every cell.
        place: the file, for errors.

    Raises:
        InputError: no mark fits every cell, or both do and give different numbers.
    """
    possible = [
        mark
        for mark in ((asked,) if asked else MARKS)
        if all(_is_number(cell, mark) and abs(_value(cell, mark)) < _LIMIT for cell in money)
        and all(_is_number(cell, mark) and _is_whole(cell, mark) for cell in counts)
    ]
    if not possible:
        raise InputError(
            "numbers of spend, impressions or clicks are unreadable, or written in two ways"
            + (f" if the decimal mark is a {asked}" if asked else ""),
            place,
            "leave --decimal out" if asked else "export it again in one language, without edits",
        )
    if len(possible) == 1 or all(_value(cell, "dot") == _value(cell, "comma") for cell in money):
        return possible[0]
    raise InputError(
        "amounts such as 1,234 or 1.234 can mean two numbers, and nothing in the export tells "
        "which",
        place,
        "say --decimal dot if 1,234 is more than a thousand, --decimal comma if it is a little "
        "over one",
    )


def contract_number(cell: str, mark: str) -> str:
    """A readable number as the contract writes it: no groups, a dot before the decimals."""
    return f"{_value(cell, mark):f}"


def contract_count(cell: str, mark: str) -> str:
    """A readable whole number without decimals."""
    return str(int(_value(cell, mark)))


def _is_number(cell: str, mark: str) -> bool:
    return _SHAPES[mark].fullmatch(cell) is not None


def _is_whole(cell: str, mark: str) -> bool:
    value = _value(cell, mark)
    return value == value.to_integral_value() and abs(value) < 10**18


def _value(cell: str, mark: str) -> Decimal:
    point, group = (".", ",") if mark == "dot" else (",", ".")
    for symbol in (group, " ", "'", "’"):
        cell = cell.replace(symbol, "")
    return Decimal(cell.replace(point, "."))
