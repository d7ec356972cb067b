"""Measures an extract of a shop's PostgreSQL beside psql's copy of the same tables and columns.

See README.md beside this file for what the columns mean and how to run it.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import shutil
import statistics
import sys
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path
from typing import Any

import psycopg
from measure import ChildFailedError, Measured, run
from sample_shop.columns import RAW_TABLES
from shop import FRACTION

from utm_pipeline.extract.tables import contract

_HERE = Path(__file__).resolve().parent
_COLUMNS = (
    ("sessions", "sessions", "{:,.0f}"),
    ("rows", "rows", "{:,.0f}"),
    ("psql, s", "psql_seconds", "{:.1f}"),
    ("extract, s", "full_seconds", "{:.1f}"),
    ("rows/s", "rows_per_second", "{:,.0f}"),
    ("extract / psql", "ratio", "{:.2f}"),
    ("MiB", "full_peak_mib", "{:,.0f}"),
    ("+1 %, s", "incremental_seconds", "{:.1f}"),
    ("+1 %, MiB", "incremental_peak_mib", "{:,.0f}"),
    ("no change, s", "idle_seconds", "{:.1f}"),
)

Figures = dict[str, Any]


@dataclass(frozen=True)
class Bench:
    """One size, in a database and a folder of its own."""

    folder: Path
    sessions: int
    rounds: int
    keywords: Mapping[str, str]
    psql: str

    def measure(self) -> Figures:
        """Every figure of this size."""
        self._fill("part-0000")
        rows = self._rows()
        psql, full = [], []
        # By turns, so that what slows the machine for a while slows both.
        for _ in range(self.rounds):
            psql.append(self._psql())
            full.append(self._extract("--full").seconds)
        peak = self._extract("--full").peak_mib
        self._fill("part-0001")
        more = self._extract()
        idle = min(self._extract().seconds for _ in range(self.rounds))
        best = min(full)
        return {
            "sessions": self.sessions,
            "rows": rows,
            "psql_seconds": min(psql),
            "full_seconds": best,
            "rows_per_second": rows / best,
            "ratio": best / min(psql),
            "median_ratio": statistics.median(full) / statistics.median(psql),
            "full_peak_mib": peak,
            "incremental_rows": self._rows() - rows,
            "incremental_seconds": more.seconds,
            "incremental_peak_mib": more.peak_mib,
            "idle_seconds": idle,
        }

    def _fill(self, part: str) -> None:
        dsn = psycopg.conninfo.make_conninfo(**self.keywords)
        script = str(_HERE / "shop.py")
        run([sys.executable, script, str(self.folder), str(self.sessions), part, dsn], {})

    def _rows(self) -> int:
        rows = 0
        with psycopg.connect(**self.keywords) as connection:  # type: ignore[arg-type]
            for table in RAW_TABLES:
                count = f"select count(*) from {table}"  # noqa: S608 - own names
                ((more,),) = connection.execute(count.encode()).fetchall()
                rows += more
        return rows

    def _psql(self) -> float:
        words = []
        for table in contract():
            names = ", ".join(column["name"] for column in table["columns"])
            target = self.folder / f"{table['name']}.csv"
            query = f"select {names} from {table['name']}"  # noqa: S608 - names of the contract
            words += ["-c", f"\\copy ({query}) to '{target}' (format csv)"]
        names = {"dbname": "PGDATABASE"}
        environment = {
            names.get(key, f"PG{key.upper()}"): text for key, text in self.keywords.items()
        }
        return run([self.psql, "--quiet", "--no-psqlrc", *words], environment).seconds

    def _extract(self, *words: str) -> Measured:
        environment = {
            "UTM_SHOP_DSN": psycopg.conninfo.make_conninfo(**self.keywords),
            "UTM_RAW_DIR": str(self.folder / "raw"),
            "NO_COLOR": "1",
        }
        return run([sys.executable, "-m", "utm_pipeline", "extract", *words], environment)


def table(rows: list[Figures]) -> str:
    """The figures as a Markdown table."""
    lines = ["| " + " | ".join(title for title, _, _ in _COLUMNS) + " |"]
    lines.append("|" + " ---: |" * len(_COLUMNS))
    for row in rows:
        cells = (layout.format(row[key]) for _, key, layout in _COLUMNS)
        lines.append("| " + " | ".join(cells) + " |")
    return "\n".join(lines) + "\n"


def main() -> int:
    """Measures what the arguments ask for; prints a table and writes the figures as JSON."""
    args = _arguments()
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, sorted(os.sched_getaffinity(0))[: args.cores])
    # The server of the tests, or the one that UTM_TEST_PG_DSN names.
    sys.path.insert(0, str(_HERE.parent / "tests" / "python"))
    from postgres_server import postgres_server

    rows: list[Figures] = []
    version = ""
    try:
        with tempfile.TemporaryDirectory(prefix="utm-bench-") as work, postgres_server() as server:
            psql = str(server.bin_dir / "psql") if server.bin_dir else shutil.which("psql")
            if psql is None:
                sys.stderr.write("error: psql is not in the PATH\n")
                return 1
            for sessions in args.sessions:
                sys.stderr.write(f"{sessions:,} sessions\n")
                folder = Path(work) / str(sessions)
                folder.mkdir()
                with server.database() as database, database.connect() as connection:
                    version = connection.info.parameter_status("server_version") or ""
                    bench = Bench(folder, sessions, args.rounds, database.keywords, psql)
                    rows.append(bench.measure())
                shutil.rmtree(folder)
    except ChildFailedError as error:
        sys.stderr.write(f"error: {error}\n")
        return 1
    sys.stdout.write(table(rows))
    facts = {
        "cores": args.cores,
        "architecture": platform.machine(),
        "system": platform.system(),
        "python": platform.python_version(),
        "duckdb": metadata.version("duckdb"),
        "postgresql": version,
    }
    results = {"facts": facts, "increment": FRACTION, "runs": rows}
    rounded = json.loads(json.dumps(results), parse_float=lambda text: round(float(text), 3))
    args.output.write_text(json.dumps(rounded, indent=2) + "\n", encoding="utf-8")
    return 0


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sessions", type=int, nargs="+", default=[100_000, 1_000_000])
    parser.add_argument("--rounds", type=int, default=3, help="each takes the best of so many")
    parser.add_argument("--cores", type=int, default=2, help="cores (default 2)")
    parser.add_argument("--output", type=Path, default=_HERE / "results_extract.json")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
