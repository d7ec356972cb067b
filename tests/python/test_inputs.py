"""The check of the raw inputs before anything is built."""

from __future__ import annotations

import gzip
from pathlib import Path

import duckdb
import pytest

from utm_pipeline.errors import ExitCode, InputError
from utm_pipeline.refresh.inputs import REQUIRED_COLUMNS, check_inputs
from utm_pipeline.settings import Settings, load_settings

SESSIONS = "id,session_key,first_seen,extra\n1,k,2024-01-01,x\n"
ORDERS = "created,id,total_sum,payment_status\n2024-01-01,1,10,paid\n"


@pytest.fixture
def raw(tmp_path: Path) -> Path:
    """A raw folder with the two required tables."""
    folder = tmp_path / "raw"
    folder.mkdir()
    (folder / "utm_sessions.csv").write_text(SESSIONS)
    (folder / "orders.csv").write_text(ORDERS)
    return folder


def settings_of(raw: Path, **variables: str) -> Settings:
    return load_settings({"UTM_RAW_DIR": str(raw), **variables})


def failure(raw: Path, **variables: str) -> InputError:
    with pytest.raises(InputError) as caught:
        check_inputs(settings_of(raw, **variables))
    assert caught.value.exit_code is ExitCode.CONFIGURATION
    return caught.value


def write_parquet(path: Path, columns: str) -> None:
    with duckdb.connect() as connection:
        connection.execute(f"copy (select {columns}) to '{path}' (format parquet)")


def test_the_required_tables_are_enough(raw: Path) -> None:
    assert check_inputs(settings_of(raw)) == {
        table: (raw / f"{table}.csv",) for table in ("utm_sessions", "orders")
    }


@pytest.mark.parametrize("table", ["utm_sessions", "orders"])
def test_a_missing_required_table_is_named_with_the_places(raw: Path, table: str) -> None:
    (raw / f"{table}.csv").unlink()
    message = str(failure(raw))
    assert f"the required table {table} is missing" in message
    for place in (f"{table}.parquet", f"{table}.csv", f"{table}.csv.gz", str(raw)):
        assert place in message


def test_a_missing_folder_is_named(tmp_path: Path) -> None:
    assert str(tmp_path / "nowhere") in str(failure(tmp_path / "nowhere"))


@pytest.mark.parametrize(
    ("table", "column"),
    [(table, column) for table, columns in REQUIRED_COLUMNS.items() for column in columns],
)
def test_each_missing_required_column_is_named_with_table_and_file(
    raw: Path, table: str, column: str
) -> None:
    names = [name for name in REQUIRED_COLUMNS[table] if name != column]
    (raw / f"{table}.csv").write_text(",".join(names) + "\n")
    message = str(failure(raw))
    assert f"the required column {column} of table {table} is missing" in message
    assert str(raw / f"{table}.csv") in message


def test_names_are_compared_without_case(raw: Path) -> None:
    (raw / "orders.csv").write_text("ID,Total_Sum,PAYMENT_STATUS,created\n")
    assert "orders" in check_inputs(settings_of(raw))


def test_bom_gzip_quotes_and_line_breaks_in_the_header(raw: Path) -> None:
    (raw / "orders.csv").unlink()
    header = '\ufeff"id","total_sum",payment_status,created,"a\r\nlong ""name"""\r\n'
    with gzip.open(raw / "orders.csv.gz", "wt", encoding="utf-8", newline="") as file:
        file.write(header)
    assert check_inputs(settings_of(raw))["orders"] == (raw / "orders.csv.gz",)


def test_a_bom_before_a_bare_name(raw: Path) -> None:
    (raw / "orders.csv").write_text("\ufeffid,total_sum,payment_status,created\n")
    assert "orders" in check_inputs(settings_of(raw))


def test_every_file_of_a_folder_is_checked(raw: Path) -> None:
    (raw / "orders.csv").unlink()
    folder = raw / "orders"
    folder.mkdir()
    (folder / "2024-01.csv").write_text(ORDERS)
    (folder / "2024-02.csv").write_text("id,total_sum,created\n")
    (folder / "README.txt").write_text("not data")
    message = str(failure(raw))
    assert "payment_status of table orders" in message
    assert "2024-02.csv" in message
    (folder / "2024-02.csv").write_text(ORDERS)
    assert [file.name for file in check_inputs(settings_of(raw))["orders"]] == [
        "2024-01.csv",
        "2024-02.csv",
    ]


def test_an_empty_folder_is_no_table(raw: Path) -> None:
    (raw / "orders.csv").unlink()
    (raw / "orders").mkdir()
    assert "orders is missing" in str(failure(raw))


def test_parquet(raw: Path) -> None:
    (raw / "orders.csv").unlink()
    write_parquet(raw / "orders.parquet", "1 as ID, 2 as total_sum, 'paid' as payment_status")
    assert "created of table orders" in str(failure(raw))
    write_parquet(
        raw / "orders.parquet", "1 as ID, 2 as total_sum, 'paid' as payment_status, 3 as created"
    )
    assert check_inputs(settings_of(raw))["orders"] == (raw / "orders.parquet",)


@pytest.mark.parametrize("other", ["orders.parquet", "orders.csv.gz", "orders/part.csv"])
def test_two_places_for_one_table_are_an_error(raw: Path, other: str) -> None:
    path = raw / other
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(b"")
    message = str(failure(raw))
    assert "orders is in two places" in message
    assert "orders.csv" in message


def test_two_kinds_in_one_folder_are_an_error(raw: Path) -> None:
    (raw / "refunds").mkdir()
    (raw / "refunds" / "a.csv").write_text("order_id,amount,created\n")
    write_parquet(raw / "refunds" / "b.parquet", "1 as order_id, 2 as amount, 3 as created")
    assert "Parquet and CSV" in str(failure(raw))


def test_renamed_tables(raw: Path) -> None:
    (raw / "orders.csv").rename(raw / "orders_order.csv")
    renamed = "orders=orders_order,refunds=my_refunds"
    assert check_inputs(settings_of(raw, UTM_RAW_TABLES=renamed))["orders"] == (
        raw / "orders_order.csv",
    )
    (raw / "orders_order.csv").unlink()
    message = str(failure(raw, UTM_RAW_TABLES=renamed))
    assert "orders (called orders_order here)" in message
    assert "orders_order.csv.gz" in message


@pytest.mark.parametrize("name", ["orders.csv", "orders.parquet"])
def test_an_empty_file_lacks_its_columns(raw: Path, name: str) -> None:
    (raw / "orders.csv").unlink()
    (raw / name).write_bytes(b"")
    assert "required column id of table orders is missing" in str(failure(raw))


def test_another_separator_gets_a_hint(raw: Path) -> None:
    (raw / "orders.csv").write_text(ORDERS.replace(",", ";"))
    error = failure(raw)
    assert "required column id of table orders" in str(error)
    assert "commas" in error.fix


def test_a_column_that_is_there_twice_is_an_error(raw: Path) -> None:
    (raw / "orders.csv").write_text("id,ID,total_sum,payment_status,created\n")
    assert "column id of table orders is there twice" in str(failure(raw))


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("orders.csv", b"id,total_sum,payment_status,created,\xff\n"),
        ("orders.csv.gz", b"no gzip"),
        ("orders.parquet", b"no parquet"),
    ],
)
def test_an_unreadable_file_is_named(raw: Path, name: str, content: bytes) -> None:
    (raw / "orders.csv").unlink()
    (raw / name).write_bytes(content)
    message = str(failure(raw))
    assert "a file of table orders" in message
    assert name in message


def test_a_folder_with_pattern_characters_is_refused(tmp_path: Path) -> None:
    folder = tmp_path / "raw[1]"
    folder.mkdir()
    assert "pattern character" in str(failure(folder))
