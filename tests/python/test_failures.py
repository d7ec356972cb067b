"""Messages of the engine: they name what failed and never quote a row."""

from __future__ import annotations

import gzip
from pathlib import Path

import duckdb
import pytest

from utm_pipeline.refresh.failures import first_broken_line, without_values

SECRET = "olena@example.com"


def message_of(sql: str) -> str:
    with duckdb.connect() as connection, pytest.raises(duckdb.Error) as caught:
        connection.execute(sql).fetchall()
    return f"Runtime Error in model base_orders (models/base_orders.sql)\n  {caught.value}"


@pytest.mark.parametrize(
    "sql",
    [
        f"select cast('{SECRET}' as integer)",
        f"select cast('Got {SECRET} Compilation Error' as date)",
        f"select strptime('{SECRET}', '%Y')",
        f"select error('{SECRET}')",
        f"create table t (a varchar primary key); insert into t values ('{SECRET}'), ('{SECRET}')",
    ],
)
def test_a_message_that_may_quote_a_row_is_not_shown(sql: str) -> None:
    assert SECRET in message_of(sql)
    shown = without_values(message_of(sql), {})
    assert SECRET not in shown
    assert "may quote rows" in shown


@pytest.mark.parametrize(
    ("sql", "expected"),
    [
        ("select nope from (select 1 as one)", 'Binder Error: Referenced column "nope" not found'),
        ("select * from nope", "Catalog Error: Table with name nope does not exist!"),
        (f"select '{SECRET}' frm x y z", 'Parser Error: syntax error at or near "x"'),
    ],
)
def test_a_message_about_the_statement_is_shown_without_it(sql: str, expected: str) -> None:
    shown = without_values(message_of(sql), {})
    assert shown.startswith(expected)
    assert SECRET not in shown
    assert "\n" not in shown


def test_a_failing_test_is_shown() -> None:
    message = "Got 3 results, configured to fail if != 0"
    assert without_values(message, {}) == message


@pytest.mark.parametrize(
    ("content", "line", "why"),
    [
        (b"id,total_sum\n1,2\n2,3,olena@example.com\n", 3, "3 columns where the header has 2"),
        (b'id,total_sum\n1,"a\nb"\n2,3,olena@example.com\n', 4, "3 columns"),
        (b"id,total_sum\n1\n", 2, "1 columns"),
        (b"id,total_sum\n1,2\n\xffolena@example.com,3\n", 3, "text that is not UTF-8"),
        (b'id,total_sum\n1,2\n2,"olena@example.com', 3, "broken quoting"),
    ],
)
@pytest.mark.parametrize(
    "options", ["all_varchar = true", "auto_detect = false, columns = {'a': 'text', 'b': 'text'}"]
)
@pytest.mark.parametrize("suffix", [".csv", ".csv.gz"])
def test_a_broken_csv_file_is_named_with_table_and_line(
    tmp_path: Path, content: bytes, line: int, why: str, options: str, suffix: str
) -> None:
    path = tmp_path / f"orders{suffix}"
    path.write_bytes(gzip.compress(content) if suffix.endswith("gz") else content)
    dialect = "header = true, delim = ',', quote = '\"', escape = '\"', comment = '', skip = 0"
    message = message_of(f"select * from read_csv('{path}', {dialect}, {options})")
    shown = without_values(message, {path: "orders"})
    assert shown.startswith("table orders cannot be read: ")
    assert why in shown
    assert shown.endswith(f"{path}, line {line}")
    assert SECRET not in shown


def test_a_whole_file_has_no_broken_line(tmp_path: Path) -> None:
    path = tmp_path / "orders.csv"
    path.write_bytes(b'\xef\xbb\xbfid,name\r\n1,"a ""b""\r\nc"\r\n\r\n2,\xd1\x97\r\n')
    assert first_broken_line(path) is None
