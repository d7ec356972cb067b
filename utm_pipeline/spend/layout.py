"""From the bytes of an export to the lines under its head, and which column holds what.

Exports come as UTF-8, or as UTF-16 with tabs ("CSV for Excel"); with commas, tabs or semicolons
(a file that a spreadsheet saved); and with lines of title above the head.
"""

from __future__ import annotations

import codecs
import csv
import io
import re
from collections.abc import Iterator, Mapping, Sequence
from itertools import islice
from pathlib import Path
from typing import NamedTuple

from utm_pipeline.causes import told
from utm_pipeline.errors import InputError
from utm_pipeline.spend.platforms import PLATFORMS, Platform
from utm_pipeline.spend.refusals import refusal

_MOST_BYTES = 256 * 1024 * 1024
_TITLE_LINES = 30
_PACKED = (b"PK\x03\x04", b"\xd0\xcf\x11\xe0", b"\x1f\x8b")
_WITH_CURRENCY = re.compile(r"(.+?) ?\(([A-Za-z]{3})\)")
# Some of Google's own heads spell a Cyrillic word with the Latin letters k and i.
_CYRILLIC = re.compile("[\u0430-\u044f\u0451\u0454\u0456\u0457\u0491]")
_LOOKALIKES = str.maketrans("ki\u0451", "\u043a\u0456\u0435")


class Head(NamedTuple):
    """The head of an export."""

    rows: int
    """How many rows of the file end with it."""
    cells: Sequence[str]
    columns: Mapping[str, int]
    """What a column means → its index."""
    currency: str | None
    """What the name of the spend column says in brackets."""
    delimiter: str


def read_text(file: Path) -> str:
    """The text of an export; InputError if it cannot be read, is no text, or is too large."""
    unreadable = refusal("unreadable")
    with told(file, unreadable.what, unreadable.fix, InputError):
        if file.stat().st_size > _MOST_BYTES:
            raise refusal("too large")
        data = file.read_bytes()
    if data.startswith(_PACKED):
        raise refusal("packed")
    is_utf_16 = data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE))
    try:
        text = data.decode("utf-16" if is_utf_16 else "utf-8-sig")
    except UnicodeDecodeError as error:
        raise refusal("encoding") from error
    if "\0" in text:
        raise refusal("zero bytes")
    return text


def find_head(text: str, platform: Platform) -> Head:
    """The first row that names every required column, within the first 30.

    Raises:
        InputError: there is none, or it names a column twice. The message says which columns were
            looked for and which were found, and no other name: a wrong file's first row may be
            somebody's data.
    """
    if not text.strip():
        raise refusal("empty")
    best: Mapping[str, int] = {}
    for head in _heads(text, platform):
        if _is_complete(head, platform):
            _refuse_repeats(head, platform)
            return head
        best = max(best, head.columns, key=len)
    if not platform.is_generic and any(_is_of(head, platform) for head in _heads(text, platform)):
        raise refusal("not by day", by_day=platform.by_day)
    names = {"source": "utm_source"}
    wanted = (
        f"{names.get(column, column)} ({' / '.join(platform.names[column][:3])})"
        for column in platform.required
    )
    said = {
        "title": platform.title,
        "wanted": ", ".join(wanted),
        "found": ", ".join(sorted(best)) or "none of them",
    }
    for name, other in PLATFORMS.items():
        if other is not platform and any(_is_of(head, other) for head in _heads(text, other)):
            raise refusal("other platform", **said, other=other.title, name=name)
    raise refusal("no head", **said)


def lines_under(text: str, head: Head) -> list[tuple[int, list[str]]]:
    """The rows under the head, without empty ones: the line where each begins, and its cells.

    Raises:
        InputError: the quoting is broken, a field is far too long, or a row has more columns than
            the head.
    """
    lines = []
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=head.delimiter, strict=True)
    width, start = len(head.cells), 1
    try:
        for number, cells in enumerate(reader, start=1):
            if number > head.rows and any(map(str.strip, cells)):
                if any(map(str.strip, cells[width:])):
                    raise refusal("wide", line=start)
                lines.append((start, cells[:width]))
            start = reader.line_num + 1
    except csv.Error as error:
        raise refusal("quoting", line=start) from error
    return lines


def _heads(text: str, platform: Platform) -> Iterator[Head]:
    """Every row near the top that names a column, with one delimiter after the other."""
    for delimiter in ",\t;":
        reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
        try:
            for number, cells in enumerate(islice(reader, _TITLE_LINES), start=1):
                names = [_name(cell, platform) for cell in cells]
                # The first of a column's names wins, so it comes last.
                columns = {
                    column: names.index(name)
                    for column, known in platform.names.items()
                    for name in reversed(known)
                    if name in names
                }
                if columns:
                    bracket = _WITH_CURRENCY.fullmatch(_plain(cells[columns.get("spend", 0)]))
                    currency = bracket[2].upper() if bracket and "spend" in columns else None
                    yield Head(number, cells, columns, currency, delimiter)
        except csv.Error:
            # An endless field. Other delimiters may make other rows, or lines_under tells.
            continue


def _name(cell: str, platform: Platform) -> str:
    """A column's name for comparison, without the currency behind the name of a column of spend."""
    name = _plain(cell)
    bracket = _WITH_CURRENCY.fullmatch(name)
    return bracket[1] if bracket and bracket[1] in platform.names["spend"] else name


def _plain(cell: str) -> str:
    name = " ".join(cell.casefold().split())
    return name.translate(_LOOKALIKES) if _CYRILLIC.search(name) else name


def _is_complete(head: Head, platform: Platform) -> bool:
    """Whether all required columns are there. Dates of start and end stand for a day."""
    have = set(head.columns)
    if {"starts", "ends"} <= have or "coarse" in have:
        have.add("day")
    return have.issuperset(platform.required)


def _is_of(head: Head, platform: Platform) -> bool:
    """Whether it is a head of that platform's exports, broken down by day or not."""
    return head.columns.keys() | {"day"} >= set(platform.required)


def _refuse_repeats(head: Head, platform: Platform) -> None:
    names = [_name(cell, platform) for cell in head.cells]
    if any(names.count(name) > 1 for name in platform.names["day"]):
        raise refusal("two days")
    if sum(name in platform.names["spend"] for name in names) > 1:
        raise refusal("two spends")
