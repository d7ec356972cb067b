"""Reading the raw tables (inputs.md): every value as text or None."""

from __future__ import annotations

import csv
import gzip
import io
import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from .values import UNREADABLE, WHITE_SPACE

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


ENDINGS = (".csv", ".csv.gz", ".parquet")


def _is_input(path: Path) -> bool:
    """Endings count in any case; hidden files are no inputs."""
    name = path.name
    return path.is_file() and not name.startswith(".") and name.lower().endswith(ENDINGS)


def table_files(folder: Path, name: str) -> list[Path]:
    """The files of a table, by name: one file or a folder of several."""
    inside = folder / name
    found = sorted(inside.iterdir()) if inside.is_dir() else []
    files = [path for path in found if _is_input(path)]
    beside = [path for path in sorted(folder.iterdir()) if path.name.startswith(f"{name}.")]
    singles = [path for path in beside if path.name[len(name) :].lower() in ENDINGS]
    return files or singles[:1]


def _named(header: list[str], cells: list[str | None]) -> Row:
    return dict(zip(header, cells, strict=False))


def _headings(names: list[str]) -> list[str]:
    """Names of columns are compared without case and without white space around them."""
    return [name.strip(WHITE_SPACE).lower() for name in names]


def _csv_rows(path: Path) -> tuple[list[str], Iterator[Row]]:
    data = path.read_bytes()
    if path.name.lower().endswith(".gz"):
        data = gzip.decompress(data)
    reader = csv.reader(io.StringIO(data.decode("utf-8-sig"), newline=""))
    header = _headings(next(reader, []))
    return header, (_named(header, [*cells]) for cells in reader if cells)


def _parquet_rows(path: Path) -> tuple[list[str], Iterator[Row]]:
    import duckdb

    connection = duckdb.connect(":memory:")
    connection.execute("set timezone = 'UTC'")
    places = [str(path).replace("[", "[[]").replace("*", "[*]").replace("?", "[?]")]
    described = connection.execute("describe select * from read_parquet(?)", [places]).fetchall()
    # Bytes and JSON are text in another dress; anything else reads as its text.
    wanted = ", ".join(
        f'"{name}"' if kind == "BLOB" else f'"{name}"::varchar' for name, kind, *_ in described
    )
    rows = connection.execute(f"select {wanted} from read_parquet(?)", [places]).fetchall()
    connection.close()
    header = _headings([name for name, *_ in described])
    is_json = [kind == "JSON" for _, kind, *_ in described]
    return header, (
        _named(header, [_text(cell, is_json[at]) for at, cell in enumerate(row)]) for row in rows
    )


def _text(cell: str | bytes | None, is_json: bool) -> str | None:
    if isinstance(cell, bytes):
        try:
            return cell.decode()
        except UnicodeDecodeError:
            return UNREADABLE
    if is_json and cell is not None:
        found = json.loads(cell)
        return found if isinstance(found, str) or found is None else cell
    return cell


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
