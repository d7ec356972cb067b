"""A refresh that is killed at any step leaves what is served whole, and the next one is whole."""

from __future__ import annotations

import signal
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from fault_process import Commands, commands
from fault_shop import AS_OF, Shop, lock_table, make_shop
from postgres_server import PostgresDatabase, PostgresServer
from utm_pipeline.refresh import publication

REFRESH = ("refresh", "--as-of", AS_OF)
STEPS = {
    "reading": "die at:base_orders",
    "models": "die at:int_sessions",
    "tests": "die at:assert_facts_hold_every_row",
    "before publishing": "die before publishing",
}


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Commands]:
    with commands(tmp_path_factory.mktemp("commands")) as started:
        yield started


@pytest.fixture(scope="module", params=["duckdb", "postgres"])
def shop(
    request: pytest.FixtureRequest,
    tmp_path_factory: pytest.TempPathFactory,
    postgres: PostgresServer,
) -> Iterator[Shop]:
    """A shop that is refreshed once, for the tests of this file in their order."""
    folder = tmp_path_factory.mktemp(request.param)
    if request.param == "duckdb":
        yield make_shop(folder, None)
        return
    with postgres.database() as database:
        yield make_shop(folder, database)


def sell_more(shop: Shop, number: int) -> None:
    """Something is different for each refresh to read."""
    if shop.engine == "postgres":
        shop.add(number)
    else:
        shop.sell(list(range(1, number + 1)))


def test_killed_at_any_step(shop: Shop, run: Commands) -> None:
    ended = run.run(shop.variables, *REFRESH)
    assert ended.code == 0, ended
    old = shop.served()
    assert len(old) > 25
    steps = list(STEPS.items())
    # Reading and building are one schema's there, and one file's here.
    for number, (step, fault) in enumerate(steps if shop.engine == "duckdb" else steps[1::2], 7):
        sell_more(shop, number)
        # Each of these refreshes starts from what the killed one before it has left.
        assert run.run(shop.variables, *REFRESH, fault=fault).code == -signal.SIGKILL, step
        assert shop.served() == old, step
        assert shop.read() == 6, step
    assert shop.remains() != []
    # Killed between the swap and the clean-up: the new marts are served, and whole.
    ended = run.run(shop.variables, *REFRESH, fault="die after the swap")
    assert ended.code == -signal.SIGKILL, ended
    new = shop.served()
    assert new["fct_orders"] != old["fct_orders"]
    assert shop.read() == number
    # What was served is what comes out if everything is built anew.
    ended = run.run(shop.variables, *REFRESH, "--full-refresh")
    assert ended.code == 0, ended
    assert shop.served() == new
    assert shop.remains() == []


def test_statements_of_a_killed_refresh_are_ended_by_the_next(
    postgres: PostgresServer, run: Commands, tmp_path: Path
) -> None:
    with postgres.database() as database:
        shop = make_shop(tmp_path, database)
        with lock_table(database, "shop.orders"):
            command = run.start(shop.variables, *REFRESH)
            waiting = wait_for_builders(database)
            command.send(signal.SIGKILL)
            assert command.end().code == -signal.SIGKILL
            # The server has not noticed: they would hold their tables, and go on one day.
            assert set(waiting) <= set(builders(database))
            with publication(shop.settings) as build:
                assert not build.prepare(fresh=False)
                assert builders(database) == []
        assert shop.remains() == []


def wait_for_builders(database: PostgresDatabase) -> list[int]:
    end = time.monotonic() + 60
    while not (found := builders(database)):
        assert time.monotonic() < end
        time.sleep(0.05)
    return found


def builders(database: PostgresDatabase) -> list[int]:
    """Connections of a build that wait for a lock."""
    with database.connect() as connection:
        rows = connection.execute(
            "select pid from pg_stat_activity where datname = current_database() "
            "and application_name like 'utm-pipeline-build%' and wait_event_type = 'Lock'"
        ).fetchall()
    return [int(str(row[0])) for row in rows]
