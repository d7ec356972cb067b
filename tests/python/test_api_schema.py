"""Requests made up from the API's description: no 5xx, and nothing that it does not describe."""

from __future__ import annotations

import itertools
import os
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import duckdb
import pytest
import schemathesis
from hypothesis import HealthCheck, given, settings
from schemathesis import Case
from schemathesis.generation import GenerationMode

from marts_fixture import write_marts
from utm_pipeline.queries import QUERIES
from utm_pipeline.queries.params import PERIODS
from utm_pipeline.settings import load_settings
from utm_pipeline.web.app import create_app

EXAMPLES = int(os.environ.get("UTM_TEST_REQUESTS", "20"))
PATHS = [
    "/api/utm/export-csv",
    *(
        "/api/utm/{id}/session-detail" if name == "session-detail" else f"/api/utm/{name}"
        for name in QUERIES
    ),
]


@pytest.fixture(scope="module")
def described(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    """The description of a server with small marts, reached without a socket."""
    folder: Path = tmp_path_factory.mktemp("api")
    path = folder / "utm.duckdb"
    write_marts(path)
    fill_periods(path)
    app = create_app(load_settings({"UTM_WAREHOUSE": str(path), "UTM_THREADS": "1"}, folder))
    yield schemathesis.openapi.from_asgi("/openapi.json", app, headers={"Host": "127.0.0.1"})
    shutil.rmtree(folder)


def fill_periods(path: Path) -> None:
    """Gives every period the rows of the week, where it has none."""
    with duckdb.connect(str(path)) as connection:
        connection.execute("use analytics")
        tables = connection.execute(
            "select table_name from duckdb_columns() join duckdb_tables() using (table_name) "
            "where column_name = 'period'"
        ).fetchall()
        for (table,), period in itertools.product(tables, PERIODS):
            connection.execute(
                f"insert into {table} select * replace (? as period) from {table} "
                f"where period = 'week' and not exists (from {table} where period = ?)",
                [period, period],
            )


@pytest.mark.parametrize("mode", list(GenerationMode), ids=lambda mode: mode.value)
@pytest.mark.parametrize("path", PATHS)
def test_every_answer_is_described(described: Any, path: str, mode: GenerationMode) -> None:
    if path.endswith("/status") and mode is GenerationMode.NEGATIVE:
        pytest.skip("it takes no parameter that could be wrong")

    @given(case=described[path]["GET"].as_strategy(generation_mode=mode))
    @settings(
        max_examples=EXAMPLES,
        deadline=None,
        derandomize=True,
        suppress_health_check=list(HealthCheck),
    )
    def check(case: Case) -> None:
        case.call_and_validate(headers={"Host": "127.0.0.1"})

    check()


def test_health_is_as_described(described: Any) -> None:
    described["/healthz"]["GET"].Case().call_and_validate(headers={"Host": "127.0.0.1"})
