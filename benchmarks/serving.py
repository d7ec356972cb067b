"""Measures the API under load, on DuckDB and PostgreSQL, while new data is published under it.

See README.md beside this file for what the columns mean and how to run it.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import shutil
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from engines import Shop, load
from measure import ChildFailedError, run
from refresh import facts, keep_to_cores

_HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(_HERE.parent / "tests" / "python"))

from postgres_server import postgres_server  # noqa: E402

_ENGINES = ("duckdb", "postgres")
_START_SECONDS = 60

Figures = dict[str, Any]


@dataclass(frozen=True)
class Load:
    """What the server is put under."""

    clients: int
    seconds: float
    publish_seconds: float


def paths(shop: Shop, engine: str) -> list[tuple[str, str]]:
    """Every endpoint with every case of the catalogue's benchmark: its name and its address."""
    command = [sys.executable, str(_HERE / "jobs.py"), "cases"]
    cases = json.loads(run(command, shop.environment(engine)).output)
    found = []
    for name, params in cases:
        rest = dict(params)
        address = f"{rest.pop('id')}/{name}" if "id" in rest else name
        found.append((name, f"/api/utm/{address}" + (f"?{urlencode(rest)}" if rest else "")))
    # By its tag the clients count the publishes that reached them.
    return [*found, ("sources", "/api/utm/sources?limit=1")]


@contextmanager
def serving(shop: Shop, engine: str) -> Iterator[str]:
    """A server of its own process; gives its address."""
    command = [sys.executable, "-m", "utm_pipeline", "serve", "--port", "0"]
    environment = {**os.environ, **shop.environment(engine)}
    server = subprocess.Popen(  # noqa: S603 - own command
        command, env=environment, stderr=subprocess.PIPE, text=True
    )
    assert server.stderr is not None  # noqa: S101 - asked for
    try:
        line = server.stderr.readline()
        match = re.search(r"http://\S+:\d+", line)
        if match is None:
            raise ChildFailedError(f"serve said {line!r}")
        yield match[0]
    finally:
        server.terminate()
        server.wait(timeout=_START_SECONDS)


@contextmanager
def publishing(publish: Callable[[], None], seconds: float) -> Iterator[list[float]]:
    """Publishes every so many seconds; gives how long each took."""
    stop, taken = threading.Event(), []

    def work() -> None:
        while not stop.wait(seconds):
            begin = time.perf_counter()
            publish()
            taken.append(time.perf_counter() - begin)

    thread = threading.Thread(target=work)
    thread.start()
    try:
        yield taken
    finally:
        stop.set()
        thread.join()


def publisher(shop: Shop, engine: str) -> Callable[[], None]:
    """Puts the same marts in place of the served ones, in the way that a refresh does it."""
    if engine == "duckdb":
        served = shop.folder / "duckdb" / "utm.duckdb"
        coming = served.parent / "next" / served.name

        def replace() -> None:
            coming.parent.mkdir(exist_ok=True)
            shutil.copyfile(served, coming)
            with coming.open("rb") as file:
                os.fsync(file.fileno())
            coming.replace(served)

        return replace

    from utm_pipeline.warehouse.postgres_reader import publish_lock

    def swap() -> None:
        # The same views anew: what they read is what it was, and yet another publish.
        with shop.database.connect() as connection, connection.transaction():
            connection.execute(
                f"select pg_advisory_xact_lock({publish_lock('analytics')})".encode()
            )
            for (statement,) in connection.execute(
                "select format('create or replace view %I.%I as %s', schemaname, viewname, "
                "definition) from pg_views where schemaname = 'analytics'"
            ).fetchall():
                connection.execute(statement)

    return swap


def measure(shop: Shop, engine: str, wanted: Load) -> Figures:
    """What the clients of one engine's server waited."""
    asked = json.dumps(paths(shop, engine))
    with serving(shop, engine) as address:
        command = [
            *(sys.executable, str(_HERE / "clients.py"), "--url", address),
            *("--clients", str(wanted.clients), "--seconds", str(wanted.seconds)),
        ]
        with publishing(publisher(shop, engine), wanted.publish_seconds) as publishes:
            done = subprocess.run(  # noqa: S603 - own command
                command, input=asked, capture_output=True, text=True, check=False
            )
    if done.returncode != 0:
        raise ChildFailedError(done.stderr[-2000:])
    found = json.loads(done.stdout)
    every = [value for values in found["milliseconds"].values() for value in values]
    return {
        "sessions": shop.sessions,
        "engine": engine,
        "clients": wanted.clients,
        "seconds": wanted.seconds,
        "publishes": len(publishes),
        "publishes_seen": found["publishes_seen"] - 1,
        "publish_seconds": max(publishes, default=0.0),
        "errors": found["errors"],
        "all": _waited(every, wanted.seconds),
        "endpoints": {
            name: _waited(values, wanted.seconds)
            for name, values in sorted(found["milliseconds"].items())
        },
    }


def _waited(values: list[float], seconds: float) -> Figures:
    hundredths = statistics.quantiles(values, n=100)
    return {
        "requests_per_second": len(values) / seconds,
        "p50_ms": hundredths[49],
        "p95_ms": hundredths[94],
        "p99_ms": hundredths[98],
        "most_ms": max(values),
    }


def table(rows: list[Figures]) -> str:
    """The figures as Markdown tables: all requests, then each endpoint."""
    lines = [
        "| engine | requests/s | p50, ms | p95, ms | p99, ms | errors | publishes |",
        "| :--- | ---: | ---: | ---: | ---: | ---: | ---: |",
    ]
    for row in rows:
        one = row["all"]
        lines.append(
            f"| {row['engine']} | {one['requests_per_second']:.0f} | {one['p50_ms']:.1f} "
            f"| {one['p95_ms']:.1f} | {one['p99_ms']:.1f} | {sum(row['errors'].values())} "
            f"| {row['publishes']} |"
        )
    for row in rows:
        lines += ["", f"| endpoint, {row['engine']} | requests/s | p50, ms | p95, ms | p99, ms |"]
        lines.append("| :--- | ---: | ---: | ---: | ---: |")
        lines += [
            f"| {name} | {one['requests_per_second']:.0f} | {one['p50_ms']:.1f} "
            f"| {one['p95_ms']:.1f} | {one['p99_ms']:.1f} |"
            for name, one in row["endpoints"].items()
        ]
    return "\n".join(lines) + "\n"


def main() -> int:
    """Measures what the arguments ask for; prints tables and writes the figures as JSON."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sessions", type=int, default=1_000_000)
    parser.add_argument("--cores", type=int, default=2, help="cores and threads (default 2)")
    parser.add_argument("--clients", type=int, default=16)
    parser.add_argument("--seconds", type=float, default=60)
    parser.add_argument("--publish-seconds", type=float, default=10)
    parser.add_argument("--engines", nargs="+", choices=_ENGINES, default=_ENGINES)
    parser.add_argument("--output", type=Path, default=_HERE / "results_serving.json")
    args = parser.parse_args()
    keep_to_cores(args.cores)
    wanted = Load(args.clients, args.seconds, args.publish_seconds)
    rows: list[Figures] = []
    try:
        with (
            postgres_server() as server,
            tempfile.TemporaryDirectory(prefix="utm-bench-") as work,
            server.database() as database,
        ):
            shop = Shop(Path(work), args.sessions, args.cores, database)
            as_of = shop.generate()
            for engine in args.engines:
                sys.stderr.write(f"{args.sessions:,} sessions, {engine}\n")
                if engine == "postgres":
                    load(database, shop.folder / "raw", "part-0000")
                shop.refresh(engine, as_of, "--full-refresh")
                rows.append(measure(shop, engine, wanted))
    except ChildFailedError as error:
        sys.stderr.write(f"error: {error}\n")
        return 1
    sys.stdout.write(table(rows))
    results = {"facts": facts(args.cores), "runs": rows}
    rounded = json.loads(json.dumps(results), parse_float=lambda text: round(float(text), 3))
    args.output.write_text(json.dumps(rounded, indent=2) + "\n", encoding="utf-8")
    return 1 if any(row["errors"] for row in rows) else 0


if __name__ == "__main__":
    with suppress(KeyboardInterrupt):
        raise SystemExit(main())
