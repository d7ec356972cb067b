"""Fixtures of the tests: an isolated environment and a small warehouse with known marts."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from marts_fixture import write_marts
from postgres_server import PostgresDatabase, PostgresServer, postgres_server
from shared_parse import share_parsed_project
from utm_pipeline.settings import Settings, load_settings
from utm_pipeline.warehouse import Warehouse, open_warehouse

if TYPE_CHECKING:
    from playwright.sync_api import Browser

# Files that take minutes, longest first: with several processes, the file that starts last decides
# when all are done.
_LONG = (
    *("test_against_oracle", "test_incremental", "test_engines_agree", "test_faults_killed"),
    *("test_extract_changes", "test_faults_build", "test_publish_readers", "test_hostile"),
    *("test_published", "test_changes_postgres", "test_semantic_layer", "test_schedule_cron"),
    *("test_dashboard_looks", "test_dashboard_use", "test_dashboard_states", "test_dashboard_live"),
)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Puts the long files first; the order within a file stays."""
    items.sort(key=lambda item: _LONG.index(name) if (name := item.path.stem) in _LONG else 99)


@pytest.fixture(autouse=True)
def _isolated(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """No test sees the settings, colours or language of whoever runs it."""
    for name in list(os.environ):
        # Names that steer the tests themselves stay.
        if name.startswith(("UTM_", "EMAIL_", "PG", "DEFAULT_FROM")) and not name.startswith(
            ("UTM_TEST_", "UTM_REQUIRE_")
        ):
            monkeypatch.delenv(name)
    monkeypatch.setenv("NO_COLOR", "1")
    monkeypatch.chdir(tmp_path)


@pytest.fixture(scope="session", autouse=True)
def _parsed_project(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """dbt parses the project once for all folders, and for all processes of the tests."""
    base = tmp_path_factory.getbasetemp()
    in_parts = "PYTEST_XDIST_WORKER" in os.environ
    with pytest.MonkeyPatch.context() as monkeypatch:
        shared = (base.parent if in_parts else base) / "parsed"
        # Those of test_faults_*.py run in processes of their own.
        monkeypatch.setenv("UTM_TEST_PARSED", str(shared))
        share_parsed_project(monkeypatch, shared)
        yield


@pytest.fixture(scope="session")
def postgres() -> Iterator[PostgresServer]:
    """A PostgreSQL server, started when the first test wants it."""
    with postgres_server() as server:
        yield server


@pytest.fixture(scope="module")
def postgres_database(postgres: PostgresServer) -> Iterator[PostgresDatabase]:
    """A fresh database for the tests of one module."""
    with postgres.database() as database:
        yield database


@pytest.fixture(scope="session")
def marts_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A warehouse file with small, known marts."""
    path = tmp_path_factory.mktemp("marts") / "utm.duckdb"
    write_marts(path)
    return path


@pytest.fixture(scope="session")
def hostile_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A warehouse file of the sample shop and of visitors with hostile tags."""
    from dashboard_shop import hostile_warehouse

    return hostile_warehouse(tmp_path_factory)


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """A Chromium for the tests of one module; while it runs, no other event loop may."""
    from dashboard_site import running_browser

    with running_browser() as running:
        yield running


@pytest.fixture
def settings(marts_file: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    """Settings whose warehouse is that file; the command line sees them too."""
    monkeypatch.setenv("UTM_WAREHOUSE", str(marts_file))
    monkeypatch.setenv("UTM_LANG", "en")
    monkeypatch.setenv("UTM_THREADS", "2")
    return load_settings()


@pytest.fixture
def warehouse(settings: Settings) -> Iterator[Warehouse]:
    """The small warehouse, open for reading."""
    with open_warehouse(settings) as opened:
        yield opened
