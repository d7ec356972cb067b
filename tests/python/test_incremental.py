"""An incremental refresh gives what a full one gives, whatever has changed since the last.

One warehouse lives through the changes; after each of them another is built anew from the same
files, with the same key and as_of, and every table of the marts must have the same rows.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import duckdb
import pytest

from chaos import Tables, make_shop
from chaos_files import write_csv, write_parquet
from chaos_rows import Row
from fault_shop import OF_THE_RUN
from utm_pipeline import project as dbt_project
from utm_pipeline.refresh import RefreshRequest, refresh
from utm_pipeline.settings import Settings, load_settings

ZONE = ZoneInfo("Europe/Kyiv")
EARLY = datetime(2024, 3, 31, 1, 30, tzinfo=UTC)
LATE = EARLY + timedelta(days=3, hours=7)
PARTS = 3


@dataclass
class Shop:
    """A folder of raw files that changes, and the two warehouses."""

    folder: Path
    as_of: datetime = EARLY
    environment: dict[str, str] = field(default_factory=dict)
    variables: str | None = None

    @property
    def raw(self) -> Path:
        return self.folder / "raw"

    def settings(self, warehouse: str) -> Settings:
        """Settings of one of the two warehouses; they have the same key, by a variable."""
        variables = {
            "UTM_RAW_DIR": str(self.raw),
            "UTM_WAREHOUSE": str(self.folder / warehouse / "utm.duckdb"),
            "UTM_TIMEZONE": "Europe/Kyiv",
            "UTM_PII_KEY": "test-key",
            "UTM_THREADS": "2",
        }
        return load_settings(variables | self.environment, self.folder)

    def refresh(self, warehouse: str, full: bool = False) -> Path:
        """Refreshes one of the warehouses and gives its file."""
        settings = self.settings(warehouse)
        refresh(settings, RefreshRequest(self.as_of, full_refresh=full, variables=self.variables))
        return settings.warehouse


def tables_of(warehouse: Path) -> dict[str, list[str]]:
    """Every table of the marts with its rows as text, in no order of their own."""
    with duckdb.connect(str(warehouse), read_only=True) as connection:
        names = connection.execute(
            "select table_name from information_schema.tables"
            " where table_schema = 'analytics' order by 1"
        ).fetchall()
        return {
            name: sorted(
                str(row) for row in connection.execute(f"select * from analytics.{name}").fetchall()
            )
            for (name,) in names
            if name != OF_THE_RUN
        }


def assert_same(found: Mapping[str, list[str]], expected: Mapping[str, list[str]]) -> None:
    """Fails with the first rows of the first tables that differ."""
    assert found.keys() == expected.keys()
    differing = {
        name: (
            [row for row in rows if row not in set(expected[name])][:2],
            [row for row in expected[name] if row not in set(rows)][:2],
            (len(rows), len(expected[name])),
        )
        for name, rows in found.items()
        if rows != expected[name]
    }
    assert differing == {}


@pytest.fixture(scope="module")
def tables() -> Tables:
    """All rows that the shop will ever have."""
    return make_shop(2024, LATE, ZONE, sessions=200)


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory, tables: Tables) -> Shop:
    """A shop of two parts a table and one file of refunds, refreshed once."""
    found = Shop(tmp_path_factory.mktemp("shop"))
    for name, rows in tables.items():
        if name == "refunds":
            write(found.raw / "refunds.csv", rows)
            continue
        for part in range(PARTS - 1):
            write(found.raw / name / f"{part}.csv", rows[part::PARTS])
    found.refresh("living")
    return found


def write(path: Path, rows: list[Row]) -> None:
    """A file as an export leaves it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    write_csv(path, rows)


Change = Callable[[Shop, Tables, pytest.MonkeyPatch], None]


def add_late_and_changed_rows(shop: Shop, tables: Tables, _: pytest.MonkeyPatch) -> None:
    """New parts, in another form and order; days pass."""
    shop.as_of = LATE
    for name, rows in tables.items():
        if name != "refunds":
            columns = [*rows[0]][::-1]
            write_csv(shop.raw / name / "2.csv.gz", rows[PARTS - 1 :: PARTS], columns, bom=True)


def rewrite_and_remove(shop: Shop, tables: Tables, _: pytest.MonkeyPatch) -> None:
    """A part in which rows are changed and gone, one of the old size, a part and a table gone."""
    changes: Mapping[str, Row] = {
        "utm_sessions": {"utm_source": "tiktok", "is_bot": "false", "city": None},
        "user_actions": {"points_earned": "5"},
    }
    for name, change in changes.items():
        rows = tables[name][0::PARTS]
        changed = [row | change if place % 3 == 0 else row for place, row in enumerate(rows)]
        write(shop.raw / name / "0.csv", changed[: len(changed) * 4 // 5])
    path = shop.raw / "orders" / "1.csv"
    later = path.stat().st_mtime + 1
    path.write_bytes(path.read_bytes().replace(b",paid,", b",pald,"))
    os.utime(path, (later, later))
    (shop.raw / "ad_spend" / "0.csv").unlink()
    (shop.raw / "refunds.csv").unlink()


def move_as_of_back(shop: Shop, tables: Tables, _: pytest.MonkeyPatch) -> None:
    """Days that had passed have not; what was kept then may be invisible now."""
    shop.as_of = EARLY - timedelta(days=9)


def change_the_clock(shop: Shop, tables: Tables, _: pytest.MonkeyPatch) -> None:
    """Another time zone changes dates and nothing else."""
    shop.environment["UTM_TIMEZONE"] = "America/New_York"


def change_settings(shop: Shop, tables: Tables, _: pytest.MonkeyPatch) -> None:
    """Other own domains and vars; the table that was gone is back."""
    shop.environment["UTM_OWN_DOMAINS"] = "example.org,розетка.укр"
    shop.variables = "{identity_max_phones: 3, attribution_lookback_days: 5}"
    shop.as_of = LATE
    write(shop.raw / "refunds.csv", tables["refunds"])


def change_the_format(shop: Shop, tables: Tables, _: pytest.MonkeyPatch) -> None:
    """A table in another format."""
    for part in (shop.raw / "user_actions").iterdir():
        part.unlink()
    write_parquet(shop.raw / "user_actions" / "all.parquet", tables["user_actions"])


def change_the_key(shop: Shop, tables: Tables, _: pytest.MonkeyPatch) -> None:
    """Another key changes every hash."""
    shop.environment["UTM_PII_KEY"] = "another-key"


def change_seeds(shop: Shop, tables: Tables, monkeypatch: pytest.MonkeyPatch) -> None:
    """Other reference data: an alias, a pattern of bots, an ignored identifier, points, a host."""
    project = copy_of_the_project(shop, monkeypatch)
    for name, line in (
        ("utm_source_aliases", "newsletter,letters"),
        ("bot_user_agents", "cubot,phone"),
        ("ignored_identifiers", "user1@example.com"),
        ("action_points", "scroll,4"),
        ("referrer_sources", "example.org,example,social"),
    ):
        path = project / "seeds" / f"{name}.csv"
        path.write_text(path.read_text(encoding="utf-8").rstrip("\n") + f"\n{line}\n", "utf-8")


def change_the_cleaning(shop: Shop, tables: Tables, monkeypatch: pytest.MonkeyPatch) -> None:
    """Another version of the tool, which cleans tags otherwise: its macros are other ones."""
    path = copy_of_the_project(shop, monkeypatch) / "macros" / "utm" / "cleaning.sql"
    text = path.read_text(encoding="utf-8")
    assert "'redacted'" in text
    path.write_text(text.replace("'redacted'", "'hidden'"), "utf-8")


def copy_of_the_project(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The dbt project that the tool uses from now on, free to be changed."""
    original, project = dbt_project.project_dir(), shop.folder / "project"
    if not project.exists():
        project.mkdir()
        for name in ("models", "macros", "seeds", "tests/dbt"):
            shutil.copytree(original / name, project / name)
        for name in ("dbt_project.yml", "profiles.yml.example"):
            shutil.copyfile(original / name, project / name)
    monkeypatch.setattr(dbt_project, "project_dir", lambda: project)
    return project


# Some changes at once, of which none makes the tool read what another's fault would leave old;
# with UTM_TEST_SEEDS each by itself.
TOGETHER: tuple[tuple[Change, ...], ...] = (
    (add_late_and_changed_rows,),
    (rewrite_and_remove, move_as_of_back, change_the_clock),
    (change_settings, change_the_format, change_seeds),
)
ALONE: tuple[Change, ...] = (
    *(add_late_and_changed_rows, rewrite_and_remove, move_as_of_back, change_the_clock),
    *(change_settings, change_the_format, change_the_key, change_seeds, change_the_cleaning),
)
CHANGES = [(change,) for change in ALONE] if os.environ.get("UTM_TEST_SEEDS") else TOGETHER


def test_what_did_not_change_stays(shop: Shop) -> None:
    first = tables_of(shop.settings("living").warehouse)
    assert len(first["fct_sessions"]) > 50
    assert_same(tables_of(shop.refresh("living")), first)


@pytest.mark.parametrize("changes", CHANGES, ids=lambda changes: changes[0].__name__)
def test_an_incremental_refresh_gives_what_a_full_one_gives(
    shop: Shop, tables: Tables, changes: tuple[Change, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    before = tables_of(shop.settings("living").warehouse)
    for change in changes:
        change(shop, tables, monkeypatch)
    found = tables_of(shop.refresh("living"))
    assert found != before
    assert_same(found, tables_of(shop.refresh("fresh", full=True)))
