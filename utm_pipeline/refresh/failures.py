"""Messages of an engine made fit to be shown: what failed and where, without any value of a row.

Engines quote rows freely (the original line of a CSV file, the text that they could not convert),
and rows hold personal data. So only messages of kinds that speak of the statement are kept.
"""

from __future__ import annotations

import csv
import errno
import gzip
import re
from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

from utm_pipeline.refresh.inputs import open_text

_SPEAKS_OF_THE_STATEMENT = (
    "Binder Error",
    "Catalog Error",
    "Parser Error",
    "Syntax Error",
    "Out of Memory Error",
    "Compilation Error",
    "This model has an enforced contract",
    "Got ",
    # PostgreSQL, which has no names for its kinds
    "syntax error at or near",
    'relation "',
    'column "',
    "function ",
    "operator does not exist",
    "permission denied",
    "must be owner of",
    "could not write to file",
    "canceling statement due to",
    "deadlock detected",
    "terminating connection",
    "server closed the connection",
    "connection to server",
    "out of memory",
    "out of shared memory",
    "unrecognized configuration parameter",
    "invalid snapshot identifier",
    "SET TRANSACTION",
)
_FULL = re.compile(
    "No space left on device|Disk quota exceeded|File too large|could not extend file"
    "|temporary file size exceeds temp_file_limit|max_temp_directory_size"
)
_DISK_FULL = "the disk is full"
_REMEDIES = (
    ((_DISK_FULL,), "free space where the warehouse and its temporary files are"),
    (
        (
            "terminating connection",
            "server closed the connection",
            "connection to server",
            "invalid snapshot identifier",
            "connection already closed",
        ),
        "look whether the server runs and has free connections",
    ),
    (
        ("permission denied", "must be owner of"),
        "let the owner of what is named give the role of the refresh that right",
    ),
    (
        ("canceling statement due to", "deadlock detected"),
        "end what else works on these tables, or raise the role's time-outs",
    ),
    (
        ("Out of Memory Error", "out of memory", "out of shared memory"),
        "lower UTM_THREADS, or give the warehouse more memory",
    ),
)
_KIND = re.compile(r"\b([A-Z][A-Za-z]*(?: [A-Za-z]+){0,3} (?:Error|Exception)):")
_PATH = re.compile(
    r"(?:^\s*file\s*=\s*|Error when sniffing file \")(?P<path>[^\"\n]+)", re.MULTILINE
)


def without_values(message: str, tables: Mapping[Path, str]) -> str:
    """One line that says what failed, safe to show.

    Args:
        message: the engine's or dbt's message.
        tables: which raw table each raw file belongs to, so that a broken file is named.
    """
    if "CSV" in message and (file := _PATH.search(message)):
        return _broken_csv(Path(file["path"].strip()), tables)
    body = message.strip()
    if _FULL.search(body):
        # Several kinds of errors say so, each in words of its own.
        return _DISK_FULL
    start = min(
        (found for text in _SPEAKS_OF_THE_STATEMENT if (found := body.find(text)) >= 0), default=-1
    )
    kind = _KIND.search(body)
    if start >= 0 and (kind is None or kind.start() >= start):
        # Behind "LINE 1:" the engine repeats the statement, behind a blank line hints follow.
        return " ".join(re.split(r"\n\s*(?:LINE [0-9]+:|\n)", body[start:])[0].split())
    named = kind[1] if kind else "an error"
    return f"{named} (its text may quote rows, so it is not shown)"


def remedy(shown: str) -> str:
    """What to do about a failure, by the line that is shown of it."""
    for signs, advice in _REMEDIES:
        if any(sign in shown for sign in signs):
            return advice
    return "correct the data or the model"


def is_disk_full(error: BaseException) -> bool:
    """Whether an error of the engine or the operating system says that there is no more space."""
    numbers = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
    return getattr(error, "errno", None) in numbers or _FULL.search(str(error)) is not None


def _broken_csv(path: Path, tables: Mapping[Path, str]) -> str:
    table = tables.get(path)
    if table is None:
        return f"broken CSV in {path}"
    # The engine's own words quote the row, and often name no line. So look for it.
    try:
        broken = first_broken_line(path)
    except (OSError, EOFError):
        return f"table {table} cannot be read from {path}"
    if broken is None:
        return f"table {table} cannot be read: broken CSV in {path}"
    return f"table {table} cannot be read: {broken.why} in {path}, line {broken.line}"


class BrokenLine(NamedTuple):
    """Where a CSV file stops being one, and why; without any value of it."""

    line: int
    why: str


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
