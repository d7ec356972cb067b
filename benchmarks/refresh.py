"""Measures a full and a 1 % incremental refresh against the limit, and a query.

The limit is DuckDB alone reading the same files once into typed tables. See README.md beside this
file for what the columns mean and how to run it.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import shutil
import sys
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from measure import ChildFailedError, Measured, best, run

_HERE = Path(__file__).resolve().parent
_FRACTION = 0.01
_COLUMNS = (
    ("sessions", "sessions", "{:,.0f}"),
    ("files", "format", "{}"),
    ("limit, s", "limit_seconds", "{:.2f}"),
    ("full, s", "full_seconds", "{:.1f}"),
    ("full, MiB", "full_peak_mib", "{:,.0f}"),
    ("dbt's start, s", "dbt_start_cold_seconds", "{:.1f}"),
    ("(full - start) / limit", "full_ratio", "{:.1f}"),
    ("+1 %, s", "incremental_seconds", "{:.1f}"),
    ("+1 %, MiB", "incremental_peak_mib", "{:,.0f}"),
    ("query, s", "query_cold_seconds", "{:.2f}"),
    ("its SQL, ms", "sql_best_ms", "{:.1f}"),
    ("p95, ms", "sql_p95_ms", "{:.1f}"),
)

Figures = dict[str, Any]


@dataclass(frozen=True)
class Bench:
    """One size and format, in a folder of its own."""

    folder: Path
    sessions: int
    fmt: str
    threads: int

    @property
    def raw_dir(self) -> Path:
        """Where the raw files are."""
        return self.folder / "raw"

    @property
    def environment(self) -> dict[str, str]:
        """Settings of the measured commands, with nothing of the caller's left to chance."""
        return {
            "UTM_TARGET": "duckdb",
            "UTM_RAW_DIR": str(self.raw_dir),
            "UTM_WAREHOUSE": str(self.folder / "warehouse" / "utm.duckdb"),
            "UTM_TIMEZONE": "Europe/Kyiv",
            "UTM_OWN_DOMAINS": "shop.example",
            "UTM_PII_KEY": "benchmark",
            "UTM_THREADS": str(self.threads),
            "NO_COLOR": "1",
        }

    def job(self, name: str, **options: object) -> Measured:
        """Runs one job of jobs.py."""
        words = [f"--{key.replace('_', '-')}={value}" for key, value in options.items()]
        return run([sys.executable, str(_HERE / "jobs.py"), name, *words], self.environment)

    def command(self, *words: str) -> Measured:
        """Runs the command line tool."""
        return run([sys.executable, "-m", "utm_pipeline", *words], self.environment)

    def measure(self) -> Figures:
        """Every figure of this size and format."""
        size = {"raw_dir": self.raw_dir, "format": self.fmt, "sessions": self.sessions}
        as_of = json.loads(self.job("generate", **size).output)["as_of"]
        written = sum(file.stat().st_size for file in self.raw_dir.rglob("*.*") if file.is_file())
        figures = self._limit() | self._dbt_start()
        full = self.command("refresh", "--full-refresh", *self._at(as_of))
        figures |= {"full_seconds": full.seconds, "full_peak_mib": full.peak_mib}
        work = full.seconds - figures["dbt_start_cold_seconds"]
        figures["full_ratio"] = work / figures["limit_seconds"]
        figures |= self._query()
        as_of = json.loads(self.job("generate", **size, increment=_FRACTION).output)["as_of"]
        more = self.command("refresh", *self._at(as_of))
        figures |= {"incremental_seconds": more.seconds, "incremental_peak_mib": more.peak_mib}
        return {"sessions": self.sessions, "format": self.fmt, "bytes": written, **figures}

    def _at(self, as_of: str) -> tuple[str, ...]:
        return ("--raw-dir", str(self.raw_dir), "--as-of", as_of)

    def _limit(self) -> Figures:
        runs = []
        for number in range(3):
            database = self.folder / f"limit_{number}.duckdb"
            size = {"raw_dir": self.raw_dir, "format": self.fmt, "threads": self.threads}
            measured = self.job("limit", **size, database=database)
            runs.append((json.loads(measured.output), measured.peak_mib))
            database.unlink()
        # Inside the process: the interpreter's start is no part of the limit.
        inside, peak = min(runs, key=lambda item: float(item[0]["seconds"]))
        rows = inside["rows"]
        return {"rows": rows, "limit_seconds": inside["seconds"], "limit_peak_mib": peak}

    def _dbt_start(self) -> Figures:
        state = self.folder / "state"
        cold = self.job("dbt-start", state=state)
        warm = best([self.job("dbt-start", state=state) for _ in range(2)])
        return {"dbt_start_cold_seconds": cold.seconds, "dbt_start_warm_seconds": warm.seconds}

    def _query(self) -> Figures:
        cold = best([self.command("query", "sources", "--format", "json") for _ in range(5)])
        inside = json.loads(self.job("sources-sql").output)
        return {
            "query_cold_seconds": cold.seconds,
            "query_peak_mib": cold.peak_mib,
            "sql_best_ms": inside["best"],
            "sql_p95_ms": inside["p95"],
            "sql_first_ms": inside["first"],
        }


def table(rows: list[Figures]) -> str:
    """The figures as a Markdown table."""
    lines = ["| " + " | ".join(title for title, _, _ in _COLUMNS) + " |"]
    lines.append("|" + " ---: |" * len(_COLUMNS))
    for row in rows:
        cells = (layout.format(row[key]) for _, key, layout in _COLUMNS)
        lines.append("| " + " | ".join(cells) + " |")
    return "\n".join(lines) + "\n"


def facts(threads: int) -> Figures:
    """What the figures depend on."""
    command = [sys.executable, str(_HERE / "jobs.py"), "versions"]
    return {
        "cores": threads,
        "architecture": platform.machine(),
        "system": platform.system(),
        "python": platform.python_version(),
        **json.loads(run(command, {}).output),
    }


def keep_to_cores(cores: int) -> None:
    """Restricts this process and its children to some cores, where the system can do that."""
    if hasattr(os, "sched_setaffinity"):
        allowed = sorted(os.sched_getaffinity(0))[:cores]
        os.sched_setaffinity(0, allowed)


def main() -> int:
    """Measures what the arguments ask for; prints a table and writes the figures as JSON."""
    args = _arguments()
    keep_to_cores(args.cores)
    rows: list[Figures] = []
    if args.work_dir:
        args.work_dir.mkdir(parents=True, exist_ok=True)
    try:
        with tempfile.TemporaryDirectory(prefix="utm-bench-", dir=args.work_dir) as work:
            for sessions in args.sessions:
                for fmt in args.formats:
                    sys.stderr.write(f"{sessions:,} sessions, {fmt}\n")
                    folder = Path(work) / f"{sessions}_{fmt}"
                    rows.append(Bench(folder, sessions, fmt, args.cores).measure())
                    # A million sessions take gigabytes: only one set is kept at a time.
                    shutil.rmtree(folder)
    except ChildFailedError as error:
        sys.stderr.write(f"error: {error}\n")
        return 1
    sys.stdout.write(table(rows))
    _write(args.output, {"facts": facts(args.cores), "increment": _FRACTION, "runs": rows})
    return 0


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sessions", type=int, nargs="+", default=[100_000, 1_000_000])
    parser.add_argument(
        "--formats", nargs="+", choices=("parquet", "csv"), default=["parquet", "csv"]
    )
    parser.add_argument("--cores", type=int, default=2, help="cores and threads (default 2)")
    parser.add_argument("--work-dir", type=Path, help="where to write the data (a temporary one)")
    parser.add_argument("--output", type=Path, default=_HERE / "results.json")
    return parser.parse_args()


def _write(output: Path, results: Mapping[str, Any]) -> None:
    rounded = json.loads(json.dumps(results), parse_float=lambda text: round(float(text), 3))
    output.write_text(json.dumps(rounded, indent=2) + "\n", encoding="utf-8")


if __name__ == "__main__":
    raise SystemExit(main())
