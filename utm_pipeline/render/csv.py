"""CSV that spreadsheets open as it is meant, and that cannot run as a formula in one."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterable, Sequence
from datetime import date, datetime
from typing import Any, TextIO

from utm_pipeline.core.catalogue.model import Column
from utm_pipeline.render.labels import column_label

BYTE_ORDER_MARK = "\ufeff"
_FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")


def write_export(
    stream: TextIO, columns: Sequence[Column], rows: Iterable[Sequence[Any]], lang: str
) -> int:
    """Writes an export for spreadsheets: a byte order mark, headings in words, every row.

    Returns:
        The number of rows.
    """
    stream.write(BYTE_ORDER_MARK)
    return _write(stream, [column_label(column.key, lang) for column in columns], rows)


def write_answer(stream: TextIO, columns: Sequence[Column], rows: Iterable[Sequence[Any]]) -> int:
    """Writes an answer for programs: its keys as headings, no byte order mark.

    Returns:
        The number of rows.
    """
    return _write(stream, [column.key for column in columns], rows)


def cell(value: Any) -> str:
    """A value as CSV holds it; text that a spreadsheet would run gets an apostrophe in front."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | float):
        return str(value)
    if isinstance(value, datetime | date):
        return value.isoformat()
    text = json.dumps(value, ensure_ascii=False) if isinstance(value, dict) else str(value)
    return "'" + text if text.startswith(_FORMULA_STARTS) else text


def _write(stream: TextIO, headings: list[str], rows: Iterable[Sequence[Any]]) -> int:
    writer = csv.writer(stream, lineterminator="\r\n")
    writer.writerow(headings)
    count = 0
    for row in rows:
        writer.writerow([cell(value) for value in row])
        count += 1
    return count
