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
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

from utm_pipeline.spend.platforms import PLATFORMS, Platform
from utm_pipeline.spend.values import unreadable

_MOST_BYTES = 256 * 1024 * 1024
_TITLE_LINES = 30
_DELIMITERS = ",\t;"
_WITH_CURRENCY = re.compile(r"(.+?) ?\(([A-Za-z]{3})\)")
# Some of Google's own heads spell a Cyrillic word with the Latin letters k and i.
_CYRILLIC = re.compile("[\u0430-\u044f\u0451\u0454\u0456\u0457\u0491]")
_LOOKALIKES = str.maketrans("ki\u0451", "\u043a\u0456\u0435")
_TITLES = {"day": "day", "campaign": "campaign", "spend": "spend", "source": "utm_source"}


@dataclass(frozen=True)
class Head:
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
    """The text of an export.

    Raises:
        InputError: the file cannot be read, is no text, or is too large.
    """
    try:
        if file.stat().st_size > _MOST_BYTES:
            raise unreadable(
                "the export is larger than 256 MB",
                "export fewer days at a time, and load one file after the other",
            )
        data = file.read_bytes()
    except OSError as error:
        what = f"the export cannot be read ({type(error).__name__})"
        raise unreadable(what, "check the file") from error
    if data.startswith((b"PK\x03\x04", b"\xd0\xcf\x11\xe0", b"\x1f\x8b")):
        raise unreadable("the export is a workbook or a compressed file", "export it as CSV")
    utf_16 = data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE))
    try:
        text = data.decode("utf-16" if utf_16 else "utf-8-sig")
    except UnicodeDecodeError as error:
        raise unreadable(
            "the export is neither UTF-8 nor UTF-16 with a byte order mark",
            "export it again, or save it as CSV UTF-8",
        ) from error
    if "\0" in text:
        raise unreadable("the export has zero bytes in it", "export it again")
    return text


def find_head(text: str, platform: Platform) -> Head:
    """The first row that names every required column, within the first 30.

    Raises:
        InputError: there is none, or it names a column twice. The message says which columns were
            looked for and which were found, and no other name: a wrong file's first row may be
            somebody's data.
    """
    if not text.strip():
        raise unreadable("the export is empty", "export it again")
    best: Mapping[str, int] = {}
    for head in _heads(text, platform):
        if _is_complete(head, platform):
            _refuse_repeats(head, platform)
            return head
        best = max(best, head.columns, key=len)
    wanted = ", ".join(
        f"{_TITLES[column]} ({' / '.join(platform.names[column][:3])})"
        for column in platform.required
    )
    fix = "export it with these columns; docs/ad-spend.md says how"
    for name, other in PLATFORMS.items():
        if other is not platform and any(_is_complete(head, other) for head in _heads(text, other)):
            fix = f"it looks like an export of {other.title}: say --platform {name}"
            break
    raise unreadable(
        f"this is no export of {platform.title}: looked for the columns {wanted}, "
        f"found {', '.join(sorted(best)) or 'none of them'}",
        fix,
    )


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
            if number > head.rows and any(cell.strip() for cell in cells):
                if any(cell.strip() for cell in cells[width:]):
                    what = f"line {start} has more columns than the head"
                    raise unreadable(what, "export it again")
                lines.append((start, cells[:width]))
            start = reader.line_num + 1
    except csv.Error as error:
        raise unreadable(
            f"the export has broken quoting or an endless field from line {start} on",
            "export it again; do not edit it by hand",
        ) from error
    return lines


def _heads(text: str, platform: Platform) -> Iterator[Head]:
    """Every row near the top that names a column, with one delimiter after the other."""
    for delimiter in _DELIMITERS:
        reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
        try:
            for number, cells in enumerate(islice(reader, _TITLE_LINES), start=1):
                places: dict[str, tuple[int, str | None]] = {}
                for index, cell in enumerate(cells):
                    name, currency = _name(cell, platform)
                    places.setdefault(name, (index, currency))
                found = {
                    column: next(places[name] for name in names if name in places)
                    for column, names in platform.names.items()
                    if not places.keys().isdisjoint(names)
                }
                if found:
                    columns = {column: index for column, (index, _) in found.items()}
                    _, currency = found.get("spend", (0, None))
                    yield Head(number, cells, columns, currency, delimiter)
        except csv.Error:
            # An endless field. Other delimiters may make other rows, or lines_under tells.
            continue


def _name(cell: str, platform: Platform) -> tuple[str, str | None]:
    """A column's name for comparison, and the currency behind the name of a column of spend."""
    name = " ".join(cell.casefold().split())
    if _CYRILLIC.search(name):
        name = name.translate(_LOOKALIKES)
    bracket = _WITH_CURRENCY.fullmatch(name)
    if bracket and bracket[1] in platform.names["spend"]:
        return bracket[1], bracket[2].upper()
    return name, None


def _is_complete(head: Head, platform: Platform) -> bool:
    """Whether all required columns are there. Dates of start and end stand for a day."""
    have = set(head.columns)
    if {"starts", "ends"} <= have or "coarse" in have:
        have.add("day")
    return have.issuperset(platform.required)


def _refuse_repeats(head: Head, platform: Platform) -> None:
    names = [_name(cell, platform)[0] for cell in head.cells]
    days = [name for name in names if name in platform.names["day"]]
    if len(days) != len(set(days)):
        raise unreadable("the export has the column of the day twice", "export it again")
    if sum(name in platform.names["spend"] for name in names) > 1:
        raise unreadable(
            "the export has more than one column of spend",
            "export it with one of them, in the shop's currency",
        )
