"""The oracle over raw files: their forms, and published results of real data."""

from __future__ import annotations

import gzip
import os
from datetime import date, timedelta
from pathlib import Path

import duckdb
import pytest

from oracle import MissingInputError, Oracle
from oracle.tables import query, write_seeds, write_tables

PROJECT = Path(__file__).resolve().parents[2]


def test_every_form_of_raw_file(tmp_path: Path) -> None:
    raw, seeds = write_tables(tmp_path / "raw"), write_seeds(tmp_path / "seeds")
    (raw / "utm_sessions.csv").unlink()
    folder = raw / "utm_sessions"
    folder.mkdir()
    head = "\ufefffirst_seen,session_key,id,city,extra\n"
    (folder / "1.csv").write_text(f'{head}2024-05-01,"a ""b""\nc,",1, Київ ,x\n', encoding="utf-8")
    with gzip.open(folder / "2.csv.gz", "wt", encoding="utf-8") as file:
        file.write("id,session_key,first_seen\n2,k,2024-05-01\n")
    with duckdb.connect(":memory:") as connection:
        connection.execute(
            "copy (select 3::bigint id, 'k3' session_key, true is_converted,"
            " timestamptz '2024-05-01 12:00:00+03' first_seen)"
            f" to '{folder / '3.parquet'}' (format parquet)"
        )
    oracle = Oracle(raw, seeds, "2024-05-15")
    rows = {row["id"]: row for row in query(oracle, "sessions")}
    assert {s.session_key for s in oracle.sessions} == {'a "b"\nc,', "k", "k3"}
    assert (rows[1]["city"], rows[2]["city"], rows[3]["is_converted"]) == ("Київ", None, True)
    assert rows[3]["first_seen"] == "2024-05-01T12:00:00+03:00"
    (raw / "orders.csv").write_text("id,created,payment_status\n", encoding="utf-8")
    with pytest.raises(MissingInputError, match="column total_sum of table orders"):
        Oracle(raw, seeds, "2024-05-15")


def real_data(name: str) -> Path:
    """A folder of published data; skips where there is none, unless it is required."""
    root = Path(os.environ.get("UTM_TEST_DATA") or PROJECT / ".." / "shared" / "data")
    folder = root / name
    if not folder.is_dir():
        message = f"no published data in {folder}: set UTM_TEST_DATA"
        if os.environ.get("UTM_REQUIRE_TEST_DATA") == "1":
            pytest.fail(message)
        pytest.skip(message)
    return folder


def test_published_sessions_and_orders() -> None:
    raw, seeds = real_data("maven_5k"), PROJECT / "seeds"
    oracle = Oracle(raw, seeds, "2012-04-12T00:00:00Z", "UTC")
    found = [
        (row["utm_source"], row["utm_campaign"], row["sessions"])
        for row in query(oracle, "campaigns")
    ]
    assert found == [
        ("gsearch", "nonbrand", 3613),
        ("direct", "N/A", 28),
        ("gsearch.com", "N/A", 27),
        ("gsearch", "brand", 26),
        ("bsearch.com", "N/A", 7),
        ("bsearch", "brand", 7),
    ]
    later = Oracle(raw, seeds, "2012-04-14T00:00:00Z", "UTC")
    top = query(later, "campaigns", limit=1)[0]
    assert (top["sessions"], top["orders"], top["conversion_rate"]) == (3895, 112, 2.88)


def test_published_weeks() -> None:
    oracle = Oracle(real_data("maven_5k"), PROJECT / "seeds", "2012-04-22T00:00:00Z", "UTC")
    weeks = [0] * 5
    for one in oracle.sessions:
        if (one.tags.source, one.tags.campaign) == ("gsearch", "nonbrand"):
            weeks[(one.first_seen.date() - date(2012, 3, 18)) // timedelta(weeks=1)] += 1
    assert weeks == [896, 956, 1152, 983, 621]


def test_published_customers() -> None:
    shop = Oracle(real_data("maven_orders"), PROJECT / "seeds", "2015-04-01T00:00:00Z", "UTC")
    repeat = query(shop, "repeat-rate")
    assert (repeat["total_customers"], repeat["one_time_customers"]) == (31696, 31105)
    assert (repeat["repeat_customers"], repeat["repeat_rate"]) == (591, 1.86)
    assert query(shop, "general-stats")["total_revenue"] == 1853277.04
    music = Oracle(real_data("cdnow"), PROJECT / "seeds", "1998-07-01T00:00:00Z", "UTC")
    repeat = query(music, "repeat-rate")
    assert (repeat["total_customers"], repeat["repeat_customers"]) == (2357, 1152)
    assert query(music, "general-stats")["total_revenue"] == 244091.94
