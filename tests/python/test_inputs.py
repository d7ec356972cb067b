"""The check of the raw inputs before anything is built."""

from __future__ import annotations

import gzip
import os
import tempfile
import tracemalloc
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import duckdb
import pytest

from parquet_file import widen_decimals
from parquet_file import write_parquet as parquet_file
from utm_pipeline.causes import RightsError
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


def found(raw: Path, **variables: str) -> dict[str, tuple[Path, ...]]:
    """The files of each table."""
    tables = check_inputs(settings_of(raw, **variables)).tables
    return {name: table.files for name, table in tables.items() if table}


def failure(raw: Path, **variables: str) -> InputError:
    with pytest.raises(InputError) as caught:
        check_inputs(settings_of(raw, **variables))
    assert caught.value.exit_code is ExitCode.CONFIGURATION
    return caught.value


def write_parquet(path: Path, columns: str) -> None:
    with duckdb.connect() as connection:
        connection.execute(f"copy (select {columns}) to '{path}' (format parquet)")


def test_the_required_tables_are_enough(raw: Path) -> None:
    assert found(raw) == {table: (raw / f"{table}.csv",) for table in ("utm_sessions", "orders")}


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
    assert "orders" in found(raw)


def test_bom_gzip_quotes_and_line_breaks_in_the_header(raw: Path) -> None:
    (raw / "orders.csv").unlink()
    header = '\ufeff"id","total_sum",payment_status,created,"a\r\nlong ""name"""\r\n'
    with gzip.open(raw / "orders.csv.gz", "wt", encoding="utf-8", newline="") as file:
        file.write(header)
    assert found(raw)["orders"] == (raw / "orders.csv.gz",)


def test_a_bom_before_a_bare_name(raw: Path) -> None:
    (raw / "orders.csv").write_text("\ufeffid,total_sum,payment_status,created\n")
    assert "orders" in found(raw)


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
    assert [file.name for file in found(raw)["orders"]] == [
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
    assert found(raw)["orders"] == (raw / "orders.parquet",)


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
    assert found(raw, UTM_RAW_TABLES=renamed)["orders"] == (raw / "orders_order.csv",)
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


def test_a_folder_with_pattern_characters_is_as_good_as_any(raw: Path) -> None:
    folder = raw.rename(raw.with_name("raw[1]*?{a}"))
    assert found(folder)["orders"] == (folder / "orders.csv",)


@contextmanager
def nobody() -> Iterator[None]:
    """For the block a user who may do what everybody may, if root runs the tests."""
    is_root = os.geteuid() == 0
    if is_root:
        os.seteuid(65534)
    try:
        yield
    finally:
        if is_root:
            os.seteuid(0)


RIGHTS = {
    "a CSV file": ("orders.csv", 0o600, "the right to read"),
    "a compressed file": ("refunds.csv.gz", 0o000, "the right to read"),
    "a Parquet file": ("ad_spend/a.parquet", 0o200, "the right to read"),
    "a folder that cannot be listed": (
        "ad_spend",
        0o711,
        "the right to list",
    ),
    "a folder that cannot be entered": (
        "ad_spend",
        0o744,
        "the right to enter",
    ),
    "the folder of all, not to be listed": ("", 0o711, "the right to list"),
    "the folder of all, not to be entered": ("", 0o744, "the right to enter"),
}


@pytest.mark.parametrize(("name", "mode", "said"), RIGHTS.values(), ids=RIGHTS)
def test_a_right_that_is_missing_is_said_as_that(name: str, mode: int, said: str) -> None:
    with tempfile.TemporaryDirectory(dir="/tmp") as place:
        folder = Path(place)
        folder.chmod(0o755)
        raw = folder / "raw"
        (raw / "ad_spend").mkdir(parents=True)
        (raw / "utm_sessions.csv").write_text(SESSIONS)
        (raw / "orders.csv").write_text(ORDERS)
        with gzip.open(raw / "refunds.csv.gz", "wt") as file:
            file.write("order_id,amount,created\n")
        write_parquet(raw / "ad_spend" / "a.parquet", "1 as date, 2 as utm_source, 3 as spend")
        settings = settings_of(raw)
        assert set(check_inputs(settings).tables) == {
            "utm_sessions",
            "orders",
            "ad_spend",
            "refunds",
        }
        bad = raw / name if name else raw
        before = bad.stat().st_mode & 0o777
        # The owner has no rights either where the tests do not run as root.
        bad.chmod(mode if os.geteuid() == 0 else mode & 0o077 | (mode & 0o007) << 6)
        try:
            with nobody(), pytest.raises(RightsError) as caught:
                check_inputs(settings)
        finally:
            bad.chmod(before)
        assert f"{said} is missing" in str(caught.value)
        assert str(bad) in str(caught.value)
        if os.geteuid() == 0:
            assert f"(owner root, mode {mode:03o})" in str(caught.value)
        assert "give that right" in caught.value.fix


@pytest.mark.parametrize("name", ["orders.csv", "orders.csv.gz"])
def test_a_header_without_an_end_is_not_read_to_its_end(raw: Path, name: str) -> None:
    (raw / "orders.csv").unlink()
    opened = gzip.open if name.endswith(".gz") else open
    with opened(raw / name, "wb") as file:
        for _ in range(64):
            file.write(b"x" * 2**20)
    tracemalloc.start()
    try:
        assert "cannot be read as CSV" in str(failure(raw))
        assert tracemalloc.get_traced_memory()[1] < 2**22
    finally:
        tracemalloc.stop()


def test_a_wide_header_is_read(raw: Path) -> None:
    """Also with line breaks in quotes, at the border of what is read at a time."""
    names = [f'"column {number}\r\n"' for number in range(30_000)]
    (raw / "orders.csv").write_text(",".join([*names, ORDERS.splitlines()[0]]) + "\n", newline="")
    table = check_inputs(settings_of(raw)).tables["orders"]
    assert table is not None
    assert table.columns[raw / "orders.csv"].names[-4:] == tuple(
        ORDERS.split(maxsplit=1)[0].split(",")
    )


def test_a_decimal_that_would_be_read_wrongly_is_named(raw: Path) -> None:
    (raw / "orders.csv").unlink()
    columns = "select 1 as id, {} as total_sum, 'paid' as payment_status, 3 as created, {} as more"
    path = parquet_file(raw / "orders.parquet", columns.format("2", "4::decimal(38, 2)"))
    widen_decimals(path)
    assert "orders" in found(raw)
    path.unlink()
    widen_decimals(parquet_file(path, columns.format("2::decimal(38, 2)", "4")))
    message = str(failure(raw))
    assert "total_sum of table orders is a decimal of 50 digits" in message
    assert "orders.parquet" in message


def test_every_entry_of_a_tables_folder_is_read_hidden_or_told(raw: Path) -> None:
    (raw / "orders.csv").rename(raw / "orders.CSV")
    (raw / "refunds").mkdir()
    for name in ("2024", "2025.csv"):
        (raw / "refunds" / name).mkdir()
    for name in ("a.csv.zst", "b.csv.bak", ".hidden.csv", "._a.csv"):
        (raw / "refunds" / name).write_text("order_id,amount,created\n")
    (raw / "refunds" / "gone.csv").symlink_to(raw / "nowhere.csv")
    (raw / "Ad_Spend.csv").write_text("date,utm_source,spend\n")
    (raw / "utm_sessions.xlsx").write_text("")
    (raw / "notes.txt").write_text("")
    inputs = check_inputs(settings_of(raw, UTM_LANG="en"))
    assert set(inputs.tables) == {"utm_sessions", "orders"}
    told = [each.split(": ")[1].split(" is not read")[0] for each in inputs.warnings]
    assert sorted(Path(place).name for place in told) == [
        *("2024", "2025.csv", "Ad_Spend.csv", "a.csv.zst", "b.csv.bak", "gone.csv"),
        "utm_sessions.xlsx",
    ]
