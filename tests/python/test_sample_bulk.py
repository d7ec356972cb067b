"""The generator of large inputs."""

from __future__ import annotations

import csv
from datetime import timedelta
from itertools import pairwise
from pathlib import Path

import duckdb
import pytest

from benchmarks.sample_shop.bulk import (
    BULK_AS_OF,
    Format,
    bulk_as_of,
    write_bulk,
    write_bulk_increment,
)
from benchmarks.sample_shop.columns import RAW_TABLES

BULK_SESSIONS = 2_000


def read(raw_dir: Path, table: str, fmt: Format, part: str = "*") -> str:
    files = f"{raw_dir}/{table}/{part}.{fmt}"
    if fmt == "parquet":
        return f"(select * from read_parquet('{files}'))"
    types = ", ".join(f"'{name}': '{kind}'" for name, kind in RAW_TABLES[table].items())
    return f"(select * from read_csv('{files}', header = true, columns = {{{types}}}))"


def one(sql: str) -> tuple[int, ...]:
    with duckdb.connect() as connection:
        row = connection.execute(sql).fetchone()
    assert row is not None
    return tuple(int(value) for value in row)


@pytest.fixture(scope="module", params=["parquet", "csv"])
def bulk(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("bulk") / str(request.param)
    write_bulk(folder, BULK_SESSIONS, request.param)
    return folder


def fmt_of(folder: Path) -> Format:
    return "csv" if folder.name == "csv" else "parquet"


@pytest.mark.parametrize("table", RAW_TABLES)
def test_bulk_has_the_contracts_columns(bulk: Path, table: str) -> None:
    if fmt_of(bulk) == "csv":
        with (bulk / table / "part-0000.csv").open(encoding="utf-8", newline="") as file:
            assert next(csv.reader(file)) == list(RAW_TABLES[table])
        return
    with duckdb.connect() as connection:
        relation = connection.read_parquet(str(bulk / table / "part-0000.parquet"))
        columns = dict(zip(relation.columns, map(str, relation.types), strict=True))
    assert columns == dict(RAW_TABLES[table])


def test_bulk_has_the_shape_of_a_shop(bulk: Path) -> None:
    fmt = fmt_of(bulk)
    sessions = read(bulk, "utm_sessions", fmt)
    rows, ids, keys, visitors, sources, agents = one(
        "select count(*), count(distinct id), count(distinct session_key), "
        "count(distinct visitor_id), count(distinct utm_source), count(distinct user_agent) "
        f"from {sessions}"
    )
    assert rows == ids == BULK_SESSIONS
    assert 0.99 * rows < keys < rows
    assert 0.55 * rows < visitors < 0.65 * rows
    assert sources >= 30
    assert agents >= 150
    bots, first, last = one(
        "select count(*) filter (is_bot or user_agent ilike '%bot%' or user_agent ilike "
        "'%facebookexternalhit%' or user_agent ilike '%python-requests%'), "
        f"epoch(min(first_seen)), epoch(max(first_seen)) from {sessions}"
    )
    assert 0.004 * rows < bots < 0.02 * rows
    assert last - first > 360 * 86_400
    assert last < BULK_AS_OF.timestamp()
    actions = one(
        "select count(*), count(distinct a.id), count(s.id) "
        f"from {read(bulk, 'user_actions', fmt)} a left join {sessions} s on s.id = utm_session_id"
    )
    assert actions[:2] == (4 * rows, 4 * rows)
    assert 3.9 * rows < actions[2] < 4 * rows
    orders, linked, phones = one(
        "select count(*), count(s.id), count(distinct phone) "
        f"from {read(bulk, 'orders', fmt)} o left join {sessions} s "
        "on s.id = o.utm_session_id and o.created >= s.first_seen"
    )
    assert orders == rows // 20
    assert 0.8 * orders < linked < orders
    assert phones < 0.8 * orders
    assert (
        one(f"select count(*), count(distinct date) from {read(bulk, 'ad_spend', fmt)}")[1] == 365
    )


def test_bulk_is_the_same_again(bulk: Path, tmp_path: Path) -> None:
    write_bulk(tmp_path / "again", BULK_SESSIONS, fmt_of(bulk))
    write_bulk(tmp_path / "other", BULK_SESSIONS, fmt_of(bulk), seed=2)
    for table in RAW_TABLES:
        name = f"{table}/part-0000.{fmt_of(bulk)}"
        assert (tmp_path / "again" / name).read_bytes() == (bulk / name).read_bytes()
        assert (tmp_path / "other" / name).read_bytes() != (bulk / name).read_bytes()


def test_both_formats_hold_the_same_rows(tmp_path: Path) -> None:
    write_bulk(tmp_path / "parquet", 500, "parquet")
    write_bulk(tmp_path / "csv", 500, "csv")
    for table in RAW_TABLES:
        columns = ", ".join(
            # A CSV file does not tell an empty text from a missing one.
            f"nullif({name}, '') as {name}" if kind == "VARCHAR" else f'"{name}"'
            for name, kind in RAW_TABLES[table].items()
        )
        typed = f"select {columns} from {read(tmp_path / 'parquet', table, 'parquet')}"
        text = f"select {columns} from {read(tmp_path / 'csv', table, 'csv')}"
        assert one(f"select count(*) from (({typed}) except all ({text}))") == (0,), table
        assert one(f"select count(*) from (({text}) except all ({typed}))") == (0,), table


@pytest.mark.parametrize("fmt", ["parquet", "csv"])
def test_increment_brings_new_changed_and_late_rows(tmp_path: Path, fmt: Format) -> None:
    write_bulk(tmp_path, BULK_SESSIONS, fmt)
    before = {t: (tmp_path / t / f"part-0000.{fmt}").read_bytes() for t in RAW_TABLES}
    as_of = write_bulk_increment(tmp_path, BULK_SESSIONS, 0.2, fmt)
    assert as_of == bulk_as_of(0.2) == BULK_AS_OF + timedelta(days=73)
    for table, content in before.items():
        assert (tmp_path / table / f"part-0000.{fmt}").read_bytes() == content

    base = read(tmp_path, "utm_sessions", fmt, "part-0000")
    more = read(tmp_path, "utm_sessions", fmt, "part-0001")
    end = BULK_AS_OF.strftime("%Y-%m-%d")
    rows, new, late = one(
        f"select count(*), count(*) filter (id > {BULK_SESSIONS}), "
        f"count(*) filter (id > {BULK_SESSIONS} and first_seen < '{end}') from {more}"
    )
    assert rows == 0.2 * BULK_SESSIONS
    assert new == 0.85 * rows
    assert late >= 1
    again, later = one(
        "select count(*), count(*) filter (m.last_seen > b.last_seen) "
        f"from {more} m inner join {base} b on m.id = b.id "
        "where m.session_key is not distinct from b.session_key "
        "and m.first_seen is not distinct from b.first_seen"
    )
    assert again == later == rows - new

    old_orders = read(tmp_path, "orders", fmt, "part-0000")
    orders = read(tmp_path, "orders", fmt, "part-0001")
    changed, updated = one(
        "select count(*), count(*) filter (m.updated > b.updated) "
        f"from {orders} m inner join {old_orders} b on m.id = b.id and m.created = b.created"
    )
    assert changed == updated >= 1
    total, with_session = one(
        f"select count(*), count(s.id) from {orders} o left join (select distinct id from "
        f"{read(tmp_path, 'utm_sessions', fmt)}) s on s.id = o.utm_session_id"
    )
    assert total > changed
    assert with_session > 0.7 * total
    days, first = one(
        "select count(distinct date), epoch(min(date)) "
        f"from {read(tmp_path, 'ad_spend', fmt, 'part-0001')}"
    )
    assert (days, first) == (74, BULK_AS_OF.timestamp())


def test_bulk_rows_stand_in_order(bulk: Path) -> None:
    if fmt_of(bulk) == "csv":
        with (bulk / "utm_sessions" / "part-0000.csv").open(encoding="utf-8", newline="") as file:
            ids = [int(row["id"]) for row in csv.DictReader(file)]
    else:
        with duckdb.connect() as connection:
            rows = connection.execute(
                f"select id from {read(bulk, 'utm_sessions', 'parquet')}"
            ).fetchall()
        ids = [row[0] for row in rows]
    assert all(before < after for before, after in pairwise(ids))


def test_bulk_says_no_to_too_few(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="100 or more, not 99"):
        write_bulk(tmp_path, 99, "parquet")
    with pytest.raises(ValueError, match="must yield 1 or more, not 0"):
        write_bulk_increment(tmp_path, 100, 0.001)
    assert list(tmp_path.iterdir()) == []
