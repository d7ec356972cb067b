"""Writes the sample shop that the package ships: ``python -m benchmarks.sample_shop``.

Every value is the text that stands in the CSV files; an absent one is null, as DuckDB reads it.
"""

import tempfile
from pathlib import Path

import duckdb

from .columns import RAW_TABLES
from .shop import write_sample

PACKAGED = Path(__file__).resolve().parents[2] / "utm_pipeline" / "sample"


def main() -> None:
    """Replaces the five Parquet files."""
    with tempfile.TemporaryDirectory() as folder, duckdb.connect() as connection:
        write_sample(Path(folder))
        for table in RAW_TABLES:
            connection.execute(
                f"copy (from read_csv('{folder}/{table}.csv', header = true, all_varchar = true)) "
                f"to '{PACKAGED}/{table}.parquet' (format parquet, compression zstd, "
                "compression_level 19)"
            )


if __name__ == "__main__":
    main()
