"""One row of an export under its head, its fields as they stand in the file."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from utm_pipeline.errors import InputError
from utm_pipeline.spend import amounts, table
from utm_pipeline.spend.platforms import Platform

_TOTAL = re.compile(r"(?:grand )?total\b.*|(?:всего|итого|усього|всього|разом|загалом)\b.*")


@dataclass(frozen=True)
class Row:
    """White space around the fields is taken off; what means nothing is empty."""

    number: int
    day: str
    texts: Mapping[str, str]
    spend: amounts.Cell

    def text(self, field: str) -> str:
        """A field by its name, empty if the export has no such column."""
        return self.texts.get(field, "")


def read_row(line: table.Line, head: table.Head, platform: Platform, file: Path) -> Row:
    """Takes the fields out of a line. Its day stays empty if the line is a total of many.

    Raises:
        InputError: the line covers several days, ends early, or has a count that is none.
    """

    def cell(field: str) -> str:
        index = head.columns.get(field)
        # Rows of totals may end early.
        value = line.cells[index].strip() if index is not None and index < len(line.cells) else ""
        return "" if value in amounts.BLANK else value

    texts = {field: cell(field) for field in ("campaign", "content", "source", "medium")}
    labelled = any(_TOTAL.fullmatch(value.strip().casefold()) for value in line.cells)
    if "day" in head.columns:
        day = cell("day")
        if _TOTAL.fullmatch(day.casefold()):
            day = ""
    elif cell("starts") == cell("ends"):
        day = cell("starts")
    elif texts["campaign"] and not labelled:
        raise not_by_day(platform, file)
    else:
        day = ""
    if labelled and not day:
        texts = dict.fromkeys(texts, "")
    if day and len(line.cells) < head.width:
        raise InputError(f"line {line.number} ends early", str(file), "export it again, whole")
    counts = {field: amounts.split_unit(cell(field)) for field in ("impressions", "clicks")}
    if any(count.unit for count in counts.values()):
        raise InputError(
            f"line {line.number} has a count that is no whole number", str(file), "export it again"
        )
    return Row(
        number=line.number,
        day=" ".join(day.split()),
        texts={**texts, **{field: count.text for field, count in counts.items()}}
        | {"currency": cell("currency")},
        spend=amounts.split_unit(cell("spend")),
    )


def spend_of(row: Row, mark: str, platform: Platform) -> str:
    """The row's spend as the contract writes it."""
    # A platform leaves the cell empty where nothing was spent; elsewhere empty means unknown.
    if not row.spend.text:
        return "" if platform.is_generic else "0"
    return amounts.contract_number(row.spend.text, mark)


def not_by_day(platform: Platform, file: Path) -> InputError:
    """The error of an export whose rows cover more than a day."""
    return InputError(
        "the export is not broken down by day, and a day's spend cannot be guessed",
        str(file),
        platform.by_day,
    )
