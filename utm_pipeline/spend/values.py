"""Numbers and days as exports write them, understood from the whole export.

Numbers: ``1,234.56``, ``1 234,56``, ``1.234,56``, ``₴1,234.56``. ``1,234`` alone can mean two
numbers; but ``12.50`` further down, or the same mark in a count of impressions, which has no
decimals, leaves one meaning. Days: Meta, Google and TikTok write ``2026-07-01``; a file that a
spreadsheet saved has its locale's form, ``07/01/2026``, ``01.07.2026``, ``Jul 1, 2026``. With dots
the day comes first; with slashes or hyphens either may, until a number above 12 tells. What stays
open, and would make a difference, is refused: nothing is guessed.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Sequence
from datetime import date
from decimal import Decimal
from typing import Literal, get_args

from utm_pipeline.spend.platforms import SHARED
from utm_pipeline.spend.refusals import refusal

Mark = Literal["dot", "comma"]
Order = Literal["day-first", "month-first"]
_MARKS: tuple[Mark, ...] = get_args(Mark)
_ORDERS: tuple[Order, ...] = get_args(Order)

_CURRENCIES = {sign: code for code in ("UAH", "EUR", "GBP", "PLN") for sign in SHARED[code]}
_DOLLARS = frozenset({"USD", "CAD", "AUD", "NZD", "SGD", "HKD", "TWD", "MXN", "BRL", "ARS", "CLP"})
_LIMIT = 10**10
"""What the contract can hold: ten digits before the decimals."""
_POINT_AND_GROUP = {"dot": (".", ","), "comma": (",", ".")}
# A group that leads with 0 is no group: 0,125 can only be a decimal.
_NUMBER = {
    mark: re.compile(
        rf"[+-]?(?:[1-9]\d{{0,2}}(?P<group>[ '’{group}])\d{{3}}(?:(?P=group)\d{{3}})*|\d+)"
        rf"(?:[{point}]\d+)?"
    )
    for mark, (point, group) in _POINT_AND_GROUP.items()
}
_WITH_UNIT = re.compile(
    r"(?P<sign>[+-]?) ?(?P<before>[^\d\s.,+-]{0,4}) ?(?P<number>[+-]?\d.*?) ?"
    r"(?P<after>[^\d\s,+-]{0,4})"
)

_MONTHS = {begin: month for month in range(1, 13) for begin in SHARED[str(month)]}
_YEAR_LAST = re.compile(
    r"(?P<day>\d{1,2})(?P<between>[-/.])(?P<month>\d{1,2})(?P=between)(?P<year>\d{4})"
)
_DAYS = (
    re.compile(r"(?P<year>\d{4})(?P<mark>[-/.])(?P<month>\d{1,2})(?P=mark)(?P<day>\d{1,2})"),
    _YEAR_LAST,
    # Behind the year a Cyrillic letter, short for "year".
    re.compile(r"(?P<day>\d{1,2}) (?P<name>[^\W\d]+)\.?,? (?P<year>\d{4})(?: ?[\u0440\u0433]\.?)?"),
    re.compile(r"(?P<name>[^\W\d]+)\.? (?P<day>\d{1,2}),? (?P<year>\d{4})"),
)
_MIDNIGHT = re.compile(r"[T ]00:00(?::00)?$")
_SPAN = re.compile(r" ?[~–—] ?| - | to | to: ")


def is_amount(text: str) -> bool:
    """Whether a cell holds a number, in whatever form, with or without a unit; or a per cent."""
    plain, _ = split_unit(text.strip().rstrip("%"))
    return any(pattern.fullmatch(plain) for pattern in _NUMBER.values())


def split_unit(text: str) -> tuple[str, str]:
    """A number's text, white space of every kind as spaces, and the currency's sign or code."""
    plain = " ".join(text.replace("\u2212", "-").split())
    found = _WITH_UNIT.fullmatch(plain)
    unit = (found["before"] or found["after"]) if found else ""
    is_unit = unit.rstrip(".").isalpha() or unicodedata.category(unit[:1] or " ") == "Sc"
    if not found or (unit and not is_unit):
        return plain, ""
    return found["sign"] + found["number"].strip(), unit


def is_foreign(unit: str, currency: str) -> bool:
    """Whether a sign or code beside a number belongs to another currency."""
    if unit == "$":
        return currency not in _DOLLARS
    return _CURRENCIES.get(unit.lower(), unit.upper()) != currency


def number(text: str, mark: Mark) -> Decimal:
    """The number in a text that fits its export's decimal mark."""
    point, group = _POINT_AND_GROUP[mark]
    return Decimal(re.sub(f"[ '’{group}]", "", text).replace(point, "."))


def decimal_mark(money: Sequence[str], counts: Sequence[str], asked: Mark | None) -> Mark:
    """Which mark stands before the decimals in this export.

    ``money`` and ``counts`` are cells without currency and blanks, ``asked`` is what the user says.

    Raises:
        InputError: no mark fits every cell, or both do and give different numbers.
    """
    possible = [
        mark
        for mark in _MARKS
        if asked in (None, mark)
        and all(_fits(text, mark, _LIMIT) for text in money)
        and all(_fits(text, mark, 10**18, whole=True) for text in counts)
    ]
    if not possible:
        raise refusal("numbers as asked" if asked else "numbers", mark=asked)
    if len(possible) > 1 and any(number(text, "dot") != number(text, "comma") for text in money):
        raise refusal("open mark")
    return possible[0]


def _fits(text: str, mark: Mark, limit: int, *, whole: bool = False) -> bool:
    if not _NUMBER[mark].fullmatch(text):
        return False
    value = number(text, mark)
    return abs(value) < limit and not (whole and value != value.to_integral_value())


def day_order(texts: Iterable[str], asked: Order | None) -> Order:
    """Which order the days have, for the texts in which either could be.

    Raises:
        InputError: the column says both, or nothing and it matters.
    """
    matches = [match for match in map(_YEAR_LAST.fullmatch, texts) if match]
    pairs = [(int(m["day"]), int(m["month"])) for m in matches if m["between"] != "."]
    possible = [
        order
        for order, place_of_month in zip(_ORDERS, (1, 0), strict=True)
        if asked in (None, order) and all(pair[place_of_month] <= 12 for pair in pairs)
    ]
    if not possible:
        raise refusal("two orders")
    if len(possible) > 1 and any(first != second for first, second in pairs):
        raise refusal("open order")
    return possible[0]


def read_day(text: str, order: Order) -> date | None:
    """The day, or None if it is unreadable or outside of 1970 to 2199 (inputs.md)."""
    text = _MIDNIGHT.sub("", text)
    found = next((match for form in _DAYS if (match := form.fullmatch(text))), None)
    if found is None:
        return None
    parts = found.groupdict()
    day, month = parts["day"], parts.get("month")
    if month is None:
        month = _MONTHS.get(parts["name"].casefold()[:3], 0)
    elif order == "month-first" and parts.get("between", ".") != ".":
        day, month = month, day
    try:
        value = date(int(parts["year"]), int(month), int(day))
    except ValueError:
        return None
    return value if 1970 <= value.year <= 2199 else None


def ends_of_span(text: str, order: Order) -> tuple[date, date] | None:
    """First and last day, if the text is a range of days."""
    days = [read_day(part.strip(), order) for part in _SPAN.split(text)]
    return (days[0], days[1]) if len(days) == 2 and days[0] and days[1] else None
