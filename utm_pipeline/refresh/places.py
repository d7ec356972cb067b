"""Where a raw row came from, without any value of it but its id."""

from __future__ import annotations

import csv
import json
import re
from pathlib import Path
from typing import Any

from utm_pipeline.refresh.raw_columns import WHITE_SPACE, open_text

_FILE = re.compile(r"(?s)(.*)\|[0-9]+\|[0-9]+\|[^|]*\|[^|]*")
_ID = re.compile(r"[+-]?[0-9]{1,18}(\.0)?")


def place_of(table: str, file_version: str, received: str | None) -> str:
    """The file with the row's id, or with its line where it has none; a table with the id."""
    row: dict[str, Any] = json.loads(received or "{}")
    found = _FILE.fullmatch(file_version)
    file = found[1] if found else f"table {table}"
    number = str(row.get("id", "")).strip(WHITE_SPACE)
    if _ID.fullmatch(number):
        return f"{file}, id {number}"
    line = _line_of(Path(file), row) if found else None
    return f"{file}, line {line}" if line else file


def _line_of(file: Path, row: dict[str, Any]) -> int | None:
    """The first line of a CSV file with these values; None if it is not to be found."""
    if file.name.lower().endswith(".parquet"):
        return None
    try:
        with open_text(file, errors="replace") as lines:
            reader = csv.reader(lines)
            header = [name.strip(WHITE_SPACE).lower() for name in next(reader, [])]
            at = [(header.index(name), value or "") for name, value in row.items()]
            start = reader.line_num + 1
            for cells in reader:
                if len(cells) == len(header) and all(cells[i] == value for i, value in at):
                    return start
                start = reader.line_num + 1
    except (OSError, EOFError, ValueError, csv.Error):
        # It has changed since, or is gone.
        pass
    return None
