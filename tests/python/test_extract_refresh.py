"""refresh where UTM_SHOP_DSN is set: the shop's tables come first, and never a half of them."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from postgres_server import PostgresDatabase
from shop_database import DJANGO_NAMES, create_shop, environment_for
from utm_pipeline.cli import main
from utm_pipeline.commands import refresh as command
from utm_pipeline.extract import reading
from utm_pipeline.extract.store import writing


@pytest.fixture
def shop(
    postgres_database: PostgresDatabase, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> PostgresDatabase:
    """A shop with tables as Django names them; the settings are in the environment."""
    create_shop(postgres_database, names=DJANGO_NAMES)
    names = ",".join(f"{table}={name}" for table, name in DJANGO_NAMES.items())
    variables = environment_for(postgres_database, tmp_path) | {"UTM_RAW_TABLES": names}
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    return postgres_database


@pytest.fixture
def built(monkeypatch: pytest.MonkeyPatch) -> list[Path]:
    """The raw folders that a refresh would have built from; nothing is built."""
    folders: list[Path] = []

    class StoppedError(Exception):
        """Ends the command where the build would begin."""

    def build(settings: object, request: object, progress: object = None) -> None:
        folders.append(settings.raw_dir)  # type: ignore[attr-defined]
        raise StoppedError

    monkeypatch.setattr(command, "refresh", build)
    return folders


def _quality(capsys: pytest.CaptureFixture[str]) -> dict[str, tuple[int, int]]:
    capsys.readouterr()
    assert main(["query", "data-quality", "--format", "json"]) == 0
    rows = json.loads(capsys.readouterr().out)
    return {row["table"]: (row["read"], row["kept"]) for row in rows}


def test_a_refresh_extracts_first(
    shop: PostgresDatabase, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["refresh"]) == 0
    out, err = capsys.readouterr()
    assert "The shop's data as of" in err
    assert "The shop's data as of" not in out
    assert _quality(capsys) == {
        "utm_sessions": (40, 40),
        "user_actions": (80, 80),
        "orders": (10, 10),
        "ad_spend": (30, 30),
        "refunds": (2, 2),
    }
    shop.execute(
        "update orders_order set updated = now(), total_sum = -1 where id = 1",
        "insert into storefront_utmsession (session_key, first_seen, last_seen) "
        "select 'new-' || n, now(), now() from generate_series(1, 5) n",
    )
    assert main(["refresh"]) == 0
    quality = _quality(capsys)
    assert quality["utm_sessions"] == (45, 45)
    assert quality["orders"] == (10, 9)


def test_a_failed_extract_ends_the_refresh(
    shop: PostgresDatabase,
    built: list[Path],
    capsys: pytest.CaptureFixture[str],
) -> None:
    shop.execute("drop table orders_order")
    assert main(["refresh"]) == 3
    assert "the required table orders is missing" in capsys.readouterr().err
    assert built == []


def test_files_that_are_named_are_taken_as_they_are(
    shop: PostgresDatabase,
    built: list[Path],
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    (tmp_path / "exports").mkdir()
    assert main(["refresh", "--raw-dir", str(tmp_path / "exports")]) == 1
    assert built == [tmp_path / "exports"]
    assert "warning: the files in --raw-dir are taken as they are" in capsys.readouterr().err
    assert not (tmp_path / "raw").exists()


def test_another_target_is_not_extracted_for(
    shop: PostgresDatabase, built: list[Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("UTM_TARGET", "postgres")
    assert main(["refresh"]) == 1
    assert built == [tmp_path / "raw"]
    assert not (tmp_path / "raw").exists()


def test_a_refresh_does_not_read_while_an_extract_writes(
    shop: PostgresDatabase,
    built: list[Path],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert main(["extract"]) == 0
    monkeypatch.delenv("UTM_SHOP_DSN")
    with writing(tmp_path / "raw"):
        assert main(["refresh"]) == 5
    assert "an extract is running" in capsys.readouterr().err
    assert built == []
    with reading(tmp_path / "raw"):
        assert main(["refresh"]) == 1
    assert built == [tmp_path / "raw"]


def test_a_refresh_keeps_extracts_off_while_it_reads(
    shop: PostgresDatabase, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert main(["extract"]) == 0
    codes: list[int] = []

    def build(*_arguments: object) -> None:
        codes.append(main(["extract"]))
        raise ZeroDivisionError

    monkeypatch.setattr(command, "refresh", build)
    assert main(["refresh"]) == 1
    assert codes == [5]


def test_a_refresh_ends_a_commit_that_was_killed(
    shop: PostgresDatabase, built: list[Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert main(["extract"]) == 0
    monkeypatch.delenv("UTM_SHOP_DSN")
    folder = tmp_path / "raw" / ".extract"
    (folder / "work").mkdir()
    (folder / "work" / "new").write_text("")
    steps = {
        "moves": [[".extract/work/new", "orders_order/extract-000002.parquet"]],
        "gone": ["orders_order/extract-000001.parquet"],
    }
    (folder / "commit.json").write_text(json.dumps({"version": 1, "tables": {}, "commit": steps}))
    assert main(["refresh"]) == 1
    names = [file.name for file in (tmp_path / "raw" / "orders_order").iterdir()]
    assert names == ["extract-000002.parquet"]
    assert built == [tmp_path / "raw"]
