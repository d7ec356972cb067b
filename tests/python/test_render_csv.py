"""CSV: what spreadsheets and programs read, and what no spreadsheet runs."""

from __future__ import annotations

import csv
import io
import unicodedata
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


_SIGNS = ("=", "+", "-", "@", "\uff1d", "\uff0b", "\uff0d", "\uff20", "\ufe66", "\ufe62", "\u2212")
_UNSEEN = (
    *("\ufeff", "\u200b", "\u202e", "\u2060", "\u00ad", "\u061c", "\ufe0f", "\u034f", "\u3164"),
    *(
        " ",
        "\u00a0",
        "\u3000",
        "\u2028",
        "\u115f",
        "\u2800",
        "\ue000",
        "\U000e0041",
        "\n",
        "\u200b\u200b ",
    ),
)


@pytest.mark.parametrize("start", [*_SIGNS, "\t", "\r", *(f"{u}=" for u in _UNSEEN)])
def test_a_formula_is_defused(start: str) -> None:
    assert cell(f"{start}1+cmd()") == f"'{start}1+cmd()"


@pytest.mark.parametrize("control", ["\0", "\x1b", "\x07", "\x9b", "\x7f", "\x85", "\0\0\x1b"])
def test_no_control_character_comes_out(control: str) -> None:
    assert cell(f"{control}=1") == "'=1"
    assert cell(f"Ky{control}iv") == "Kyiv"
    assert cell(f"\t{control}=1") == "'\t=1"


@given(st.text())
def test_the_first_character_that_is_seen_decides(text: str) -> None:
    shown = cell(text)
    assert not any(unicodedata.category(c) == "Cc" and c not in "\t\n\r" for c in shown)
    seen = [c for c in shown if unicodedata.category(c)[0] not in "CZM"]
    if seen and unicodedata.normalize("NFKC", seen[0])[:1] in ("=", "+", "-", "@"):
        raise AssertionError(shown)


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


def shown(text: str) -> str:
    """The text without the control characters that no cell may hold."""
    kept = "".join(c for c in text if unicodedata.category(c) != "Cc" or c in "\t\n\r")
    return kept.removeprefix("'")


@given(st.lists(st.text(st.characters(codec="utf-8", exclude_characters="\0"))))
def test_no_text_is_lost_and_none_begins_like_a_formula(texts: list[str]) -> None:
    stream = io.StringIO()
    write_answer(stream, COLUMNS, [(text, 1.0) for text in texts])
    rows = list(csv.reader(io.StringIO(stream.getvalue(), newline="")))[1:]
    assert [row[0].removeprefix("'") for row in rows] == [shown(text) for text in texts]
    assert not any(row[0].startswith(("=", "+", "-", "@", "\t", "\r")) for row in rows)
