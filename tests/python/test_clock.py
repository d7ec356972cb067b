"""Instants: --as-of, and the two nights on which clocks change."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

import pytest

from utm_pipeline.errors import WrongUseError
from utm_pipeline.refresh.as_of import parse_as_of, utc_iso

KYIV = ZoneInfo("Europe/Kyiv")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2024-07-01", "2024-06-30T21:00:00Z"),
        ("2024-07-01T09:30", "2024-07-01T06:30:00Z"),
        ("2024-07-01 09:30:15.25", "2024-07-01T06:30:15.250000Z"),
        ("2024-07-01T09:30:15.1234567", "2024-07-01T06:30:15.123456Z"),
        ("2024-07-01T09:30:00Z", "2024-07-01T09:30:00Z"),
        ("2024-07-01T09:30+05:30", "2024-07-01T04:00:00Z"),
        ("2024-07-01T09:30-03", "2024-07-01T12:30:00Z"),
        # 31 March 2024, 03:30 does not exist in Kyiv: the offset before the change, +02:00.
        ("2024-03-31T03:30", "2024-03-31T01:30:00Z"),
        # 27 October 2024, 03:30 occurs twice: the second, +02:00.
        ("2024-10-27T03:30", "2024-10-27T01:30:00Z"),
        ("2024-10-27T02:59:59", "2024-10-26T23:59:59Z"),
        ("2024-10-27T04:00", "2024-10-27T02:00:00Z"),
    ],
)
def test_as_of(text: str, expected: str) -> None:
    assert utc_iso(parse_as_of(text, KYIV)) == expected


@pytest.mark.parametrize(
    "text",
    [
        "",
        "yesterday",
        "2024-02-30",
        "2024-1-1",
        "24:00",
        "2024-01-01T24:00",
        "1969-12-31",
        "2200-01-01",
    ],
)
def test_what_is_no_instant_is_wrong_use(text: str) -> None:
    with pytest.raises(WrongUseError, match="as-of"):
        parse_as_of(text, KYIV)


def test_utc_iso_of_an_aware_instant() -> None:
    assert utc_iso(datetime(2024, 1, 1, 2, tzinfo=KYIV)) == "2024-01-01T00:00:00Z"
