"""Numbers, dates and flags as people of each language write them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from utm_pipeline.queries.model import Column
from utm_pipeline.queries.numbers import round_decimal
from utm_pipeline.report.labels import text_label, value_label
from utm_pipeline.words import Kind

NOTHING = "—"
_SYMBOLS: Mapping[str, str] = {"UAH": "₴", "USD": "$", "EUR": "€", "GBP": "£", "PLN": "zł"}
_RIGHT = frozenset(
    {
        Kind.ID,
        Kind.COUNT,
        Kind.MONEY,
        Kind.RATE,
        Kind.POINTS,
        Kind.RATIO,
        Kind.RETENTION,
        Kind.DAYS,
    }
)


def is_number(kind: Kind) -> bool:
    """Whether a column of this kind is set to the right."""
    return kind in _RIGHT


@dataclass(frozen=True)
class Formats:
    """Formats of one language and currency."""

    lang: str
    currency: str

    def number(self, value: float | Decimal, places: int) -> str:
        """``1 234,56`` in Ukrainian, ``1,234.56`` in English."""
        written = f"{round_decimal(value, places):,.{places}f}"
        if self.lang == "uk":
            return written.replace(",", " ").replace(".", ",")
        return written

    def money(self, value: float | Decimal) -> str:
        """``1 234,56 ₴`` in Ukrainian, ``UAH 1,234.56`` in English."""
        if self.lang == "uk":
            return f"{self.number(value, 2)} {_SYMBOLS.get(self.currency, self.currency)}"
        return f"{self.currency} {self.number(value, 2)}"

    def rate(self, value: float | Decimal) -> str:
        """A percentage with two decimals."""
        return self.number(value, 2) + (" %" if self.lang == "uk" else "%")

    def change(self, value: float, kind: Kind) -> str:
        """A change with its sign: in percentage points, else in per cent."""
        rounded = round_decimal(value, 2)
        sign = "+" if rounded > 0 else ""
        if kind is Kind.POINTS:
            return f"{sign}{self.number(rounded, 2)} {text_label('points', self.lang)}"
        return f"{sign}{self.number(rounded, 2)}" + (" %" if self.lang == "uk" else "%")

    def day(self, value: date) -> str:
        """``31.03.2025`` in Ukrainian, ``2025-03-31`` in English."""
        return value.strftime("%d.%m.%Y") if self.lang == "uk" else value.isoformat()

    def moment(self, value: datetime) -> str:
        """The day and the time of day to the minute."""
        return f"{self.day(value.date())} {value:%H:%M}"

    def cell(self, value: Any, column: Column) -> str:
        """A value of a table for a reader."""
        if value is None:
            return NOTHING
        write: Mapping[Kind, Callable[[Any], str]] = {
            Kind.MONEY: self.money,
            Kind.RATE: self.rate,
            Kind.POINTS: lambda points: self.change(points, Kind.POINTS),
            Kind.RATIO: lambda ratio: self.number(ratio, 2),
            Kind.RETENTION: lambda share: self.number(share, 1),
            Kind.DAYS: lambda days: self.number(days, 1),
            Kind.CODE: lambda code: value_label(code, self.lang),
            Kind.COUNT: lambda count: self.number(count, 0),
            Kind.INSTANT: self.moment,
            Kind.DATE: self.day,
            Kind.FLAG: lambda flag: text_label("yes" if flag else "no", self.lang),
            Kind.COUNTS: lambda counts: "; ".join(
                f"{name}: {self.number(count, 0)}" for name, count in counts.items()
            ),
        }
        return write.get(column.kind, str)(value)
