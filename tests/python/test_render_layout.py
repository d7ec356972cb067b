"""Columns stay straight, bars are in proportion, and no text steers the terminal."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from utm_pipeline.report import layout
from utm_pipeline.report.paint import Paint, wants_colour


def test_a_table_is_straight_whatever_letters_are_in_it() -> None:
    lines = layout.table(
        [["Джерело", "n"], ["їжак", "1"], ["ⅰ日本", "22"], ["é", "333"], ["\u200bx", "4"]],
        [False, True],
    )
    assert lines == [
        "Джерело    n",
        "───────  ───",
        "їжак       1",
        "ⅰ日本     22",
        "é        333",
        "x          4",
    ]


def test_records_for_narrow_screens() -> None:
    lines = layout.records([["Name", "N"], ["a", "1"]], "Row")
    assert lines == ["── Row 1 ──", "Name  a", "N     1"]


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("\x1b[31mred\x1b[0m", "[31mred[0m"),
        ("a\u202eb", "ab"),
        ("a\r\nb\tc", "a b c"),
        ("мій тег", "мій тег"),
    ],
)
def test_what_could_steer_a_terminal_goes(text: str, shown: str) -> None:
    assert layout.printable(text) == shown


@given(st.text(max_size=40), st.integers(1, 30))
def test_a_fitted_text_is_never_wider_than_its_room(text: str, cells: int) -> None:
    assert layout.width(layout.fit(layout.printable(text), cells)) <= cells


@pytest.mark.parametrize(
    ("share", "drawn"),
    [(None, ""), (0.0, ""), (1e-9, "▏"), (0.5, "█▌"), (1 / 3, "█"), (1.0, "███"), (7.0, "███")],
)
def test_bars(share: float | None, drawn: str) -> None:
    assert layout.bar(share, 3) == drawn


class _Stream:
    def __init__(self, *, terminal: bool) -> None:
        self._terminal = terminal

    def isatty(self) -> bool:
        return self._terminal


@pytest.mark.parametrize(
    ("terminal", "environment", "expected"),
    [
        (True, {}, True),
        (True, {"NO_COLOR": ""}, True),
        (True, {"NO_COLOR": "1"}, False),
        (True, {"TERM": "dumb"}, False),
        (False, {}, False),
    ],
)
def test_colour_only_on_a_terminal_and_unless_unwanted(
    terminal: bool, environment: dict[str, str], expected: bool
) -> None:
    assert wants_colour(_Stream(terminal=terminal), environment) is expected  # type: ignore[arg-type]


def test_paint() -> None:
    assert Paint(enabled=True)("+1", "up") == "\x1b[32m+1\x1b[0m"
    assert Paint(enabled=True)("-1", "down") == "\x1b[31m-1\x1b[0m"
    assert Paint(enabled=True)("0", "") == "0"
    assert Paint(enabled=False)("title", "bold") == "title"
