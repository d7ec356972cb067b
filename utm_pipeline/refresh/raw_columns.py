"""What raw files say of their columns, asked without reading their rows."""

from __future__ import annotations

import csv
import gzip
import io
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import IO, NamedTuple

from utm_pipeline.causes import missing_right
from utm_pipeline.errors import InputError

WHITE_SPACE = "\t\n\v\f\r \u00a0"  # what inputs.md calls so

# Python's own bound, 131,072 letters, is less than what a row may hold.
LONGEST_VALUE = 32 * 1024 * 1024

_HEAD, _LONGEST_HEAD = 1 << 16, 1 << 22  # characters in which a header has to end
_BLOCK = 1 << 20
_MOST_DIGITS = 38


class Columns(NamedTuple):
    """The columns of a file, in its order, and how the engine is to read it."""

    names: tuple[str, ...]
    types: tuple[str, ...]  # as the engine calls them
    is_mixed: bool = False  # whether the lines end in several ways


@cache
def contract_columns() -> Mapping[str, tuple[str, ...]]:
    """The columns of each raw table that are read; what else stands in a file is not."""
    from utm_pipeline.extract.tables import contract

    return {
        table["name"]: tuple(column["name"] for column in table["columns"]) for table in contract()
    }


@contextmanager
def reading(table: str, file: Path) -> Iterator[None]:
    """Says what is wrong with a file of a raw table that cannot be read.

    Raises:
        InputError: the right is missing, the bytes are no text, or the file is no CSV.
    """
    try:
        yield
    except PermissionError as error:
        raise missing_right(file) from error
    except UnicodeDecodeError as error:
        raise unreadable(table, file, "is not UTF-8") from error
    except (OSError, EOFError, csv.Error) as error:
        raise unreadable(table, file, "cannot be read as CSV") from error


def unreadable(table: str, file: Path, what: str) -> InputError:
    """The error of a file that is damaged, or no such file at all."""
    return InputError(f"a file of table {table} {what}", str(file), "write the file again, whole")


# --- CSV


def is_packed(file: Path) -> bool:
    """Whether a CSV file is compressed."""
    return file.name.lower().endswith(".gz")


def open_text(file: Path, errors: str = "strict") -> IO[str]:
    """A CSV file as text, unpacked if it is compressed; for the csv module."""
    # utf-8-sig takes off a byte order mark; newline="" leaves quoted line breaks to csv.
    opened = gzip.open if is_packed(file) else open
    return opened(file, "rt", encoding="utf-8-sig", errors=errors, newline="")


def csv_columns(table: str, files: Iterable[Path]) -> dict[Path, Columns]:
    """The columns of CSV files."""
    found = {}
    for file in files:
        with reading(table, file):
            with open_text(file) as lines:
                names = tuple(name.strip(WHITE_SPACE) for name in csv_header(lines))
            # The engine reads such lines without looking twice, so that is done here.
            is_mixed = _has_mixed_line_ends(file) and first_broken_line(file) is None
        found[file] = Columns(names, ("VARCHAR",) * len(names), is_mixed)
    return found


def csv_header(lines: IO[str]) -> list[str]:
    """The first record of a CSV file, of which no more is read than it needs.

    Raises:
        csv.Error: it has no end within four million characters, or is no CSV.
    """
    head, more = "", _HEAD
    while True:
        came = lines.read(more)
        head += came
        text = io.StringIO(head, newline="")
        try:
            names = next(csv.reader(iter(text.readline, ""), strict=True), [])
        except csv.Error as error:
            # Quotes that are not closed yet, or something else.
            if not came or "end of data" not in str(error):
                raise
        else:
            if len(came) < more or text.tell() < len(head):
                return names
        if len(head) >= _LONGEST_HEAD:
            raise csv.Error("the header has no end")
        more = len(head)


def _has_mixed_line_ends(file: Path) -> bool:
    """Whether lines end in more than one of LF, CRLF and CR. The engine's strict mode refuses them.

    Line breaks in quotes are text. Nearly every file has no CR at all, which is soon seen.
    """
    if not any(b"\r" in block for block in _blocks(file)):
        return False
    ends, is_quoted, last = set(), False, b""
    for block in _blocks(file):
        bare = last
        for number, piece in enumerate(block.split(b'"')):
            is_quoted ^= number > 0
            if not is_quoted:
                bare += piece
        # The LF of a CRLF may be the next block's.
        last = b"\r" if bare.endswith(b"\r") else b""
        both = bare.count(b"\r\n")
        ends |= {"both"} if both else set()
        ends |= {"line"} if bare.count(b"\n") > both else set()
        ends |= {"return"} if bare.count(b"\r") - len(last) > both else set()
    return len(ends | ({"return"} if last else set())) > 1


def _blocks(file: Path) -> Iterator[bytes]:
    with (gzip.open if is_packed(file) else open)(file, "rb") as stream:
        yield from iter(lambda: stream.read(_BLOCK), b"")


def first_broken_line(file: Path) -> str | None:
    """Why and where a CSV file stops being one, without any value of it; None if it does not.

    Raises:
        OSError, EOFError: the file cannot be read or decompressed.
    """
    # Text is decoded in blocks, so foreign bytes are let through, and refused with their line.
    with open_text(file, errors="surrogateescape") as lines:
        reader = csv.reader(_in_utf8(lines), strict=True)
        columns, start = None, 1
        # Python's own bound, 131,072 letters, is less than what a row may hold.
        before = csv.field_size_limit(LONGEST_VALUE)
        try:
            for row in reader:
                columns = len(row) if columns is None else columns
                if row and len(row) != columns:
                    why = f"{len(row)} columns where the header has {columns}"
                    return f"{why} in {file}, line {start}"
                start = reader.line_num + 1
        except UnicodeEncodeError:
            return f"text that is not UTF-8 in {file}, line {reader.line_num + 1}"
        except csv.Error as error:
            is_long = "field larger" in str(error)
            why = "a value that is too long" if is_long else "broken quoting"
            return f"{why} in {file}, line {start}"
        finally:
            csv.field_size_limit(before)
    return None


def _in_utf8(lines: Iterable[str]) -> Iterator[str]:
    for line in lines:
        line.encode()
        yield line


# --- Parquet


def parquet_columns(table: str, files: Iterable[Path]) -> dict[Path, Columns]:
    """The columns of Parquet files; none of an empty file."""
    # Imported here, as only Parquet needs it.
    from utm_pipeline.warehouse import parquet

    found = dict.fromkeys(files, Columns((), ()))
    try:
        read = parquet.read_columns([file for file in found if file.stat().st_size])
    except parquet.UnreadableError as error:
        raise unreadable(table, error.file, "cannot be read as Parquet") from error
    for file, columns in read.items():
        for name, digits in columns.digits.items():
            if digits > _MOST_DIGITS and name.lower() in contract_columns()[table]:
                raise InputError(
                    f"the column {name} of table {table} is a decimal of {digits} digits, "
                    f"which is read wrongly above {_MOST_DIGITS}",
                    str(file),
                    f"write it with at most {_MOST_DIGITS} digits, or as text",
                )
        found[file] = Columns(columns.names, columns.types)
    return found
