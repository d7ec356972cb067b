"""CSV that spreadsheets open as it is meant, and that cannot run as a formula in one."""

from __future__ import annotations

import csv
import io
import json
import re
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from datetime import date
from typing import Any, TextIO

from utm_pipeline.queries.model import Column
from utm_pipeline.words import column_label

BYTE_ORDER_MARK = "\ufeff"
_ROWS_A_PIECE = 500
_FORMULA_STARTS = frozenset("=+-@\u2212")
_ROOM = ("\t", "\r")
"""A cell that begins with one of these is no plain text for every spreadsheet."""
_UNSEEN = frozenset({"Cc", "Cf", "Mn", "Me", "Zs", "Zl", "Zp", "Co", "Cs", "Cn"})
_BLANK_LETTERS = frozenset("\u115f\u1160\u2800\u3164\uffa0")
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]")


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
    """Text that no spreadsheet runs and no terminal obeys.

    Control characters go, tabs and breaks aside. If the first character that can be seen begins a
    formula, also as a full-width or small form, an apostrophe comes before all.
    """
    kept = _CONTROL.sub("", text)
    first = next((letter for letter in kept if not _is_unseen(letter)), "")
    is_formula = unicodedata.normalize("NFKC", first)[:1] in _FORMULA_STARTS if first else False
    return "'" + kept if is_formula or kept.startswith(_ROOM) else kept


def _is_unseen(letter: str) -> bool:
    return letter in _BLANK_LETTERS or unicodedata.category(letter) in _UNSEEN


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
