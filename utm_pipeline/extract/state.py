"""What an extract remembers of the one before: where it ended, and which files it wrote."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from utm_pipeline.errors import InputError
from utm_pipeline.extract.model import Part, Source
from utm_pipeline.refresh.inputs import locate

VERSION = 1
MARK = "utm-pipeline extract"
"""What an extract writes into the metadata of its files."""

_NAME = re.compile(r"extract-([0-9]{6,})\.parquet")


@dataclass(frozen=True)
class TableState:
    """A table as the last extract left it."""

    name: str
    identity: tuple[str, ...]
    shape: list[list[str]]
    since: datetime
    """The snapshot that it shows."""
    last_part: int
    """The greatest number of a file so far. None comes twice, so that no reader can take a new
    file for one that it has read."""
    parts: tuple[Part, ...]

    def as_json(self) -> dict[str, Any]:
        """For the state's file."""
        return {
            "name": self.name,
            "identity": list(self.identity),
            "columns": self.shape,
            "since": self.since.isoformat(),
            "last_part": self.last_part,
            "parts": [[part.file.name, part.rows, part.size, part.mtime_ns] for part in self.parts],
        }


def read_tables(state: Mapping[str, Any], raw_dir: Path) -> dict[str, TableState]:
    """The tables of a state; none if another version of the program wrote it."""
    if state.get("version") != VERSION:
        return {}
    return {
        table: TableState(
            name=kept["name"],
            identity=tuple(kept["identity"]),
            shape=kept["columns"],
            since=datetime.fromisoformat(kept["since"]),
            last_part=kept["last_part"],
            parts=tuple(
                Part(raw_dir / kept["name"] / name, rows, size, mtime_ns)
                for name, rows, size, mtime_ns in kept["parts"]
            ),
        )
        for table, kept in state["tables"].items()
    }


def as_json(snapshot: datetime, tables: Mapping[str, TableState]) -> dict[str, Any]:
    """The state's file, which :func:`read_tables` reads."""
    return {
        "version": VERSION,
        "snapshot": snapshot.isoformat(),
        "tables": {table: kept.as_json() for table, kept in tables.items()},
    }


def why_whole(source: Source, kept: TableState, own: Sequence[Path]) -> str:
    """Why what is known of a table cannot be gone on with; empty if it can."""
    reasons = {
        f"it was called {kept.name}": kept.name != source.name,
        "it is another database": kept.identity[0] != source.identity[0],
        "its columns have changed": kept.shape != source.shape,
        "the shop made it anew, rewrote or emptied it": kept.identity != source.identity,
        "its files are gone or were changed by hand": not all(p.unchanged for p in kept.parts),
        "its folder has files of another extract": set(own) > {part.file for part in kept.parts},
    }
    return next((reason for reason, holds in reasons.items() if holds), "")


def own_files(source: Source, kept: TableState | None, raw_dir: Path) -> list[Path]:
    """The files of a table that extracts wrote; ``kept`` is what the last one knew.

    Raises:
        InputError: others are there too, and the rows of both would be counted.
    """
    found = locate(source.table, source.name, raw_dir)
    files = found.files if found else ()
    known = {part.file for part in kept.parts} if kept else set()
    own = [
        file for file in files if file in known or (_NAME.fullmatch(file.name) and _is_marked(file))
    ]
    foreign = [file for file in files if file not in own]
    if foreign:
        fix = "move it out of the folder of raw files, or set UTM_RAW_DIR to another folder"
        if source.table == "ad_spend":
            fix = (
                "keep one of them: move the file away, or set UTM_RAW_TABLES to ad_spend=ad_costs, "
                "a name that the database does not have, and load the exports again"
            )
        raise InputError(
            f"the shop's database has the table {source.table}, and there is a file of it that no "
            "extract wrote; both together would be counted twice",
            str(foreign[0]),
            fix,
        )
    return own


def last_number(files: Sequence[Path]) -> int:
    """The greatest number in the names of files that extracts wrote; 0 if there are none."""
    numbers = (_NAME.fullmatch(file.name) for file in files)
    return max((int(found[1]) for found in numbers if found), default=0)


def part_name(number: int) -> str:
    """The name of a file."""
    return f"extract-{number:06d}.parquet"


def _is_marked(file: Path) -> bool:
    import duckdb

    try:
        with duckdb.connect() as connection:
            rows = connection.execute(
                "select value from parquet_kv_metadata($1) where key = 'written_by'", [str(file)]
            ).fetchall()
    except duckdb.Error:
        # Damaged, so nothing is known of who wrote it but its name.
        return True
    return [(MARK.encode(),)] == rows
