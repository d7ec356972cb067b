"""The raw files: one list, made once, for the check, the reading and the account of rows.

Every raw table has one place in the raw folder: ``<name>.parquet``, ``<name>.csv``,
``<name>.csv.gz`` or a folder ``<name>/`` of files of one of these kinds. Endings are read in any
case, names are literal, hidden ones are no inputs; whatever else stands there is told.
"""

from __future__ import annotations

import stat
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from functools import cached_property
from pathlib import Path
from typing import Any

from utm_pipeline.causes import missing_right
from utm_pipeline.errors import InputError
from utm_pipeline.refresh.raw_columns import (
    Columns,
    contract_columns,
    csv_columns,
    is_packed,
    parquet_columns,
    reading,
)

ENDINGS: Mapping[str, str] = {".parquet": "parquet", ".csv": "csv", ".csv.gz": "csv"}
ENDINGS_IN_WORDS = ", ".join(ENDINGS)

_SECOND = 10**9


class RawTable:
    """The files of one raw table, and what is known of them without reading their rows."""

    def __init__(self, table: str, place: Path, kind: str, files: tuple[Path, ...]) -> None:
        self.table = table
        self.place = place
        """The file or the folder of files."""
        self.kind = kind
        """``parquet`` or ``csv``."""
        self.files = files

    @cached_property
    def columns(self) -> Mapping[Path, Columns]:
        """The columns of each file, asked for once."""
        for file in self.files:
            with reading(self.table, file), file.open("rb"):
                pass
        read = parquet_columns if self.kind == "parquet" else csv_columns
        return read(self.table, self.files)


def locate(table: str, name: str, raw_dir: Path) -> RawTable | None:
    """Where the files of the raw table that is called ``name`` here are, None if nowhere.

    Raises:
        InputError: it is in two places, has files of two kinds, or may not be read.
    """
    folder, title = raw_dir / name, table if table == name else f"{table} (called {name} here)"
    inside: dict[str, tuple[Path, ...]] = {}
    for file in _inside(folder):
        if (kind := _kind(file)) and not file.name.startswith("."):
            inside[kind] = (*inside.get(kind, ()), file)
    if len(inside) > 1:
        raise InputError(
            f"the table {title} has Parquet and CSV files in one folder",
            str(folder),
            "keep one kind there, so that no row is read twice",
        )
    places = [
        RawTable(table, file, kind, (file,))
        for file in _entries(raw_dir)
        if file.name.startswith(name)
        and (kind := ENDINGS.get(file.name[len(name) :].lower()))
        and _is_file(file)
    ]
    places += [RawTable(table, folder, kind, found) for kind, found in inside.items()]
    if len(places) > 1:
        raise InputError(
            f"the table {title} is in two places",
            " and ".join(str(place.place) for place in places[:2]),
            "keep one of them, so that no row is read twice",
        )
    for place in places:
        for file in place.files:
            _refuse_name(table, file)
    return places[0] if places else None


def passed_over(
    raw_dir: Path, names: Mapping[str, str], found: Mapping[str, RawTable]
) -> list[tuple[str, Path]]:
    """What stands in a table's folder, or beside it under the table's name, and is not read."""
    read = {file for table in found.values() for file in table.files}
    left: list[tuple[str, Path]] = []
    for table, name in names.items():
        folder, called = raw_dir / name, name.lower()
        beside = [
            entry
            for entry in _entries(raw_dir)
            if entry != folder and f"{entry.name.lower()}.".startswith(f"{called}.")
        ]
        left += [
            (table, entry)
            for entry in (*beside, *_inside(folder))
            if not entry.name.startswith(".") and entry not in read
        ]
    return left


def _entries(folder: Path) -> list[Path]:
    with _rights(folder):
        return sorted(folder.iterdir())


def _inside(folder: Path) -> list[Path]:
    return _entries(folder) if _mode(folder, stat.S_ISDIR) else []


def _kind(file: Path) -> str | None:
    name = file.name.lower()
    kind = next((kind for ending, kind in ENDINGS.items() if name.endswith(ending)), None)
    return kind if kind and _is_file(file) else None


def _is_file(file: Path) -> bool:
    return _mode(file, stat.S_ISREG)


def _mode(path: Path, is_so: Callable[[int], bool]) -> bool:
    """Whether it is there and of that kind; where nobody may look, that is an error."""
    with _rights(path):
        try:
            return is_so(path.stat().st_mode)
        except PermissionError:
            raise
        except OSError:
            # Not there, or a link that leads nowhere.
            return False


def _refuse_name(table: str, file: Path) -> None:
    """The engine takes every name for a pattern, and two kinds of names cannot be written as one.

    Raises:
        InputError: it is such a name.
    """
    name = str(file)
    try:
        name.encode()
        if not ("\\" in name and set("*?[") & set(name)):
            return
    except UnicodeEncodeError:
        pass
    raise InputError(
        f"a file of table {table} has a name that is not UTF-8, or has a backslash beside * ? [",
        repr(name),
        "rename the file",
    )


@contextmanager
def _rights(path: Path) -> Iterator[None]:
    try:
        yield
    except PermissionError as error:
        raise missing_right(path) from error


def for_the_engine(
    tables: Mapping[str, RawTable], now: Callable[[], int] = time.time_ns
) -> dict[str, Any]:
    """The list as the models read it: of each table its files, and the shapes that they have.

    Files of one shape are read by one statement. No name of a file's own column is the engine's: in
    CSV columns have numbers, in Parquet the helping column gets a name that none of them has.
    """
    from utm_pipeline.warehouse.parquet import pattern_of

    said: dict[str, Any] = {}
    for table, raw in tables.items():
        wanted = set(contract_columns()[table])
        shapes: dict[str, dict[str, Any]] = {}
        files = []
        for file, columns in raw.columns.items():
            shape = _shape(file, raw.kind, columns, wanted)
            number = list(shapes).index(key) if (key := repr(shape)) in shapes else len(shapes)
            shapes[key] = shape
            facts = file.stat()
            files.append(
                {
                    "path": str(file),
                    "pattern": pattern_of(file),
                    "facts": f"{file}|{facts.st_size}|{facts.st_mtime_ns}",
                    "is_young": _is_young(facts.st_mtime_ns, now()),
                    "shape": number,
                }
            )
        said[table] = {"files": files, "shapes": list(shapes.values())}
    return said


def _is_young(changed: int, now: int) -> bool:
    """Whether a file may change without a trace in its time, which some disks keep in seconds."""
    ticks = 2 * _SECOND if changed % _SECOND == 0 else _SECOND // 50
    return changed >= now - ticks


def _shape(file: Path, kind: str, columns: Columns, wanted: set[str]) -> dict[str, Any]:
    is_csv = kind == "csv"
    lower = [name.lower() for name in columns.names]
    at = {name: number for number, name in reversed(list(enumerate(lower))) if name in wanted}
    helping = "file"
    while not is_csv and helping in lower:
        helping += "_"
    return {
        "format": kind,
        "is_packed": is_csv and is_packed(file),
        "is_mixed": columns.is_mixed,
        "width": len(lower) if is_csv else 0,
        "file_column": helping,
        "columns": {
            name: [f"c{number}" if is_csv else columns.names[number], columns.types[number]]
            for name, number in sorted(at.items())
        },
    }
