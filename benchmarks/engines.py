"""Measures refreshes and every query of the catalogue on DuckDB and PostgreSQL side by side.

See README.md beside this file for what the columns mean and how to run it. PostgreSQL is the server
of the tests: that of a wheel, with its own defaults, or the one that UTM_TEST_PG_DSN names.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb
from measure import ChildFailedError, run
from refresh import facts, keep_to_cores

_HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(_HERE.parent / "tests" / "python"))

from postgres_server import PostgresDatabase, postgres_server  # noqa: E402

_FRACTION = 0.01
_TYPES = {
    "VARCHAR": "text",
    "DOUBLE": "double precision",
    "TIMESTAMP WITH TIME ZONE": "timestamptz",
}
_WITH_IDS = {"utm_sessions", "user_actions", "orders", "refunds"}

Figures = dict[str, Any]


@dataclass(frozen=True)
class Shop:
    """One size of shop, in files and in a database."""

    folder: Path
    sessions: int
    threads: int
    database: PostgresDatabase

    def environment(self, engine: str) -> dict[str, str]:
        """Settings of the measured commands."""
        return {
            "UTM_TARGET": engine,
            "UTM_RAW_DIR": str(self.folder / "raw"),
            "UTM_RAW_SCHEMA": "shop",
            "UTM_WAREHOUSE": str(self.folder / engine / "utm.duckdb"),
            "UTM_TIMEZONE": "Europe/Kyiv",
            "UTM_OWN_DOMAINS": "shop.example",
            "UTM_PII_KEY": "benchmark",
            "UTM_THREADS": str(self.threads),
            "NO_COLOR": "1",
            **(self.database.environment if engine == "postgres" else {}),
        }

    def measure(self) -> list[Figures]:
        """Every figure of this size, one entry an engine."""
        found: dict[str, Figures] = {
            engine: {"sessions": self.sessions, "engine": engine}
            for engine in ("duckdb", "postgres")
        }
        as_of = self.generate()
        load(self.database, self.folder / "raw", "part-0000")
        for engine, figures in found.items():
            figures["full_seconds"] = self.refresh(engine, as_of, "--full-refresh")
            figures["queries"] = json.loads(self._job(engine, "queries"))
            figures["p95_ms"] = max(query["p95"] for query in figures["queries"].values())
        as_of = self.generate(increment=_FRACTION)
        load(self.database, self.folder / "raw", "part-0001")
        for engine, figures in found.items():
            figures["incremental_seconds"] = self.refresh(engine, as_of)
        return list(found.values())

    def generate(self, **more: object) -> str:
        """Writes raw files, or what a later extract adds; gives the instant to build them as of."""
        size = {"raw_dir": self.folder / "raw", "format": "parquet", "sessions": self.sessions}
        return str(json.loads(self._job("duckdb", "generate", **size, **more))["as_of"])

    def refresh(self, engine: str, as_of: str, *words: str) -> float:
        """Builds the marts; gives the seconds."""
        command = [sys.executable, "-m", "utm_pipeline", "refresh", "--as-of", as_of, *words]
        return run(command, self.environment(engine)).seconds

    def _job(self, engine: str, name: str, **options: object) -> str:
        words = [f"--{key.replace('_', '-')}={value}" for key, value in options.items()]
        command = [sys.executable, str(_HERE / "jobs.py"), name, *words]
        return run(command, self.environment(engine)).output


def load(database: PostgresDatabase, raw: Path, part: str) -> None:
    """Puts one part of every table's files into the schema shop; known ids are replaced."""
    with duckdb.connect() as files, database.connect() as shop:
        files.execute("set timezone = 'UTC'")
        shop.execute("create schema if not exists shop")
        for path in sorted(raw.glob(f"*/{part}.parquet")):
            table = path.parent.name
            rows = files.read_parquet(str(path))
            kinds = [_TYPES.get(str(kind), str(kind)) for kind in rows.types]
            listed = ", ".join(
                f'"{name}" {kind}' for name, kind in zip(rows.columns, kinds, strict=True)
            )
            shop.execute(f"create table if not exists shop.{table} ({listed})".encode())
            shop.execute(f"create temporary table coming (like shop.{table})".encode())
            text = path.with_suffix(".load")
            rows.write_csv(str(text), header=False)
            with (
                text.open("rb") as stream,
                shop.cursor().copy("copy coming from stdin (format csv)") as copy,
            ):
                while block := stream.read(1 << 20):
                    copy.write(block)
            text.unlink()
            if table in _WITH_IDS:
                known = f"using coming where coming.id = {table}.id"
                shop.execute(f"delete from shop.{table} {known}".encode())  # noqa: S608 - own names
            shop.execute(f"insert into shop.{table} table coming".encode())
            shop.execute("drop table coming")
            shop.execute(f"analyze shop.{table}".encode())


def table(rows: list[Figures]) -> str:
    """The figures as Markdown tables: refreshes, then the queries of the largest shop."""
    lines = ["| sessions | engine | full, s | +1 %, s | slowest query's p95, ms |"]
    lines.append("| ---: | :--- | ---: | ---: | ---: |")
    lines += [
        f"| {row['sessions']:,} | {row['engine']} | {row['full_seconds']:.1f} "
        f"| {row['incremental_seconds']:.1f} | {row['p95_ms']:.1f} |"
        for row in rows
    ]
    largest = max(row["sessions"] for row in rows)
    one, other = (row["queries"] for row in rows if row["sessions"] == largest)
    lines += ["", "| query | DuckDB, p95 ms | PostgreSQL, p95 ms |", "| :--- | ---: | ---: |"]
    lines += [f"| {name} | {one[name]['p95']:.1f} | {other[name]['p95']:.1f} |" for name in one]
    return "\n".join(lines) + "\n"


def main() -> int:
    """Measures what the arguments ask for; prints tables and writes the figures as JSON."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sessions", type=int, nargs="+", default=[100_000, 1_000_000])
    parser.add_argument("--cores", type=int, default=2, help="cores and threads (default 2)")
    parser.add_argument("--output", type=Path, default=_HERE / "results_engines.json")
    args = parser.parse_args()
    keep_to_cores(args.cores)
    rows: list[Figures] = []
    try:
        with postgres_server() as server:
            version = _version(server.keywords)
            for sessions in args.sessions:
                sys.stderr.write(f"{sessions:,} sessions\n")
                with (
                    tempfile.TemporaryDirectory(prefix="utm-bench-") as work,
                    server.database() as database,
                ):
                    rows += Shop(Path(work), sessions, args.cores, database).measure()
    except ChildFailedError as error:
        sys.stderr.write(f"error: {error}\n")
        return 1
    sys.stdout.write(table(rows))
    results = {"facts": facts(args.cores) | {"postgresql": version}, "runs": rows}
    rounded = json.loads(json.dumps(results), parse_float=lambda text: round(float(text), 3))
    args.output.write_text(json.dumps(rounded, indent=2) + "\n", encoding="utf-8")
    return 0


def _version(keywords: Mapping[str, str]) -> str:
    with PostgresDatabase(keywords).connect() as connection:
        row = connection.execute("show server_version").fetchone()
    return str(row[0]) if row else ""


if __name__ == "__main__":
    raise SystemExit(main())
