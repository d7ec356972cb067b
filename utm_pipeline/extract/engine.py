"""DuckDB as the writer of raw files: little memory, and files that are on disk when it is done."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from utm_pipeline.extract.folder import sync
from utm_pipeline.extract.model import Column
from utm_pipeline.extract.state import MARK

if TYPE_CHECKING:
    import duckdb

_MEMORY = "512MB"
_ROW_GROUP = 50_000


@contextmanager
def open_engine(folder: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    """An engine that keeps in ``folder`` what does not fit into its memory."""
    import duckdb

    config: dict[str, Any] = {
        "memory_limit": _MEMORY,
        "threads": 2,
        "temp_directory": str(folder / "spill"),
        "preserve_insertion_order": "false",
        "autoinstall_known_extensions": "false",
        "autoload_known_extensions": "false",
    }
    connection = duckdb.connect(str(folder / "work.duckdb"), config=config)
    try:
        yield connection
    finally:
        connection.close()


def write_parquet(duck: duckdb.DuckDBPyConnection, query: str, target: Path) -> int:
    """Writes a query's rows to a file that is its owner's alone, on disk for good.

    Returns:
        How many rows it has.
    """
    ((rows,),) = (
        duck.cursor()
        .execute(
            f"copy ({query}) to {literal(str(target))} (format parquet, compression zstd, "
            f"compression_level 1, row_group_size {_ROW_GROUP}, "
            f"kv_metadata {{written_by: {literal(MARK)}}})"
        )
        .fetchall()
    )
    # Personal data: others read the file once its owner lets them.
    target.chmod(0o600)
    sync(target)
    return int(rows)


def columns_of(columns: Sequence[Column]) -> str:
    """The columns as a list of a select."""
    return ", ".join(f'"{column.name}"' for column in columns)


def scan(files: Iterable[Path], extra: str = "") -> str:
    """A table function over Parquet files."""
    return f"read_parquet([{', '.join(literal(str(file)) for file in files)}]{extra})"


def literal(text: str) -> str:
    """A text in SQL."""
    return "'" + text.replace("'", "''") + "'"
