"""The parameters that queries share; what each is about stands in words/texts.csv."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import Literal, get_args

from utm_pipeline.queries.model import Param
from utm_pipeline.words import words

Period = Literal["today", "yesterday", "week", "last_week", "month", "last_month", "all_time"]
PERIODS: tuple[str, ...] = get_args(Period)
NO_VALUE = "N/A"

_LARGEST_LIMIT = 2**31 - 1
_LARGEST_ID = 10**18 - 1
# Every blank of Python's str.strip(), which \s of JSON Schema's regular expressions is not.
_BLANKS = r"\t-\r\u001c-\u0020\u0085\u00a0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000"
_TAG_SCHEMA = {
    "type": "string",
    "maxLength": 1000,
    "pattern": rf"^[^\u0000]*[^\u0000{_BLANKS}][^\u0000]*$",
}
_SUM_PATTERN = "[0-9]{1,10}([.][0-9]{1,2})?"
_DATE_PATTERN = "[0-9]{4}-[0-9]{2}-[0-9]{2}"


def choice(name: str, *allowed: str, default: str | None = None, required: bool = False) -> Param:
    """A parameter that takes one of these values."""

    def read(text: str) -> str:
        if text not in allowed:
            raise ValueError
        return text

    about = words(f"param.{name}")
    return Param(name, about, ", ".join(allowed), read, default, required, choices=allowed)


def _limit(text: str) -> int:
    if not re.fullmatch(r"[0-9]{1,18}", text) or not 1 <= int(text) <= _LARGEST_LIMIT:
        raise ValueError
    return int(text)


def _id(text: str) -> int:
    if not re.fullmatch(r"-?[0-9]{1,18}", text):
        raise ValueError
    return int(text)


def _tag(text: str) -> str:
    if not text.strip() or "\0" in text or len(text) > 1000:
        raise ValueError
    return text


def _date(text: str) -> date:
    if not re.fullmatch(_DATE_PATTERN, text):
        raise ValueError
    return date.fromisoformat(text)


def _sum(text: str) -> Decimal:
    if not re.fullmatch(_SUM_PATTERN, text):
        raise ValueError
    return Decimal(text)


def _filter(name: str, what: str, cleaned_by: str) -> Param:
    allowed = f"{what}, of at most 1000 characters, or {NO_VALUE}"
    return Param(
        name, words(f"param.{name}"), allowed, _tag, cleaned_by=cleaned_by, schema=_TAG_SCHEMA
    )


def _day(name: str) -> Param:
    schema = {"type": "string", "format": "date", "pattern": f"^{_DATE_PATTERN}$"}
    return Param(name, words(f"param.{name}"), "a date as 2026-01-31", _date, schema=schema)


PARAMS: Mapping[str, Param] = {
    param.name: param
    for param in (
        choice("period", *PERIODS, default="week"),
        _filter("source", "a source as in utm_source", "clean_source"),
        _filter("utm_source", "a source as in utm_source", "clean_source"),
        _filter("campaign", "a campaign as in utm_campaign", "clean_tag"),
        choice("cohort_type", "day", "week", "month", default="week"),
        choice("metric", "retention", "ltv", "orders", "revenue", default="retention"),
        _day("start_date"),
        _day("end_date"),
        Param(
            "ad_spend",
            words("param.ad_spend"),
            "a sum from 0, with at most 10 digits before the point and 2 behind it",
            _sum,
            schema={"type": "string", "pattern": f"^{_SUM_PATTERN}$"},
        ),
        Param(
            "id",
            words("param.id"),
            "a whole number",
            _id,
            required=True,
            schema={"type": "integer", "minimum": -_LARGEST_ID, "maximum": _LARGEST_ID},
        ),
        Param(
            "limit",
            words("param.limit"),
            f"a whole number from 1 to {_LARGEST_LIMIT}",
            _limit,
            schema={"type": "integer", "minimum": 1, "maximum": _LARGEST_LIMIT},
        ),
    )
}
"""By name. A query's header may give another default, such as ``limit=20``."""
