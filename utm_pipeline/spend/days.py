"""Days as exports write them, and the order of day and month decided from the whole column.

Meta, Google and TikTok write ``2026-07-01``. A file that was opened and saved in a spreadsheet has
its locale's form: ``07/01/2026``, ``01.07.2026``, ``Jul 1, 2026``, ``1 лип. 2026 р.``. With dots
the day always comes first; with slashes or hyphens either may, so a column in which no number is
above 12 is refused unless the user tells.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import date

from utm_pipeline.errors import InputError

ORDERS = ("day-first", "month-first")

_YEAR_FIRST = re.compile(r"(\d{4})([-/.])(\d{1,2})\2(\d{1,2})")
_YEAR_LAST = re.compile(r"(\d{1,2})([-/.])(\d{1,2})\2(\d{4})")
_DAY_NAME = re.compile(r"(\d{1,2}) ([^\W\d]+)\.?,? (\d{4})(?: ?[рг]\.?)?")
_NAME_DAY = re.compile(r"([^\W\d]+)\.? (\d{1,2}),? (\d{4})")
_MIDNIGHT = re.compile(r"[T ]00:00(?::00)?$")
_SPAN = re.compile(r" ?[~–—] ?| - | to | to: ")
# The beginnings of the months' names that tell them apart, as all cases of a name share them.
_MONTHS = (
    ("jan", "янв", "січ"),
    ("feb", "фев", "лют"),
    ("mar", "мар", "бер"),
    ("apr", "апр", "кві"),
    ("may", "май", "мая", "тра"),
    ("jun", "июн", "чер"),
    ("jul", "июл", "лип"),
    ("aug", "авг", "сер"),
    ("sep", "сен", "вер"),
    ("oct", "окт", "жов"),
    ("nov", "ноя", "лис"),
    ("dec", "дек", "гру"),
)
_NAMES = {begin: month for month, names in enumerate(_MONTHS, start=1) for begin in names}


def day_order(texts: Iterable[str], asked: str | None, place: str) -> str:
    """``day-first`` or ``month-first``, for the texts in which either could be.

    Raises:
        InputError: the column says both, or nothing and it matters.
    """
    pairs = [(int(m[1]), int(m[3])) for m in map(_YEAR_LAST.fullmatch, texts) if m and m[2] != "."]
    day_first = any(first > 12 for first, _ in pairs)
    month_first = any(second > 12 for _, second in pairs)
    wrong = {"day-first": month_first, "month-first": day_first}
    if (day_first and month_first) or (asked and wrong[asked]):
        raise InputError(
            "the days are written in two orders, or in another than --date-format says",
            place,
            "leave --date-format out, or export the file again without opening it in a spreadsheet",
        )
    if asked:
        return asked
    if not day_first and not month_first and any(first != second for first, second in pairs):
        raise InputError(
            "days such as 07/01/2026 can be July 1 or January 7, and nothing in the export tells "
            "which",
            place,
            "say --date-format day-first or --date-format month-first",
        )
    return "month-first" if month_first else "day-first"


def read_day(text: str, order: str) -> date | None:
    """The day, or None if it is unreadable or outside of 1970 to 2199 (inputs.md)."""
    text = _MIDNIGHT.sub("", text)
    if found := _YEAR_FIRST.fullmatch(text):
        year, month, day = found[1], found[3], found[4]
    elif found := _YEAR_LAST.fullmatch(text):
        first_is_day = order == "day-first" or found[2] == "."
        day, month = (found[1], found[3]) if first_is_day else (found[3], found[1])
        year = found[4]
    elif found := _DAY_NAME.fullmatch(text):
        day, month, year = found[1], _month(found[2]), found[3]
    elif found := _NAME_DAY.fullmatch(text):
        month, day, year = _month(found[1]), found[2], found[3]
    else:
        return None
    try:
        value = date(int(year), int(month), int(day))
    except ValueError:
        return None
    return value if 1970 <= value.year <= 2199 else None


def ends_of_span(text: str, order: str) -> tuple[date, date] | None:
    """First and last day, if the text is a range of days."""
    parts = _SPAN.split(text)
    if len(parts) != 2:
        return None
    first, last = (read_day(part.strip(), order) for part in parts)
    return (first, last) if first and last else None


def _month(name: str) -> str:
    return str(_NAMES.get(name.casefold()[:3], 0))
