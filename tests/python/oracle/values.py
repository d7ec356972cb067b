"""How text becomes a value (inputs.md), and how a number is shown (metrics.md 5)."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal
from typing import TypeVar

T = TypeVar("T")
Number = int | Decimal
Raw = str | None

WHITE_SPACE = "\t\n\v\f\r \u00a0"

_INTEGER = re.compile(r"([+-]?[0-9]{1,18})(\.0)?")
_DECIMAL = re.compile(r"[+-]?[0-9]{1,10}(\.[0-9]+)?")
_TIMESTAMP = re.compile(
    r"([0-9]{4})-([0-9]{2})-([0-9]{2})"
    r"(?:[T ]([0-9]{2}):([0-9]{2})(?::([0-9]{2})(?:\.([0-9]+))?)?)?"
    r"(?: ?(?:(Z)|([+-])([0-9]{2})(?::?([0-9]{2}))?))?"
)
_BOOLEANS = {"true": True, "t": True, "1": True, "false": False, "f": False, "0": False}
_CENT = Decimal("0.01")


def text(raw: Raw) -> str | None:
    """Trimmed text; empty is None."""
    if raw is None:
        return None
    return raw.strip(WHITE_SPACE) or None


def simple_lower(value: str) -> str:
    """Lower case by Unicode's simple mapping, one code point to one.

    U+0130 alone has a longer full mapping; its simple mapping is ``i``. Taking one character at
    a time keeps the final sigma from depending on its neighbours.
    """
    return "".join("i" if c == "\u0130" else c.lower() for c in value)


def simple_upper(value: str) -> str:
    """Upper case, one code point to one: a longer mapping (sharp s) leaves the character."""
    return "".join(c.upper() if len(c.upper()) == 1 else c for c in value)


UNREADABLE = "\ufffd not UTF-8"
"""Stands for bytes that are no text."""


def parse_text(value: str) -> str | None:
    """Any text is readable; bytes that are none are not."""
    return None if value == UNREADABLE else value


def parse_integer(value: str) -> int | None:
    """A sign or none, 1 to 18 digits, at most a ``.0`` behind; None if unreadable."""
    found = _INTEGER.fullmatch(value)
    return int(found[1]) if found else None


def parse_decimal(value: str) -> Decimal | None:
    """A sign or none, 1 to 10 digits, a fraction or none; rounded half away from zero."""
    if not _DECIMAL.fullmatch(value):
        return None
    rounded = Decimal(value).quantize(_CENT, ROUND_HALF_UP)
    # Reading: "< 0" is asked of the value after rounding, so -0.001 is 0 and not negative.
    return abs(rounded) if rounded == 0 else rounded


def parse_boolean(value: str) -> bool | None:
    """true/false/t/f/1/0 in any case; None if unreadable."""
    return _BOOLEANS.get(value.lower()) if value.isascii() else None


def parse_moment(value: str) -> tuple[datetime, bool] | None:
    """The clock reading (naive; UTC if an offset stood there) and whether an offset stood there."""
    found = _TIMESTAMP.fullmatch(value)
    if not found:
        return None
    year, month, day = int(found[1]), int(found[2]), int(found[3])
    hour, minute, second = (int(part or 0) for part in found.group(4, 5, 6))
    if not 1970 <= year <= 2199 or hour > 23 or minute > 59 or second > 59:
        return None
    micro = int((found[7] or "")[:6].ljust(6, "0"))
    try:
        moment = datetime(year, month, day, hour, minute, second, micro, UTC).replace(tzinfo=None)
    except ValueError:
        return None
    if not found[9]:
        return moment, found[8] is not None
    offset_hours, offset_minutes = int(found[10]), int(found[11] or 0)
    if offset_hours > 23 or offset_minutes > 59:
        return None
    offset = timedelta(hours=offset_hours, minutes=offset_minutes)
    return (moment - offset if found[9] == "+" else moment + offset), True


def parse_timestamp(value: str) -> datetime | None:
    """An aware UTC instant: without an offset the reading is UTC. None if unreadable."""
    moment = parse_moment(value)
    return moment[0].replace(tzinfo=UTC) if moment else None


def parse_date(value: str) -> date | None:
    """The first ten characters of a readable timestamp."""
    return date.fromisoformat(value[:10]) if parse_moment(value) else None


def cell(raw: Raw, parse: Callable[[str], T | None]) -> tuple[T | None, str | None]:
    """The value and, where there is none, why: ``missing`` or ``unreadable``."""
    trimmed = text(raw)
    if trimmed is None:
        return None, "missing"
    value = parse(trimmed)
    return (None, "unreadable") if value is None else (value, None)


def read(raw: Raw, parse: Callable[[str], T | None]) -> T | None:
    """The value; None where it is missing or unreadable."""
    return cell(raw, parse)[0]


def ratio(numerator: Number, denominator: Number) -> float | None:
    """One double division of exact numbers; None where the denominator is 0."""
    return None if denominator == 0 else float(numerator) / float(denominator)


def rate(part: Number, whole: Number) -> float | None:
    """A percentage: (100 * part) / whole."""
    return ratio(100 * part, whole)


def shown(value: float | Decimal | int | None, places: int = 2) -> float | None:
    """The double's shortest decimal, rounded half away from zero; never a negative zero."""
    if value is None:
        return None
    exact = Decimal(repr(value)) if isinstance(value, float) else Decimal(value)
    return float(exact.quantize(Decimal(1).scaleb(-places), ROUND_HALF_UP)) + 0.0
