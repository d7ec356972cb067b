"""Raw files as they come: names, endings, columns, types and line ends (inputs.md)."""

from __future__ import annotations

import gzip
import json
import os
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from cases import case
from parquet_file import write_parquet
from utm_pipeline import cli

AS_OF = "2025-06-15T12:00:00Z"
ASKED = ("query", "general-stats", "--period", "all_time", "--format", "json")
SESSIONS = "id,session_key,utm_source,first_seen\n1,a,g,2025-06-14 10:00:00\n"
ORDERS = "id,total_sum,payment_status,status,created\n"
Refresh = Callable[[Path], str]


@pytest.fixture
def refresh(
    tmp_path_factory: pytest.TempPathFactory,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> Refresh:
    """Refreshes from a folder, into one place, so that the project is parsed once."""
    place = tmp_path_factory.getbasetemp() / "warehouse-of-cases"
    for name, value in {
        "UTM_WAREHOUSE": str(place / "utm.duckdb"),
        "UTM_LANG": "en",
        "UTM_THREADS": "2",
        "UTM_FRESHNESS_MINUTES": "99999999",
        "UTM_SILENCE_HOURS": "0",
    }.items():
        monkeypatch.setenv(name, value)

    def build(raw: Path) -> str:
        (place / "utm.duckdb").unlink(missing_ok=True)
        monkeypatch.setenv("UTM_RAW_DIR", str(raw))
        code = cli.main(["refresh", "--as-of", AS_OF])
        out, err = capsys.readouterr()
        assert code == 0, err
        return out + err

    return build


@pytest.fixture
def ask(capsys: pytest.CaptureFixture[str]) -> Callable[..., Any]:
    """The JSON of a query."""

    def answer(*query: str) -> Any:
        assert cli.main(["query", *query, "--format", "json"]) == 0
        return json.loads(capsys.readouterr().out)

    return answer


def write(folder: Path, **files: str | bytes) -> Path:
    """A raw folder with sessions and orders, unless given; names have / and . as they are."""
    for name, content in {"utm_sessions.csv": SESSIONS, "orders.csv": ORDERS, **files}.items():
        place = folder / name
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_bytes(content.encode() if isinstance(content, str) else content)
    return folder


REVENUES = {
    "hidden-file/raw": 270.0,
    "hidden-file/raw-appledouble": 270.0,
    "ignored-files/raw": 6700.0,
    "fivetran-columns/raw-file": 300.0,
    "fivetran-columns/raw-row": 300.0,
    "untrimmed-binary/raw": 1210.0,
}


@pytest.mark.parametrize(("name", "revenue"), REVENUES.items(), ids=REVENUES)
def test_the_revenue_of_a_case(
    refresh: Refresh, ask: Callable[..., Any], name: str, revenue: float
) -> None:
    said = refresh(case(name))
    assert ask("general-stats", "--period", "all_time")["total_revenue"] == revenue
    if name == "ignored-files/raw":
        (warning,) = [line for line in said.splitlines() if line.startswith("warning: ")]
        assert "04.txt" in warning
        assert ".parquet, .csv, .csv.gz" in warning
    if name == "untrimmed-binary/raw":
        sources = ask("sources", "--period", "all_time")
        assert {row["utm_source"]: row["revenue"] for row in sources if row["orders"]} == {
            "facebook": 90.0,
            "direct": 480.0,
            "ютуб": 640.0,
        }
        assert ask("repeat-rate", "--period", "all_time")["total_customers"] == 3


def test_whatever_a_file_is_called_and_holds(
    refresh: Refresh, ask: Callable[..., Any], tmp_path: Path
) -> None:
    """Each amount is a power of two, so that the sum says which files were read, and how often."""
    spend = "date,utm_source,spend\n2025-06-14,g,{}\n".format
    names = ("meta[1].csv", "meta1.csv", "*.csv", "a'b\"c.csv", "x\ny.CSV", "{1,2}.Csv")
    raw = write(
        # The engine would make a column of such a folder's name.
        tmp_path / "status=cancelled" / "raw[1]",
        **{f"ad_spend/{name}": spend(2**at) for at, name in enumerate(names)},
        **{"ad_spend/z.CSV.GZ": gzip.compress(spend(2 ** len(names)).encode())},
        **{"ad_spend/.x.csv": spend(1000), "ad_spend/~$x.tmp": spend(1000)},
        **{"ad_spend/2024/1.csv": spend(1000)},
    )
    shutil.rmtree(raw / "ad_spend" / "2024")
    (raw / "ad_spend" / "2024.csv").mkdir()
    (raw / "orders.csv").unlink()
    columns = (
        "2000::decimal(38, 28) as total_sum, 'paid' as payment_status, '2025-06-14' as created"
    )
    write_parquet(raw / "orders/1.parquet", f"select 1 as ID, {columns}, 'x' as file, 9 as FILE_")
    write_parquet(
        raw / "orders/2.parquet",
        "select '2'::blob as id, ' 1.5 '::blob as total_sum, '\" Paid\"'::json as payment_status, "
        "'2025-06-14'::blob as created, '\\xFF'::blob as utm_source, [1] as filename",
    )
    write_parquet(
        raw / "orders/3.parquet",
        "select unnest(['3', '\\xFF', null]::blob[]) as id, 4 as total_sum, 'paid' as "
        "payment_status, '\\xFE'::blob as created, 'CANCELLED '::blob as status",
    )
    many = [f"_file{number}" for number in range(3000)]
    header = ["_file", "_row", "filename", " ID ", "Order_ID", "amount ", "created", *many, "_ROW"]
    cells = ["x", "y", "z", "1", "1", "25", "2025-06-14", *[""] * 3001]
    (raw / "refunds.csv").write_text(f"{','.join(header)}\n{','.join(cells)}\n")
    said = refresh(raw)
    assert ask("roi", "--period", "all_time")["ad_spend"] == 2 ** (len(names) + 1) - 1
    stats = ask("general-stats", "--period", "all_time")
    assert (stats["total_orders"], stats["total_revenue"]) == (2, 1976.5)
    quality = {row["table"]: row for row in ask("data-quality")}
    assert quality["ad_spend"]["read"] == quality["ad_spend"]["kept"] == len(names) + 1
    assert quality["orders"]["reasons"] == {
        "created unreadable": 1,
        "id missing": 1,
        "id unreadable": 1,
    }
    for name in ("~$x.tmp", "2024.csv"):
        assert f"{name} is not read" in said
    assert ".x.csv" not in said


ENDS = {
    "LF": b"\n",
    "CRLF": b"\r\n",
    "CR": b"\r",
}


def test_lines_may_end_in_any_way(
    refresh: Refresh, ask: Callable[..., Any], tmp_path: Path
) -> None:
    """Also in several ways in one file, with other line breaks in quotes."""
    header = ORDERS.strip().encode()

    def order(number: int) -> bytes:
        return f'{number},{2**number},paid,"new\r\n,\n\r""x",2025-06-14'.encode()

    files, number = {}, 0
    for name, end in ENDS.items():
        rows = [header, *(order(number + at) for at in range(2))]
        files[f"orders/{name}.csv"] = end.join(rows)
        number += 2
    for name in ("mixed.csv", "packed.csv.gz"):
        mixed = header + b"\r\n"
        for end in (b"\n", b"\r", b"\r\n\r\n", b"\n\n", b""):
            mixed += order(number) + end
            number += 1
        files[f"orders/{name}"] = gzip.compress(mixed) if name.endswith(".gz") else mixed
    raw = write(tmp_path / "raw", **files)
    (raw / "orders.csv").unlink()
    refresh(raw)
    stats = ask("general-stats", "--period", "all_time")
    assert stats["total_revenue"] == 2**number - 1


def test_many_small_files_cost_little_more_than_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In processor time; a refresh with nothing new costs hardly more than with one file.

    UTM_TEST_FILES=1500 is a week of extracts every few minutes.
    """
    files = int(os.environ.get("UTM_TEST_FILES", "400"))
    for name, value in {
        "UTM_WAREHOUSE": str(tmp_path / "utm.duckdb"),
        "UTM_RAW_DIR": str(write(tmp_path / "raw")),
        "UTM_THREADS": "2",
    }.items():
        monkeypatch.setenv(name, value)
    (tmp_path / "raw" / "orders.csv").unlink()
    (tmp_path / "raw" / "orders").mkdir()
    row = "{},5,paid,done,2025-06-14\n".format

    def refresh() -> float:
        before = os.times()
        assert cli.main(["refresh", "--as-of", AS_OF]) == 0
        after = os.times()
        return after.user + after.system - before.user - before.system

    (tmp_path / "raw" / "orders" / "0.csv").write_text(ORDERS + "".join(map(row, range(files))))
    refresh()
    idle = refresh()
    for number in range(1, files):
        place = tmp_path / "raw" / "orders" / f"{number}.csv"
        place.write_text(ORDERS + row(files + number))
        os.utime(place, (0, 0))
    many = refresh()
    again = refresh()
    assert many < 2 * idle, (many, idle)
    assert again < 1.5 * idle, (again, idle)
