"""Numbers and dates of both languages; labels are complete."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

import pytest

from utm_pipeline import queries as catalogue
from utm_pipeline import words
from utm_pipeline.queries.model import Column
from utm_pipeline.queries.params import PERIODS
from utm_pipeline.report.cells import Formats
from utm_pipeline.report.sections import SECTIONS
from utm_pipeline.warehouse import Warehouse
from utm_pipeline.words import Kind

UK = Formats("uk", "UAH")
EN = Formats("en", "UAH")


@pytest.mark.parametrize(
    ("value", "kind", "uk", "en"),
    [
        (1234.56, Kind.MONEY, "1 234,56 ₴", "UAH 1,234.56"),
        (-1234567.5, Kind.MONEY, "-1 234 567,50 ₴", "UAH -1,234,567.50"),
        (1.005, Kind.RATE, "1,01 %", "1.01%"),
        (1234, Kind.COUNT, "1 234", "1,234"),
        (4.05, Kind.RATIO, "4,05", "4.05"),
        (12345, Kind.ID, "12345", "12345"),
        (date(2025, 3, 1), Kind.DATE, "01.03.2025", "2025-03-01"),
        (
            datetime(2025, 3, 1, 9, 5, tzinfo=UTC),
            Kind.INSTANT,
            "01.03.2025 09:05",
            "2025-03-01 09:05",
        ),
        (True, Kind.FLAG, "так", "yes"),
        ({"id missing": 1200}, Kind.COUNTS, "id не заповнено: 1 200", "id missing: 1,200"),
        (None, Kind.MONEY, "—", "—"),
        ("їжак", Kind.TEXT, "їжак", "їжак"),
    ],
)
def test_cells(value: Any, kind: Kind, uk: str, en: str) -> None:
    column = Column("key", kind)
    assert (UK.cell(value, column), EN.cell(value, column)) == (uk, en)


def test_currencies() -> None:
    assert Formats("uk", "PLN").money(5) == "5,00 zł"
    assert Formats("uk", "CZK").money(5) == "5,00 CZK"
    assert Formats("en", "USD").money(5) == "USD 5.00"


@pytest.mark.parametrize(
    ("value", "kind", "uk", "en"),
    [
        (12.5, Kind.RATE, "+12,50 %", "+12.50%"),
        (-0.25, Kind.POINTS, "-0,25 в. п.", "-0.25 pp"),
        (0.0, Kind.RATE, "0,00 %", "0.00%"),
    ],
)
def test_changes(value: float, kind: Kind, uk: str, en: str) -> None:
    assert (UK.change(value, kind), EN.change(value, kind)) == (uk, en)


@pytest.mark.parametrize(
    ("value", "kind", "uk", "en"),
    [
        (181.17, Kind.RATE, "181 %", "181%"),
        (99.36, Kind.RATE, "99 %", "99%"),
        (7.22, Kind.RATE, "7,2 %", "7.2%"),
        (5.0, Kind.RATE, "5 %", "5%"),
        # Not all is never 100, and something never 0.
        (99.96, Kind.RATE, "99,96 %", "99.96%"),
        (0.04, Kind.RATE, "0,04 %", "0.04%"),
        (100.0, Kind.RATE, "100 %", "100%"),
        (-100.0, Kind.RATE, "-100 %", "-100%"),
        (183493.5, Kind.MONEY, "183 494 ₴", "UAH 183,494"),
        (-183493.5, Kind.MONEY, "-183 494 ₴", "UAH -183,494"),
        (0.0, Kind.MONEY, "0 ₴", "UAH 0"),
        (4.74, Kind.MONEY, "4,74 ₴", "UAH 4.74"),
        (0.2, Kind.POINTS, "+0,2 в. п.", "+0.2 pp"),
        (6.19, Kind.RATIO, "6,19", "6.19"),
    ],
)
def test_in_brief_digits_that_nobody_reads_go(value: float, kind: Kind, uk: str, en: str) -> None:
    column = Column("key", kind)
    assert (UK.brief.cell(value, column), EN.brief.cell(value, column)) == (uk, en)


def test_a_window_says_its_days_and_until_when() -> None:
    first, end = datetime(2025, 3, 1, tzinfo=UTC), datetime(2025, 3, 8, tzinfo=UTC)
    assert UK.window(first, end) == "01.03.2025 – 07.03.2025"
    assert (
        EN.window(first, end.replace(hour=9, minute=5)) == "2025-03-01 – 2025-03-08 (until 09:05)"
    )
    assert EN.window(first, first.replace(hour=9)) == "2025-03-01 (until 09:00)"


def test_everything_that_is_shown_has_a_label_in_both_languages(warehouse: Warehouse) -> None:
    tables = [
        table
        for name in catalogue.QUERIES
        for table in catalogue.fetch(
            warehouse, name, {"id": 101} if name == "session-detail" else {}
        )
    ]
    keys = [table.key for table in tables if table.key] + [section.key for section in SECTIONS]
    for lang in ("uk", "en"):
        assert all(
            words.column_label(column.key, lang) for table in tables for column in table.columns
        )
        assert all(words.text(key, lang) for key in keys)
        assert all(words.text(f"period.{period}", lang) for period in PERIODS)


def test_headings_of_one_export_differ(warehouse: Warehouse) -> None:
    for name in catalogue.EXPORTS:
        columns, _ = catalogue.stream(warehouse, name, {})
        for lang in ("uk", "en"):
            headings = [words.column_label(column.key, lang) for column in columns]
            assert len(set(headings)) == len(headings)
