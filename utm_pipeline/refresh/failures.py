"""Messages of an engine made fit to be shown: what failed and where, without any value of a row.

Engines quote rows freely (the original line of a CSV file, the text that they could not convert),
and rows hold personal data. So only messages of kinds that speak of the statement are kept.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path

from utm_pipeline.causes import is_full
from utm_pipeline.refresh.raw_columns import first_broken_line

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
