"""Opening the served warehouse, and its age."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import duckdb
import pytest

from marts_fixture import write_marts
from utm_pipeline.errors import NoWarehouseError, StaleDataError, WarehouseError
from utm_pipeline.settings import Settings
from utm_pipeline.warehouse import Warehouse, open_warehouse
from utm_pipeline.warehouse.health import is_stale, refuse_stale

AS_OF = datetime(2024, 4, 2, 9, tzinfo=UTC)


def test_as_of_and_zone_are_those_of_the_marts(warehouse: Warehouse) -> None:
    assert warehouse.as_of == AS_OF
    assert warehouse.zone.key == "Europe/Kyiv"


def test_no_warehouse_yet(settings: Settings, tmp_path: Path) -> None:
    with (
        pytest.raises(NoWarehouseError, match="no warehouse yet") as caught,
        open_warehouse(replace(settings, warehouse=tmp_path / "none.duckdb")),
    ):
        pass
    assert "refresh" in caught.value.fix
    assert "demo" in caught.value.fix


def test_a_damaged_file_is_named(settings: Settings, tmp_path: Path) -> None:
    path = tmp_path / "utm.duckdb"
    path.write_bytes(b"damaged" * 2000)
    with (
        pytest.raises(WarehouseError, match="damaged") as caught,
        open_warehouse(replace(settings, warehouse=path)),
    ):
        pass
    assert str(path) in str(caught.value)


@pytest.mark.parametrize("drop", ["schema analytics cascade", "table analytics.rpt_refresh"])
def test_a_file_without_marts_is_named(
    settings: Settings, marts_file: Path, tmp_path: Path, drop: str
) -> None:
    path = tmp_path / "utm.duckdb"
    shutil.copy(marts_file, path)
    with duckdb.connect(str(path)) as connection:
        connection.execute(f"drop {drop}")
    with (
        pytest.raises(WarehouseError, match="lacks the marts"),
        open_warehouse(replace(settings, warehouse=path)),
    ):
        pass


def test_a_file_that_another_program_writes_to_is_named(
    settings: Settings, marts_file: Path, tmp_path: Path
) -> None:
    path = tmp_path / "utm.duckdb"
    shutil.copy(marts_file, path)
    writer = subprocess.Popen(
        [
            sys.executable,
            "-c",
            f"import duckdb, sys; c = duckdb.connect({str(path)!r}); print('open', flush=True); "
            "sys.stdin.read()",
        ],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )
    try:
        assert writer.stdout is not None
        assert writer.stdout.readline() == b"open\n"
        with (
            pytest.raises(WarehouseError, match="open for writing"),
            open_warehouse(replace(settings, warehouse=path)),
        ):
            pass
    finally:
        writer.communicate(b"")


def test_the_warehouse_cannot_be_written_to_or_reach_files(warehouse: Warehouse) -> None:
    with pytest.raises(duckdb.Error, match="read-only"):
        warehouse.execute("create table analytics.t (a int)", {})
    with pytest.raises(duckdb.Error, match="disabled"):
        warehouse.execute("select * from read_text('/etc/hostname')", {})


def test_the_engine_draws_no_bar_on_standard_output(settings: Settings) -> None:
    # Without a file of its own, as here, a script counts as interactive: the engine would draw.
    script = (
        "from utm_pipeline.settings import load_settings\n"
        "from utm_pipeline.warehouse import open_warehouse\n"
        "with open_warehouse(load_settings()) as warehouse:\n"
        "    setting = \"select current_setting('enable_progress_bar')\"\n"
        "    print(warehouse.execute(setting, {}).fetchone())\n"
    )
    result = subprocess.run(
        [sys.executable, "-c", script],
        capture_output=True,
        text=True,
        check=True,
        env={**os.environ, "PYTHONPATH": str(Path(__file__).parents[2])},
    )
    assert result.stdout == "(False,)\n"


def test_another_schema(settings: Settings, tmp_path: Path) -> None:
    path = tmp_path / "utm.duckdb"
    write_marts(path, "shop")
    with open_warehouse(replace(settings, warehouse=path, schema="shop")) as warehouse:
        assert warehouse.execute("select count(*) from rpt_sources", {}).fetchone() == (7,)


def test_older_than_the_limit_is_stale_and_just_as_old_is_not(
    warehouse: Warehouse, settings: Settings
) -> None:
    limit = AS_OF + timedelta(minutes=settings.freshness_minutes)
    assert not is_stale(warehouse, settings, limit)
    refuse_stale(warehouse, settings, limit)
    with pytest.raises(StaleDataError, match="2024-04-02 12:00\\+03:00, older than 1440") as caught:
        refuse_stale(warehouse, settings, limit + timedelta(microseconds=1))
    assert "refresh" in caught.value.fix


def test_data_of_the_future_is_not_stale(warehouse: Warehouse, settings: Settings) -> None:
    assert not is_stale(warehouse, settings, AS_OF - timedelta(days=9))
