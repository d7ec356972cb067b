"""Rounding at the serving edge, as metrics.md 5 says.

Marts keep ratios as doubles. What is served is the double's shortest decimal, rounded half away
from zero; so 1.005 becomes 1.01, although its double lies a little below.
"""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Decimal


def round_decimal(value: float | Decimal | int, places: int) -> Decimal:
    """Rounded half away from zero, never a negative zero; ValueError if it is not finite."""
    exact = Decimal(repr(value)) if isinstance(value, float) else Decimal(value)
    if not exact.is_finite():
        raise ValueError("a number that is not finite cannot be served")
    # Far beyond any money sum; quantize needs the precision to hold all digits.
    rounded = exact.quantize(Decimal(1).scaleb(-places), ROUND_HALF_UP)
    return abs(rounded) if rounded == 0 else rounded


def round_number(value: float | Decimal | int | None, places: int) -> float | None:
    """The same as a JSON number; None stays None."""
    return None if value is None else float(round_decimal(value, places))
