"""The parts of the benchmark that run in processes of their own.

Each prints one JSON document with what it measured inside, where imports do not count.
"""

from __future__ import annotations

import argparse
import json
import statistics
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

_SQL_RUNS = 30


def generate(args: argparse.Namespace) -> dict[str, Any]:
    """Writes the base data, or with ``--increment`` what a later extract adds to it."""
    from sample_shop.bulk import bulk_as_of, write_bulk, write_bulk_increment

    if args.increment:
        as_of = write_bulk_increment(args.raw_dir, args.sessions, args.increment, args.format)
    else:
        write_bulk(args.raw_dir, args.sessions, args.format)
        as_of = bulk_as_of()
    return {"as_of": as_of.isoformat()}


def limit(args: argparse.Namespace) -> dict[str, Any]:
    """Reads every file once into typed tables of a fresh database: the least a build must do."""
    import duckdb
    from sample_shop.columns import RAW_TABLES

    settings: dict[str, str | bool | int | float | list[str]] = {
        "threads": args.threads,
        "memory_limit": "3GB",
        # The order of rows costs time, and no build needs it.
        "preserve_insertion_order": "false",
    }
    rows = {}
    begin = time.perf_counter()
    with duckdb.connect(str(args.database), config=settings) as connection:
        for table, columns in RAW_TABLES.items():
            files = str(args.raw_dir / table / f"*.{args.format}")
            if args.format == "csv":
                relation = connection.read_csv(files, header=True, columns=dict(columns))
            else:
                relation = connection.read_parquet(files)
            typed = ", ".join(f'"{name}"::{kind} as "{name}"' for name, kind in columns.items())
            relation.project(typed).create(table)
        connection.execute("checkpoint")
        seconds = time.perf_counter() - begin
        for table in RAW_TABLES:
            rows[table] = connection.table(table).count("*").fetchall()[0][0]
    return {"seconds": seconds, "rows": rows}


def dbt_start(args: argparse.Namespace) -> dict[str, Any]:
    """Imports dbt and parses the project: what every build pays before its first statement."""
    begin = time.perf_counter()
    from dbt.cli.main import dbtRunner

    from utm_pipeline import project as dbt_project

    project = dbt_project.project_dir()
    profiles = dbt_project.write_profile(project, args.state / "profiles")
    result = dbtRunner().invoke(
        [
            *("--quiet", "--log-level", "none", "--log-level-file", "none", "--no-write-json"),
            *("--no-send-anonymous-usage-stats", "--no-version-check", "parse"),
            *("--project-dir", str(project), "--profiles-dir", str(profiles)),
            *("--target-path", str(args.state / "target"), "--log-path", str(args.state / "logs")),
        ]
    )
    if not result.success:
        raise SystemExit(f"dbt cannot parse the project: {result.exception}")
    return {"seconds": time.perf_counter() - begin}


def sources_sql(_: argparse.Namespace) -> dict[str, Any]:
    """The statement of query sources on an open warehouse, again and again, in milliseconds."""
    from utm_pipeline.queries import get_query
    from utm_pipeline.settings import load_settings
    from utm_pipeline.warehouse import open_warehouse

    query = get_query("sources")
    part, values = query.parts[0], query.bind({})
    bound = {name: values[name] for name in part.placeholders}
    taken = []
    with open_warehouse(load_settings()) as warehouse:
        for _run in range(_SQL_RUNS):
            begin = time.perf_counter()
            warehouse.execute(part.sql, bound).fetchmany(1_000_000)
            taken.append(1000 * (time.perf_counter() - begin))
    return {"first": taken[0], "best": min(taken), "p95": statistics.quantiles(taken, n=20)[18]}


def queries(_: argparse.Namespace) -> dict[str, Any]:
    """Every query of the catalogue on an open warehouse, in milliseconds: SQL and rounding."""
    from utm_pipeline import queries as catalogue
    from utm_pipeline.settings import load_settings
    from utm_pipeline.warehouse import open_warehouse

    found = {}
    with open_warehouse(load_settings()) as warehouse:
        for name, label, params in _every_case(warehouse):
            taken = []
            for _run in range(_SQL_RUNS):
                begin = time.perf_counter()
                catalogue.run(warehouse, name, params)
                taken.append(1000 * (time.perf_counter() - begin))
            p95 = statistics.quantiles(taken, n=20)[18]
            found[f"{name}{label}"] = {"best": min(taken), "p95": p95}
    return found


def cases(_: argparse.Namespace) -> list[Any]:
    """The name and the parameters of every case that ``queries`` measures."""
    from utm_pipeline.settings import load_settings
    from utm_pipeline.warehouse import open_warehouse

    with open_warehouse(load_settings()) as warehouse:
        return [(name, params) for name, _label, params in _every_case(warehouse)]


def _every_case(warehouse: Any) -> Iterator[tuple[str, str, dict[str, object]]]:
    from utm_pipeline import queries as catalogue

    (session,) = catalogue.run(warehouse, "sessions", {"period": "all_time", "limit": 1})
    (campaign,) = catalogue.run(warehouse, "campaigns", {"period": "all_time", "limit": 1})
    for name, query in catalogue.QUERIES.items():
        for label, params in _cases(query, session, campaign):
            yield name, label, params


def _cases(query: Any, session: Any, campaign: Any) -> list[tuple[str, dict[str, object]]]:
    """A query as it comes, over all time, and with its filters."""
    names = {param.name for param in query.params}
    if "id" in names:
        return [("", {"id": session["id"]})]
    cases: list[tuple[str, dict[str, object]]] = [("", {})]
    wide: dict[str, object] = {"period": "all_time"} if "period" in names else {}
    if wide:
        cases.append((", all time", wide))
    filters = {
        "source": campaign["utm_source"],
        "utm_source": campaign["utm_source"],
        "campaign": campaign["utm_campaign"],
    }
    chosen = {name: value for name, value in filters.items() if name in names}
    if chosen:
        cases.append((", filtered", {**wide, **chosen}))
    if "cohort_type" in names:
        cases += [(f", {kind}", {"cohort_type": kind}) for kind in ("day", "month")]
    return cases


def versions(_: argparse.Namespace) -> dict[str, Any]:
    """What the figures were made with."""
    from importlib.metadata import version

    from utm_pipeline import __version__

    names = ("duckdb", "dbt-core", "dbt-duckdb", "dbt-postgres", "psycopg")
    return {"utm-pipeline": __version__} | {name: version(name) for name in names}


_JOBS: dict[str, Callable[[argparse.Namespace], Any]] = {
    "generate": generate,
    "limit": limit,
    "dbt-start": dbt_start,
    "sources-sql": sources_sql,
    "queries": queries,
    "cases": cases,
    "versions": versions,
}


def main() -> None:
    """Runs the job that the first argument names."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("job", choices=_JOBS)
    parser.add_argument("--raw-dir", type=Path)
    parser.add_argument("--database", type=Path)
    parser.add_argument("--state", type=Path)
    parser.add_argument("--format", choices=("parquet", "csv"))
    parser.add_argument("--sessions", type=int)
    parser.add_argument("--increment", type=float)
    parser.add_argument("--threads", type=int)
    args = parser.parse_args()
    sys.stdout.write(json.dumps(_JOBS[args.job](args)) + "\n")


if __name__ == "__main__":
    main()
