"""Every mart has the same rows on PostgreSQL as on DuckDB, and every query the same answer.

Counts and sums are compared exactly, ratios bit for bit. One shop is read as text, one as typed
tables; a second, incremental refresh on PostgreSQL has to give the same once more.
"""

from __future__ import annotations

import json
import re
import struct
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from itertools import product
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from api_client import client_of
from benchmarks.sample_shop.shop import write_sample
from chaos import make_shop
from chaos_files import write_shop
from fault_shop import OF_THE_RUN
from postgres_server import PostgresDatabase
from postgres_shop import load_raw, postgres_settings
from utm_pipeline import queries as catalogue
from utm_pipeline.queries.params import PERIODS
from utm_pipeline.refresh import RefreshRequest, refresh
from utm_pipeline.refresh.as_of import parse_as_of
from utm_pipeline.settings import Settings, load_settings
from utm_pipeline.warehouse import Warehouse, open_warehouse

FILES = Path(__file__).resolve().parents[1] / "fixtures" / "hostile"
ZONE = ZoneInfo("Europe/Kyiv")
# A fingerprint of a row's content, which each engine makes in its own way.
OF_THE_ENGINE = {"row_version"}
Rows = list[tuple[Any, ...]]


@dataclass(frozen=True)
class Both:
    """One shop in both engines, refreshed at the same as_of."""

    as_of: datetime
    duckdb: Settings
    postgres: Settings


def shop_of(kind: str, folder: Path) -> tuple[Path, datetime]:
    """A folder of raw files, and its as_of."""
    if kind == "sample":
        raw = folder / "raw"
        raw.mkdir(parents=True)
        return raw, write_sample(raw)
    if kind == "hostile":
        return FILES, parse_as_of("2026-03-30T03:30", ZONE)
    as_of = parse_as_of("2024-10-27T03:30", ZONE)
    return write_shop(make_shop(8, as_of, ZONE), folder / "raw", "parquet", 8), as_of


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("engines")


@pytest.fixture(scope="module", params=["sample", "hostile", "typed"])
def both(request: pytest.FixtureRequest, folder: Path, postgres_database: PostgresDatabase) -> Both:
    raw, as_of = shop_of(request.param, folder / request.param)
    variables = {
        "UTM_RAW_DIR": str(raw),
        "UTM_WAREHOUSE": str(folder / "duckdb" / "utm.duckdb"),
        "UTM_OWN_DOMAINS": "shop.example",
        "UTM_PII_KEY": "test-key",
        "UTM_THREADS": "2",
    }
    load_raw(postgres_database, raw)
    duckdb = load_settings(variables, folder)
    postgres = postgres_settings(postgres_database, folder, variables)
    refresh(duckdb, RefreshRequest(as_of, full_refresh=True))
    refresh(postgres, RefreshRequest(as_of, full_refresh=True))
    return Both(as_of, duckdb, postgres)


def exact(value: Any) -> Any:
    """A value of which two are equal only if they are the same, whatever the engine calls it."""
    if isinstance(value, float):
        return struct.pack(">d", value)
    if isinstance(value, int | Decimal) and not isinstance(value, bool):
        return Decimal(value).normalize()
    return value


def marts(warehouse: Warehouse) -> Iterator[tuple[str, list[str]]]:
    """Every mart with its columns."""
    found = warehouse.execute(
        """
        select table_name, column_name from information_schema.columns
        where table_schema = 'analytics' order by 1, 2
        """,
        {},
    ).fetchmany(100_000)
    for name in sorted({str(row[0]) for row in found} - {OF_THE_RUN}):
        columns = [str(column) for table, column in found if table == name]
        yield name, [column for column in columns if column not in OF_THE_ENGINE]


def rows_of(warehouse: Warehouse, mart: str, columns: list[str]) -> list[str]:
    listed = ", ".join(f'"{column}"' for column in columns)
    cursor = warehouse.execute(f"select {listed} from {mart}", {})
    return sorted(repr(tuple(map(exact, row))) for row in cursor.fetchmany(1_000_000))


def assert_marts_agree(both: Both) -> None:
    with open_warehouse(both.duckdb) as one, open_warehouse(both.postgres) as other:
        expected = dict(marts(one))
        assert dict(marts(other)) == expected
        assert len(expected) > 25
        for name, columns in expected.items():
            found, wanted = rows_of(other, name, columns), rows_of(one, name, columns)
            assert found == wanted, name


def test_every_mart_has_the_same_rows(both: Both) -> None:
    assert_marts_agree(both)


_COMMENTS = (
    """
    select table_name, '', comment from duckdb_tables() where schema_name = 'analytics'
    union all
    select table_name, column_name, comment from duckdb_columns() where schema_name = 'analytics'
    """,
    """
    with marts as (
        select oid, relname from pg_class
        where relnamespace = cast('analytics' as regnamespace) and relkind in ('r', 'v')
    )
    select relname, '', obj_description(oid, 'pg_class') from marts
    union all
    select marts.relname, attname, col_description(marts.oid, attnum)
    from marts
    inner join pg_attribute on attrelid = marts.oid and attnum > 0 and not attisdropped
    """,
)


def assert_comments_agree(both: Both) -> None:
    """Every mart and each of its columns has its description as a comment."""
    with open_warehouse(both.duckdb) as one, open_warehouse(both.postgres) as other:
        expected, found = (
            sorted(warehouse.execute(statement, {}).fetchmany(10_000))
            for warehouse, statement in zip((one, other), _COMMENTS, strict=True)
        )
        assert len(expected) > 300
        assert [row for row in expected if not row[2]] == []
        assert found == expected


def test_every_mart_says_what_it_holds(both: Both) -> None:
    assert_comments_agree(both)


@pytest.mark.parametrize("both", ["typed"], indirect=True)
def test_an_incremental_refresh_changes_nothing(both: Both) -> None:
    refresh(both.postgres, RefreshRequest(both.as_of))
    assert_marts_agree(both)
    assert_comments_agree(both)


def test_every_query_has_the_same_answer(both: Both) -> None:
    filters: dict[str, list[str]] = {
        "source": ["instagram", "IG", "(not set)", "\u00a0Google Ads"],
        "utm_source": ["google", "N/A"],
        "campaign": ["summer_2026", "N/A", "весна_2026"],
        "ad_spend": ["1000.55"],
        "limit": ["3"],
    }
    asked = 0
    with open_warehouse(both.duckdb) as one, open_warehouse(both.postgres) as other:
        sessions = catalogue.run(one, "sessions", {"period": "all_time", "limit": 60})
        for name, query in catalogue.QUERIES.items():
            names = {param.name for param in query.params}
            plain: list[dict[str, object]] = [{}]
            if "id" in names:
                plain = [{"id": session["id"]} for session in sessions if isinstance(session, dict)]
            plain += [{key: value} for key in names & filters.keys() for value in filters[key]]
            if "id" in names:
                plain = [params for params in plain if "id" in params]
            if "cohort_type" in names:
                kinds = product(("day", "month"), ("ltv", "orders", "revenue", "retention"))
                plain += [
                    {"cohort_type": kind, "metric": metric, "start_date": "2024-01-01"}
                    for kind, metric in kinds
                ]
            periods = [{"period": period} for period in PERIODS] if "period" in names else [{}]
            for params in ({**period, **change} for period in periods for change in plain):
                answers = [catalogue.run(warehouse, name, params) for warehouse in (one, other)]
                if name == "kpis":
                    # How old the data is depends on the moment of asking.
                    answers = [answer[:5] for answer in answers if isinstance(answer, list)]
                found, expected = (
                    without_run(json.dumps(answer, ensure_ascii=False)) for answer in answers
                )
                assert found == expected, f"{name} {params}"
                asked += 1
    assert asked > 300


def test_the_api_and_the_page_are_the_same(both: Both) -> None:
    with client_of(both.duckdb) as one, client_of(both.postgres) as other:
        (session,) = one.get("/api/utm/sessions?period=all_time&limit=1").json()
        addresses = [f"/api/utm/{session['id']}/session-detail", f"/sessions/{session['id']}"]
        for name, query in catalogue.QUERIES.items():
            # The age of the data depends on the moment of asking.
            if name not in {"session-detail", "kpis"}:
                periods = [param.name for param in query.params if param.name == "period"]
                wide = "?period=all_time" if periods else ""
                addresses.append(f"/api/utm/{name}{wide}")
        addresses += [f"/api/utm/export-csv?type={kind}" for kind in catalogue.EXPORTS]
        addresses += [f"/?period={period}&lang=en" for period in PERIODS]
        for address in addresses:
            found, expected = other.get(address), one.get(address)
            assert (found.status_code, expected.status_code) == (200, 200), address
            assert without_run(found.text) == without_run(expected.text), address
            assert found.headers["x-data-as-of"] == expected.headers["x-data-as-of"]


def without_run(answer: str) -> str:
    """An answer that does not tell which publish it is of, nor how long the refresh took."""
    return re.sub(r'data-version="[^"]*"|"refreshed_in_seconds": ?[0-9.]+', "", answer)


def test_every_export_has_the_same_rows(both: Both) -> None:
    with open_warehouse(both.duckdb) as one, open_warehouse(both.postgres) as other:
        for name in catalogue.EXPORTS:
            columns, expected = catalogue.stream(one, name, {"period": "all_time"})
            found_columns, found = catalogue.stream(other, name, {"period": "all_time"})
            assert found_columns == columns
            rows = list(expected)
            assert rows
            assert list(found) == rows, name
