"""Messages of an engine made fit to be shown: what failed and where, without any value of a row.

Engines quote rows freely (the original line of a CSV file, the text that they could not convert),
and rows hold personal data. So only messages of kinds that speak of the statement are kept.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

from utm_pipeline.causes import is_full
from utm_pipeline.refresh.inputs import open_text

LONGEST_VALUE = 32 * 1024 * 1024
_FULL = re.compile(
    "No space left on device|Disk quota exceeded|File too large|could not extend file"
    "|temporary file size exceeds temp_file_limit|max_temp_directory_size"
)
_DISK_FULL = "the disk is full"
# What speaks of the statement, and what to do about it.
_REMEDIES = {
    "terminating connection|server closed the connection|connection to server"
    "|invalid snapshot identifier": "look whether the server runs and has free connections",
    "permission denied|must be owner of": (
        "let the owner of what is named give the role of the refresh that right"
    ),
    "canceling statement due to|deadlock detected": (
        "end what else works on these tables, or raise the role's time-outs"
    ),
    "Out of Memory Error|out of memory|out of shared memory": (
        "lower UTM_THREADS, or give the warehouse more memory"
    ),
    "Binder Error|Catalog Error|Parser Error|Syntax Error|Compilation Error"
    "|This model has an enforced contract|Got "
    # PostgreSQL has no names for its kinds.
    '|syntax error at or near|relation "|column "|function |operator does not exist'
    "|could not write to file|unrecognized configuration parameter|SET TRANSACTION": (
        "correct the data or the model"
    ),
}
_SPEAKS_OF_THE_STATEMENT = re.compile("|".join(_REMEDIES))
_KIND = re.compile(r"\b([A-Z][A-Za-z]*(?: [A-Za-z]+){0,3} (?:Error|Exception)):")
_PATH = re.compile(
    r"(?:^\s*file\s*=\s*|Error when sniffing file \")(?P<path>[^\"\n]+)", re.MULTILINE
)


def without_values(message: str, tables: Mapping[Path, str]) -> str:
    """One line that says what failed in a message of the engine or of dbt, safe to show.

    ``tables`` says which raw table a raw file belongs to, so that a broken file is named.
    """
    if "CSV" in message and (file := _PATH.search(message)):
        return _broken_csv(Path(file["path"].strip()), tables)
    body = message.strip()
    if _FULL.search(body):
        # Several kinds of errors say so, each in words of its own.
        return _DISK_FULL
    speaks, kind = _SPEAKS_OF_THE_STATEMENT.search(body), _KIND.search(body)
    if speaks and (kind is None or kind.start() >= speaks.start()):
        # Behind "LINE 1:" the engine repeats the statement, behind a blank line hints follow.
        said = re.split(r"\n\s*(?:LINE [0-9]+:|\n)", body[speaks.start() :])[0]
        return " ".join(said.split())
    named = kind[1] if kind else "an error"
    return f"{named} (its text may quote rows, so it is not shown)"


def remedy(shown: str) -> str:
    """What to do about a failure, by the line that is shown of it."""
    if shown == _DISK_FULL:
        return "free space where the warehouse and its temporary files are"
    found = (advice for signs, advice in _REMEDIES.items() if re.search(signs, shown))
    return next(found, "correct the data or the model")


def is_disk_full(error: BaseException) -> bool:
    """Whether an error of the engine or the operating system says that there is no more space."""
    return is_full(error) or _FULL.search(str(error)) is not None


def _broken_csv(path: Path, tables: Mapping[Path, str]) -> str:
    table = tables.get(path)
    if table is None:
        return f"broken CSV in {path}"
    # The engine's own words quote the row, and often name no line. So look for it.
    try:
        broken = first_broken_line(path) or f"broken CSV in {path}"
    except (OSError, EOFError):
        return f"table {table} cannot be read from {path}"
    return f"table {table} cannot be read: {broken}"


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
