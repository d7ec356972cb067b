"""Reading CSV files just far enough to judge them: the header, and the first broken line."""

from __future__ import annotations

import csv
import gzip
import io
from pathlib import Path
from typing import IO, NamedTuple


class BrokenLine(NamedTuple):
    """Where a CSV file stops being one, and why; without any value of it."""

    line: int
    why: str


def read_header(file: Path) -> list[str]:
    """The names in the first line, none if the file is empty.

    Raises:
        UnicodeDecodeError: the beginning is not UTF-8.
        OSError, EOFError: the file cannot be read or decompressed.
        csv.Error: the line is no CSV.
    """
    with open_text(file) as lines:
        return next(csv.reader(lines, strict=True), [])


def first_broken_line(file: Path) -> BrokenLine | None:
    """The first line that does not fit the header, or that cannot be read at all.

    Raises:
        OSError, EOFError: the file cannot be read or decompressed.
    """
    with open_text(file) as lines:
        reader = csv.reader(lines, strict=True)
        columns = None
        start = 1
        try:
            for row in reader:
                columns = len(row) if columns is None else columns
                if row and len(row) != columns:
                    return BrokenLine(start, f"{len(row)} columns where the header has {columns}")
                start = reader.line_num + 1
        except UnicodeDecodeError:
            return BrokenLine(_first_foreign_line(file), "text that is not UTF-8")
        except csv.Error:
            return BrokenLine(start, "broken quoting")
    return None


def _first_foreign_line(file: Path) -> int:
    """The line with the first byte that is not UTF-8: text is decoded in blocks, so count anew."""
    with gzip.open(file) if file.name.endswith(".gz") else file.open("rb") as lines:
        for number, line in enumerate(lines, start=1):
            try:
                line.decode("utf-8")
            except UnicodeDecodeError:
                return number
    return 1


def open_text(file: Path) -> IO[str]:
    """A CSV file as text, unpacked if it is compressed; for the csv module."""
    # utf-8-sig takes off a byte order mark; newline="" leaves quoted line breaks to csv.
    if file.name.endswith(".gz"):
        return io.TextIOWrapper(gzip.open(file), encoding="utf-8-sig", newline="")
    return file.open(encoding="utf-8-sig", newline="")
