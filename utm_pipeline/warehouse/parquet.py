"""What Parquet files say of their columns, by DuckDB."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import duckdb

_SCHEMAS = """
select file_name, list((name, type, type_length, num_children, converted_type, scale, precision,
    logical_type))
from parquet_schema($1)
group by file_name"""
_PRECISION = 6


class UnreadableError(Exception):
    """A file that is no Parquet file."""

    def __init__(self, file: Path) -> None:
        super().__init__(str(file))
        self.file = file


class ParquetColumns(NamedTuple):
    """The columns of a file."""

    names: tuple[str, ...]
    types: tuple[str, ...]  # as the engine reads them
    digits: Mapping[str, int]  # of decimals


def pattern_of(file: Path) -> str:
    """A pattern of the engine that stands for this file alone: it takes every name for one."""
    return "".join(f"[{letter}]" if letter in "*?[" else letter for letter in str(file))


def read_columns(files: Sequence[Path]) -> dict[Path, ParquetColumns]:
    """The columns of files; those of one shape are described once.

    Raises:
        UnreadableError: one of them is no Parquet file.
    """
    if not files:
        return {}
    known: dict[Any, ParquetColumns] = {}
    with duckdb.connect() as engine:
        schemas = _schemas(engine, files)
        for file in files:
            schema = schemas[file]
            if schema not in known:
                names, types = _described(engine, file)
                digits = {column[0]: column[_PRECISION] or 0 for column in schema}
                known[schema] = ParquetColumns(names, types, digits)
    return {file: known[schemas[file]] for file in files}


def _schemas(
    engine: duckdb.DuckDBPyConnection, files: Sequence[Path]
) -> dict[Path, tuple[Any, ...]]:
    """What the files say, all at once, or one by one to find the bad one."""
    patterns = [pattern_of(file) for file in files]
    try:
        rows = engine.execute(_SCHEMAS, [patterns]).fetchall()
    except duckdb.Error as error:
        if len(files) == 1:
            raise UnreadableError(files[0]) from error
        found: dict[Path, tuple[Any, ...]] = {}
        for file in files:
            found |= _schemas(engine, [file])
        return found
    return {Path(name): tuple(schema) for name, schema in rows}


def _described(
    engine: duckdb.DuckDBPyConnection, file: Path
) -> tuple[tuple[str, ...], tuple[str, ...]]:
    query = "describe select * from read_parquet($1, hive_partitioning = false)"
    try:
        rows = engine.execute(query, [pattern_of(file)]).fetchall()
    except duckdb.Error as error:
        raise UnreadableError(file) from error
    return tuple(row[0] for row in rows), tuple(row[1] for row in rows)
