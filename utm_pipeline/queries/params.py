"""The parameters that queries share; what each is about stands in words/texts.csv."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import date
from decimal import Decimal
from typing import Any, Literal, get_args

from utm_pipeline.queries.model import Param
from utm_pipeline.words import words

Period = Literal["today", "yesterday", "week", "last_week", "month", "last_month", "all_time"]
PERIODS: tuple[str, ...] = get_args(Period)
NO_VALUE = "N/A"

_LARGEST_LIMIT = 2**31 - 1
_LARGEST_ID = 10**18 - 1
# Every blank of Python's str.strip(), which \s of JSON Schema's regular expressions is not.
_BLANKS = r"\t-\r\u001c-\u0020\u0085\u00a0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000"
_TAG = rf"[^\u0000]*[^\u0000{_BLANKS}][^\u0000]*"
_SUM = "[0-9]{1,10}([.][0-9]{1,2})?"
_DATE = "[0-9]{4}-[0-9]{2}-[0-9]{2}"


def _matching(pattern: str, convert: Callable[[str], Any] = str) -> Callable[[str], Any]:
    """A reader of text that is all of this pattern; others get a ValueError."""

    def read(text: str) -> Any:
        if not re.fullmatch(pattern, text):
            raise ValueError
        return convert(text)

    return read


def _limit(text: str) -> int:
    if not re.fullmatch("[0-9]{1,18}", text) or not 1 <= int(text) <= _LARGEST_LIMIT:
        raise ValueError
    return int(text)


def _param(
    name: str,
    allowed: str,
    read: Callable[[str], Any],
    schema: Mapping[str, object] | None = None,
    **more: Any,
) -> Param:
    return Param(name, words(f"param.{name}"), allowed, read, schema=schema or {}, **more)


def choice(name: str, *allowed: str, default: str | None = None, required: bool = False) -> Param:
    """A parameter that takes one of these values."""
    read = _matching("|".join(map(re.escape, allowed)))
    more: Mapping[str, Any] = {"default": default, "required": required, "choices": allowed}
    return _param(name, ", ".join(allowed), read, **more)


def _filter(name: str, what: str, cleaned_by: str) -> Param:
    allowed = f"{what}, of at most 1000 characters, or {NO_VALUE}"
    read = _matching(rf"(?s:(?!.{{1001}})){_TAG}")
    schema = {"type": "string", "maxLength": 1000, "pattern": f"^{_TAG}$"}
    return _param(name, allowed, read, schema, cleaned_by=cleaned_by)


def _day(name: str) -> Param:
    schema = {"type": "string", "format": "date", "pattern": f"^{_DATE}$"}
    return _param(name, "a date as 2026-01-31", _matching(_DATE, date.fromisoformat), schema)


_ALL = (
    choice("period", *PERIODS, default="week"),
    _filter("source", "a source as in utm_source", "clean_source"),
    _filter("utm_source", "a source as in utm_source", "clean_source"),
    _filter("campaign", "a campaign as in utm_campaign", "clean_tag"),
    choice("cohort_type", "day", "week", "month", default="week"),
    choice("metric", "retention", "ltv", "orders", "revenue", default="retention"),
    _day("start_date"),
    _day("end_date"),
    _param(
        "ad_spend",
        "a sum from 0, with at most 10 digits before the point and 2 behind it",
        _matching(_SUM, Decimal),
        {"type": "string", "pattern": f"^{_SUM}$"},
    ),
    _param(
        "id",
        "a whole number",
        _matching("-?[0-9]{1,18}", int),
        {"type": "integer", "minimum": -_LARGEST_ID, "maximum": _LARGEST_ID},
        required=True,
    ),
    _param(
        "limit",
        f"a whole number from 1 to {_LARGEST_LIMIT}",
        _limit,
        {"type": "integer", "minimum": 1, "maximum": _LARGEST_LIMIT},
    ),
)
PARAMS: Mapping[str, Param] = {param.name: param for param in _ALL}
"""By name. A query's header may give another default, such as ``limit=20``."""
