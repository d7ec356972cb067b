"""The parameters that queries share."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import date
from decimal import Decimal

from utm_pipeline.queries.model import Param, Words

PERIODS = ("today", "yesterday", "week", "last_week", "month", "last_month", "all_time")
NO_VALUE = "N/A"
NOT_SET = "(not set)"

_LARGEST_LIMIT = 2**31 - 1
_LARGEST_ID = 10**18 - 1


# Every blank of Python's str.strip(), which \s of JSON Schema's regular expressions is not.
_BLANKS = r"\t-\r\u001c-\u0020\u0085\u00a0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000"
_TAG_SCHEMA = {
    "type": "string",
    "maxLength": 1000,
    "pattern": rf"^[^\u0000]*[^\u0000{_BLANKS}][^\u0000]*$",
}


def _one_of(*allowed: str) -> Param:
    def read(text: str) -> str:
        if text not in allowed:
            raise ValueError
        return text

    return Param("", Words("", ""), ", ".join(allowed), read, choices=allowed)


def _whole(text: str, largest: int) -> int:
    if not re.fullmatch(r"[0-9]{1,18}", text) or not 1 <= int(text) <= largest:
        raise ValueError
    return int(text)


def _limit(text: str) -> int:
    return _whole(text, _LARGEST_LIMIT)


def _id(text: str) -> int:
    if not re.fullmatch(r"-?[0-9]{1,18}", text) or abs(int(text)) > _LARGEST_ID:
        raise ValueError
    return int(text)


def _tag(text: str) -> str:
    if not text.strip() or "\0" in text or len(text) > 1000:
        raise ValueError
    return text


def _date(text: str) -> date:
    if not re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", text):
        raise ValueError
    return date.fromisoformat(text)


def _sum(text: str) -> Decimal:
    if not re.fullmatch(r"[0-9]{1,10}([.][0-9]{1,2})?", text):
        raise ValueError
    return Decimal(text)


PERIOD = replace(
    _one_of(*PERIODS), name="period", about=Words("період", "the period"), default="week"
)
SOURCE = Param(
    "source",
    Words("лише це джерело", "this source only"),
    f"a source as in utm_source, of at most 1000 characters, or {NO_VALUE}",
    _tag,
    cleaned_by="clean_source",
    schema=_TAG_SCHEMA,
)
CAMPAIGN = Param(
    "campaign",
    Words("лише ця кампанія", "this campaign only"),
    f"a campaign as in utm_campaign, of at most 1000 characters, or {NO_VALUE}",
    _tag,
    cleaned_by="clean_tag",
    schema=_TAG_SCHEMA,
)
UTM_SOURCE = replace(SOURCE, name="utm_source")
COHORT_TYPE = replace(
    _one_of("day", "week", "month"),
    name="cohort_type",
    about=Words("за днями, тижнями чи місяцями", "by day, week or month"),
    default="week",
)
METRIC = replace(
    _one_of("retention", "ltv", "orders", "revenue"),
    name="metric",
    about=Words("що стоїть у клітинках", "what the cells hold"),
    default="retention",
)
START_DATE = Param(
    "start_date",
    Words("когорти від цієї дати", "cohorts from this date"),
    "a date as 2026-01-31",
    _date,
    schema={"type": "string", "format": "date", "pattern": "^[0-9]{4}-[0-9]{2}-[0-9]{2}$"},
)
END_DATE = replace(
    START_DATE,
    name="end_date",
    about=Words("когорти до цієї дати", "cohorts up to this date"),
)
AD_SPEND = Param(
    "ad_spend",
    Words("витрати на рекламу замість таблиці", "ad spend instead of the table's"),
    "a sum from 0, with at most 10 digits before the point and 2 behind it",
    _sum,
    schema={"type": "string", "pattern": "^[0-9]{1,10}([.][0-9]{1,2})?$"},
)
SESSION_ID = Param(
    "id",
    Words("номер сеансу, як у магазині", "the session's id, as in the shop"),
    "a whole number",
    _id,
    required=True,
    schema={"type": "integer", "minimum": -_LARGEST_ID, "maximum": _LARGEST_ID},
)


def limit(default: int | None = None) -> Param:
    """The largest number of rows; without a default there is none."""
    return Param(
        "limit",
        Words("найбільша кількість рядків", "the largest number of rows"),
        f"a whole number from 1 to {_LARGEST_LIMIT}",
        _limit,
        default,
        schema={"type": "integer", "minimum": 1, "maximum": _LARGEST_LIMIT},
    )
