"""Rounding at the serving edge: the double's shortest decimal, half away from zero."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from utm_pipeline.queries.numbers import round_decimal, round_number


@pytest.mark.parametrize(
    ("value", "places", "expected"),
    [
        (1.005, 2, 1.01),
        (-1.005, 2, -1.01),
        (2.675, 2, 2.68),
        (0.125, 2, 0.13),
        (2.5, 0, 3.0),
        (1e-9, 2, 0.0),
        (1e22, 2, 1e22),
        (Decimal("12.345"), 2, 12.35),
        (7, 2, 7.0),
        (66.66666666666667, 1, 66.7),
    ],
)
def test_half_goes_away_from_zero(value: float, places: int, expected: float) -> None:
    assert round_number(value, places) == expected


def test_nothing_stays_nothing() -> None:
    assert round_number(None, 2) is None


def test_zero_has_no_sign() -> None:
    assert str(round_number(-0.001, 2)) == "0.0"


@pytest.mark.parametrize("value", [float("nan"), float("inf")])
def test_what_is_not_finite_is_refused(value: float) -> None:
    with pytest.raises(ValueError, match="finite"):
        round_number(value, 2)


@given(st.floats(-1e12, 1e12), st.integers(0, 4))
def test_the_shortest_decimal_is_at_most_half_a_step_away(value: float, places: int) -> None:
    distance = abs(round_decimal(value, places) - Decimal(repr(value)))
    assert distance <= Decimal(1).scaleb(-places) / 2
