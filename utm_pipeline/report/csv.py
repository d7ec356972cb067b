"""CSV that spreadsheets open as it is meant, and that cannot run as a formula in one."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterable, Iterator, Sequence
from datetime import date
from typing import Any, TextIO

from utm_pipeline.queries.model import Column
from utm_pipeline.words import column_label

BYTE_ORDER_MARK = "\ufeff"
_ROWS_A_PIECE = 500
_FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")


def write_export(
    stream: TextIO, columns: Sequence[Column], rows: Iterable[Sequence[Any]], lang: str
) -> None:
    """Writes an export for spreadsheets: a byte order mark, headings in words, every row."""
    stream.writelines(export_pieces(columns, rows, lang))


def export_pieces(
    columns: Sequence[Column], rows: Iterable[Sequence[Any]], lang: str
) -> Iterator[str]:
    """What :func:`write_export` writes, in pieces of few rows.

    A piece is made when it is asked for, so the rows may come from an open cursor.
    """
    yield BYTE_ORDER_MARK
    yield from _pieces([column_label(column.key, lang) for column in columns], rows)


def write_answer(stream: TextIO, columns: Sequence[Column], rows: Iterable[Sequence[Any]]) -> None:
    """Writes an answer for programs: its keys as headings, no byte order mark."""
    stream.writelines(_pieces([column.key for column in columns], rows))


def cell(value: Any) -> str:
    """A value as CSV holds it; text that a spreadsheet would run gets an apostrophe in front."""
    match value:
        case None:
            return ""
        case bool():
            return str(value).lower()
        case int() | float():
            return str(value)
        case date():
            return value.isoformat()
    return defused(json.dumps(value, ensure_ascii=False) if isinstance(value, dict) else str(value))


def defused(text: str) -> str:
    """Text that no spreadsheet runs: one that begins like a formula gets an apostrophe in front."""
    return "'" + text if text.startswith(_FORMULA_STARTS) else text


def _pieces(headings: list[str], rows: Iterable[Sequence[Any]]) -> Iterator[str]:
    buffer = io.StringIO(newline="")
    writer = csv.writer(buffer, lineterminator="\r\n")
    writer.writerow(headings)
    for number, row in enumerate(rows, start=1):
        writer.writerow([cell(value) for value in row])
        if number % _ROWS_A_PIECE == 0:
            yield buffer.getvalue()
            buffer.seek(0)
            buffer.truncate()
    yield buffer.getvalue()
