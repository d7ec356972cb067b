"""Writing a generated shop in each of the forms that raw files may have."""

from __future__ import annotations

import csv
import gzip
import io
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from random import Random

import duckdb

from chaos import Tables
from chaos_rows import Row
from oracle.values import (
    parse_boolean,
    parse_date,
    parse_decimal,
    parse_integer,
    parse_timestamp,
    read,
)

FORMS = ("csv", "gzip", "parts", "parquet")

_OPTIONAL = ("landing_page", "ttclid", "city", "status", "page_path", "clicks", "discount_amount")
_INTEGERS = "id utm_session_id user_id visit_count points_earned order_id impressions clicks"
_DECIMALS = "total_sum discount_amount amount spend cart_value"
_BOOLEANS = "is_first_visit is_returning_visitor is_bot is_converted"
_INSTANTS = "first_seen last_seen converted_at timestamp created updated"
_TYPES: Mapping[str, tuple[str, Callable[[str], object]]] = {
    **dict.fromkeys(_INTEGERS.split(), ("bigint", parse_integer)),
    **dict.fromkeys(_DECIMALS.split(), ("decimal(12, 2)", parse_decimal)),
    **dict.fromkeys(_BOOLEANS.split(), ("boolean", parse_boolean)),
    **dict.fromkeys(_INSTANTS.split(), ("timestamptz", parse_timestamp)),
    "date": ("date", parse_date),
    # Columns may be narrower than the contract says, and instants may lack a zone.
    "visit_count": ("smallint", parse_integer),
    "clicks": ("integer", parse_integer),
    "last_seen": ("timestamp", parse_timestamp),
    "updated": ("timestamp", parse_timestamp),
}


def write_shop(tables: Tables, folder: Path, form: str, seed: int = 0) -> Path:
    """Writes the tables into a new folder, and gives it back.

    ``csv`` is one file a table; ``gzip`` has a BOM, columns in another order, an unknown column
    and optional columns missing; ``parts`` is a folder a table whose files have different columns;
    ``parquet`` is typed, so what cannot be read is NULL there.
    """
    folder.mkdir(parents=True)
    random = Random(seed)
    for name, rows in tables.items():
        if form == "csv":
            write_csv(folder / f"{name}.csv", rows)
        elif form == "gzip":
            write_csv(folder / f"{name}.csv.gz", rows, _shuffled(rows, random), bom=True)
        elif form == "parts":
            (folder / name).mkdir()
            first, second, third = _shared_out(rows, random)
            write_csv(folder / name / "1.csv", first)
            write_csv(folder / name / "2.csv.gz", second, _shuffled(rows, random))
            write_csv(folder / name / "3.csv", third, [*rows[0]][::-1], bom=True)
        else:
            write_parquet(folder / f"{name}.parquet", rows)
    return folder


def write_csv(
    path: Path, rows: Sequence[Row], columns: Sequence[str] | None = None, bom: bool = False
) -> None:
    """Writes rows as CSV (RFC 4180), compressed where the name says so."""
    buffer = io.StringIO(newline="")
    writer = csv.DictWriter(buffer, columns or list(rows[0]), restval="x", extrasaction="ignore")
    writer.writeheader()
    writer.writerows(rows)
    data = buffer.getvalue().encode("utf-8-sig" if bom else "utf-8")
    path.write_bytes(gzip.compress(data) if path.suffix == ".gz" else data)


def write_parquet(path: Path, rows: Sequence[Row]) -> None:
    """Writes rows as Parquet with the contract's types."""
    columns = list(rows[0])
    typed = {name: _TYPES[name] for name in columns if name in _TYPES}
    if "product_id" in columns:
        # In the actions the id of an order is a text like any other.
        typed.pop("order_id")
    values = [
        [read(row[name], typed[name][1]) if name in typed else row[name] for row in rows]
        for name in columns
    ]
    kinds = [typed[name][0] if name in typed else "text" for name in columns]
    unnested = ", ".join(
        f'unnest(cast(? as {kind}[])) as "{name}"'
        for name, kind in zip(columns, kinds, strict=True)
    )
    with duckdb.connect() as connection:
        connection.execute("set timezone = 'UTC'")
        connection.execute(f"create table shop as select {unnested}", values)
        connection.execute(f"copy shop to '{path}' (format parquet)")


def _shared_out(rows: Sequence[Row], random: Random) -> tuple[list[Row], list[Row], list[Row]]:
    """Rows in three parts; copies stay together, since a part may lack what tells them apart."""
    parts: tuple[list[Row], list[Row], list[Row]] = ([], [], [])
    place: dict[tuple[str | None, ...], int] = {}
    for row in rows:
        parts[place.setdefault(tuple(row.values()), random.randrange(3))].append(row)
    return parts


def _shuffled(rows: Sequence[Row], random: Random) -> list[str]:
    columns = [name for name in rows[0] if name not in _OPTIONAL] + ["unknown_column"]
    random.shuffle(columns)
    return columns
