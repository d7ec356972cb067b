"""Reading the raw tables (inputs.md): every value as text or None."""

from __future__ import annotations

import csv
import gzip
import io
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

Row = dict[str, str | None]


@dataclass(frozen=True)
class Contract:
    """A raw table's name, its required columns, and whether it may be missing."""

    name: str
    required: tuple[str, ...]
    optional: bool = False


CONTRACTS = (
    Contract("utm_sessions", ("id", "session_key", "first_seen")),
    Contract("user_actions", ("id", "utm_session_id", "action_type", "timestamp"), optional=True),
    Contract("orders", ("id", "total_sum", "payment_status", "created")),
    Contract("ad_spend", ("date", "utm_source", "spend"), optional=True),
    Contract("refunds", ("order_id", "amount", "created"), optional=True),
)


class MissingInputError(Exception):
    """A required table or column is not there."""


def table_files(folder: Path, name: str) -> list[Path]:
    """The files of a table, by name: one file or a folder of several."""
    inside = folder / name
    if inside.is_dir():
        endings = (".csv", ".csv.gz", ".parquet")
        return sorted(path for path in inside.iterdir() if path.name.endswith(endings))
    # Reading: of several single files the first in the order that inputs.md names is the table.
    candidates = [folder / f"{name}{suffix}" for suffix in (".parquet", ".csv", ".csv.gz")]
    return [path for path in candidates if path.is_file()][:1]


def _csv_rows(path: Path) -> tuple[list[str], Iterator[Row]]:
    data = path.read_bytes()
    if path.name.endswith(".gz"):
        data = gzip.decompress(data)
    reader = csv.reader(io.StringIO(data.decode("utf-8-sig"), newline=""))
    header = next(reader, [])

    def rows() -> Iterator[Row]:
        for cells in reader:
            if cells:
                yield dict(zip(header, cells, strict=False))

    return header, rows()


def _parquet_rows(path: Path) -> tuple[list[str], Iterator[Row]]:
    import duckdb

    connection = duckdb.connect(":memory:")
    connection.execute("set timezone = 'UTC'")
    result = connection.execute("select columns(*)::varchar from read_parquet(?)", [str(path)])
    header = [column[0] for column in result.description or []]
    found: list[Row] = [dict(zip(header, row, strict=True)) for row in result.fetchall()]
    connection.close()
    return header, iter(found)


def read_table(folder: Path, contract: Contract) -> list[Row]:
    """Every row of a table; empty for an optional table that is not there.

    Raises MissingInputError, naming table, column and place.
    """
    files = table_files(folder, contract.name)
    if not files and contract.optional:
        return []
    if not files:
        raise MissingInputError(f"table {contract.name} not found in {folder}")
    found: list[Row] = []
    for path in files:
        header, rows = _parquet_rows(path) if path.suffix == ".parquet" else _csv_rows(path)
        for column in contract.required:
            # Reading: a required column must stand in each file of a folder.
            if column not in header:
                raise MissingInputError(
                    f"column {column} of table {contract.name} not found in {path}"
                )
        found.extend(rows)
    return found


def read_csv(path: Path) -> list[dict[str, str]]:
    """The rows of a seed."""
    with path.open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))
