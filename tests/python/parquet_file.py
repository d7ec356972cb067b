"""Parquet files of other writers than DuckDB, made of files of DuckDB."""

from __future__ import annotations

from pathlib import Path

import duckdb


def write_parquet(path: Path, query: str) -> Path:
    """The answer of a query as a Parquet file. BLOB has no mark of text there."""
    draft = path.with_name("draft.parquet")
    path.parent.mkdir(parents=True, exist_ok=True)
    with duckdb.connect() as connection:
        connection.execute(f"copy ({query}) to '{draft}' (format parquet)")
    return draft.rename(path)


def widen_decimals(path: Path) -> None:
    """Makes decimals of 38 digits decimals of 50: the number stands twice in the footer."""
    data = path.read_bytes()
    footer = len(data) - 8 - int.from_bytes(data[-8:-4], "little")
    # Thrift's compact form of 38 is 76, behind the mark of a field of 32 bits.
    found = data[footer:].replace(b"\x15\x4c", b"\x15\x64")
    path.write_bytes(data[:footer] + found)
