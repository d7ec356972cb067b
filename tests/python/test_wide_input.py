"""Raw files that are very wide, or have very long rows: read, or refused for what it is."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest

from fault_shop import AS_OF, make_shop
from utm_pipeline import cli
from utm_pipeline.refresh import raw_columns
from utm_pipeline.refresh.raw_columns import first_broken_line
from utm_pipeline.warehouse import open_warehouse

LONG = "x" * 3_000_000
COLUMNS = 3000


def test_wide_and_long_rows_are_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    shop = make_shop(tmp_path, None)
    for name, value in shop.variables.items():
        monkeypatch.setenv(name, value)
    path = tmp_path / "raw" / "utm_sessions.csv"
    with path.open(encoding="utf-8", newline="") as lines:
        head, *rows = list(csv.reader(lines))
    head += ["landing_page", *(f"other {number}" for number in range(COLUMNS))]
    rows = [[*row, f"https://shop.example/{LONG}", *["y"] * COLUMNS] for row in rows]
    with path.open("w", encoding="utf-8", newline="") as lines:
        csv.writer(lines).writerows([head, *rows])
    assert cli.main(["refresh", "--as-of", AS_OF]) == 0, capsys.readouterr().err
    with open_warehouse(shop.settings) as warehouse:
        row = warehouse.execute("select count(*) from fct_sessions", {}).fetchone()
    assert row == (6,)


def test_a_value_that_is_too_long_is_no_broken_quoting(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "orders.csv"
    path.write_text(f"id,note\n1,x\n2,{LONG}\n", encoding="utf-8")
    assert first_broken_line(path) is None
    monkeypatch.setattr(raw_columns, "LONGEST_VALUE", 1000)
    assert first_broken_line(path) == f"a value that is too long in {path}, line 3"
    assert csv.field_size_limit() == 131072
