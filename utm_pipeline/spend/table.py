"""From the bytes of an export to rows of cells, and where its head is.

Exports come as UTF-8, or as UTF-16 with tabs ("CSV for Excel"); with commas, tabs or semicolons
(a file that a spreadsheet saved); and with lines of title above the head.
"""

from __future__ import annotations

import codecs
import csv
import io
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from utm_pipeline.errors import InputError
from utm_pipeline.spend.platforms import PLATFORMS, Platform

_MOST_BYTES = 256 * 1024 * 1024
_TITLE_LINES = 30
_DELIMITERS = ",\t;"
_CURRENCY_IN_NAME = re.compile(r"(.+?) ?\(([A-Za-z]{3})\)")
_CYRILLIC = re.compile("[а-яґєіїё]")
# Some of Google's own heads spell a Cyrillic word with these Latin letters.
_LOOKALIKES = str.maketrans({"k": "к", "i": "і", "ё": "е"})
_FIELD_TITLES = {"day": "day", "campaign": "campaign", "spend": "spend", "source": "utm_source"}


@dataclass(frozen=True)
class Head:
    """The head of an export: where it is and which column holds what."""

    line: int
    """How many rows of the file end with it."""
    width: int
    columns: dict[str, int]
    """Field → index of its column."""
    currency: str | None
    """What the name of the spend column says in brackets."""
    delimiter: str


@dataclass(frozen=True)
class Line:
    """One row under the head."""

    number: int
    """The line of the file on which it begins, counted from 1."""
    cells: tuple[str, ...]


def read_text(file: Path) -> str:
    """The text of an export.

    Raises:
        InputError: the file cannot be read, is no text, or is too large.
    """
    try:
        if file.stat().st_size > _MOST_BYTES:
            raise InputError(
                "the export is larger than 256 MB",
                str(file),
                "export fewer days at a time, and load one file after the other",
            )
        data = file.read_bytes()
    except OSError as error:
        raise InputError(
            f"the export cannot be read ({type(error).__name__})", str(file), "check the file"
        ) from error
    if data.startswith((b"PK\x03\x04", b"\xd0\xcf\x11\xe0", b"\x1f\x8b")):
        raise InputError(
            "the export is a workbook or a compressed file", str(file), "export it as CSV"
        )
    utf_16 = data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE))
    try:
        text = data.decode("utf-16" if utf_16 else "utf-8-sig")
    except UnicodeDecodeError as error:
        raise InputError(
            "the export is neither UTF-8 nor UTF-16 with a byte order mark",
            str(file),
            "export it again, or save it as CSV UTF-8",
        ) from error
    if "\0" in text:
        raise InputError("the export has zero bytes in it", str(file), "export it again")
    return text


def find_head(text: str, platform: Platform, file: Path) -> Head:
    """The first row that names every required column, within the first 30.

    Raises:
        InputError: there is none. The message says which columns were looked for and which were
            found, and no other name: a wrong file's first row may be somebody's data.
    """
    if not text.strip():
        raise InputError("the export is empty", str(file), "export it again")
    best: Head | None = None
    for delimiter in _DELIMITERS:
        for head in _heads(text, platform, delimiter):
            if not _missing(head, platform):
                _check_repeats(head, platform, text, file)
                return head
            if best is None or len(head.columns) > len(best.columns):
                best = head
    raise _no_head(text, platform, best, file)


def lines_under(text: str, head: Head, file: Path) -> list[Line]:
    """The rows under the head, without empty ones.

    Raises:
        InputError: the quoting is broken, a field is far too long, or a row has more columns than
            the head.
    """
    lines: list[Line] = []
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=head.delimiter, strict=True)
    start = 1
    try:
        for number, cells in enumerate(reader, start=1):
            if number > head.line and any(cell.strip() for cell in cells):
                if any(cell.strip() for cell in cells[head.width :]):
                    raise InputError(
                        f"line {start} has more columns than the head", str(file), "export it again"
                    )
                lines.append(Line(start, tuple(cells[: head.width])))
            start = reader.line_num + 1
    except csv.Error as error:
        raise InputError(
            f"the export has broken quoting or an endless field from line {start} on",
            str(file),
            "export it again; do not edit it by hand",
        ) from error
    return lines


def _heads(text: str, platform: Platform, delimiter: str) -> Iterator[Head]:
    """Every row near the top, understood as a head."""
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
    try:
        for number, cells in enumerate(reader, start=1):
            if number > _TITLE_LINES:
                return
            columns, currency = _match(cells, platform)
            if columns:
                yield Head(number, len(cells), columns, currency, delimiter)
    except csv.Error:
        # An endless field; with another delimiter the rows may be others, and lines_under tells.
        return


def _match(cells: list[str], platform: Platform) -> tuple[dict[str, int], str | None]:
    names: dict[str, int] = {}
    currencies: dict[str, str] = {}
    for index, cell in enumerate(cells):
        name = _plain(cell)
        names.setdefault(name, index)
        bracket = _CURRENCY_IN_NAME.fullmatch(name)
        if bracket and bracket[1] in platform.names["spend"]:
            names.setdefault(bracket[1], index)
            currencies.setdefault(bracket[1], bracket[2].upper())
    columns: dict[str, int] = {}
    currency = None
    for field, candidates in platform.names.items():
        for name in candidates:
            if name in names:
                columns[field] = names[name]
                currency = currencies.get(name) if field == "spend" else currency
                break
    return columns, currency


def _plain(name: str) -> str:
    plain = " ".join(name.casefold().split())
    return plain.translate(_LOOKALIKES) if _CYRILLIC.search(plain) else plain


def _missing(head: Head, platform: Platform) -> list[str]:
    """Required fields that the head lacks. Dates of start and end stand for a day."""
    have = set(head.columns)
    if {"starts", "ends"} <= have or "coarse" in have:
        have.add("day")
    return [field for field in platform.required if field not in have]


def _check_repeats(head: Head, platform: Platform, text: str, file: Path) -> None:
    rows = csv.reader(io.StringIO(text, newline=""), delimiter=head.delimiter)
    cells = next(cells for number, cells in enumerate(rows, start=1) if number == head.line)
    plain = [_plain(cell) for cell in cells]
    for field in ("day", "spend"):
        found = [
            name
            for name in plain
            if name in platform.names[field]
            or (field == "spend" and _bare(name) in platform.names[field])
        ]
        if field == "spend" and len(found) > 1:
            raise InputError(
                "the export has more than one column of spend",
                str(file),
                "export it with one of them, in the shop's currency",
            )
        if len(found) != len(set(found)):
            raise InputError(
                f"the export has the column of the {field} twice", str(file), "export it again"
            )


def _bare(name: str) -> str:
    bracket = _CURRENCY_IN_NAME.fullmatch(name)
    return bracket[1] if bracket else name


def _no_head(text: str, platform: Platform, best: Head | None, file: Path) -> InputError:
    wanted = ", ".join(
        f"{_FIELD_TITLES[field]} ({' / '.join(platform.names[field][:3])})"
        for field in platform.required
    )
    found = sorted(best.columns) if best else []
    for other in PLATFORMS.values():
        if other is not platform and any(
            not _missing(head, other)
            for delimiter in _DELIMITERS
            for head in _heads(text, other, delimiter)
        ):
            fix = f"it looks like an export of {other.title}: say --platform {other.name}"
            break
    else:
        fix = "export it with these columns; docs/ad-spend.md says how"
    return InputError(
        f"this is no export of {platform.title}: looked for the columns {wanted}, "
        f"found {', '.join(found) or 'none of them'}",
        str(file),
        fix,
    )
