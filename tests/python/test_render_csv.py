"""CSV: what spreadsheets and programs read, and what no spreadsheet runs."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from utm_pipeline.queries.model import Column
from utm_pipeline.report.csv import cell, export_pieces, write_answer, write_export
from utm_pipeline.words import Kind

COLUMNS = (Column("utm_source", Kind.TEXT), Column("revenue", Kind.MONEY))


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t", "\r"])
def test_a_formula_is_defused(start: str) -> None:
    assert cell(f"{start}1+cmd()") == f"'{start}1+cmd()"


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (-3, "-3"),
        (-1.5, "-1.5"),
        (None, ""),
        (True, "true"),
        (False, "false"),
        ("a=b", "a=b"),
        ("їжак", "їжак"),
        (datetime(2024, 1, 1, tzinfo=UTC), "2024-01-01T00:00:00+00:00"),
        ({"id missing": 2}, '{"id missing": 2}'),
    ],
)
def test_cells(value: Any, expected: str) -> None:
    assert cell(value) == expected


def test_an_export_has_a_byte_order_mark_and_headings_in_words() -> None:
    stream = io.StringIO()
    write_export(stream, COLUMNS, [("їжак", -1.5), ('a,"b"\nc', None)], "uk")
    assert stream.getvalue() == ('\ufeffДжерело,Дохід\r\nїжак,-1.5\r\n"a,""b""\nc",\r\n')
    english = io.StringIO()
    write_export(english, COLUMNS, [], "en")
    assert english.getvalue() == "\ufeffSource,Revenue\r\n"


def test_an_export_comes_in_pieces_that_hold_every_row_once() -> None:
    taken = 0

    def rows() -> Iterator[tuple[object, ...]]:
        nonlocal taken
        for number in range(1201):
            taken += 1
            yield (f"s{number}", number)

    pieces = export_pieces(COLUMNS, rows(), "en")
    assert next(pieces) == "\ufeff"
    first = next(pieces)
    assert taken == 500
    lines = (first + "".join(pieces)).splitlines()
    assert lines == ["Source,Revenue", *(f"s{number},{number}" for number in range(1201))]


def test_an_answer_has_keys_and_no_byte_order_mark() -> None:
    stream = io.StringIO()
    write_answer(stream, COLUMNS, [("google", 1.0)])
    assert stream.getvalue() == "utm_source,revenue\r\ngoogle,1.0\r\n"


@given(st.lists(st.text(st.characters(codec="utf-8", exclude_characters="\0"))))
def test_no_text_is_lost_and_none_begins_like_a_formula(texts: list[str]) -> None:
    stream = io.StringIO()
    write_answer(stream, COLUMNS, [(text, 1.0) for text in texts])
    rows = list(csv.reader(io.StringIO(stream.getvalue(), newline="")))[1:]
    assert [row[0].removeprefix("'") for row in rows] == [text.removeprefix("'") for text in texts]
    assert not any(row[0].startswith(("=", "+", "-", "@", "\t", "\r")) for row in rows)
