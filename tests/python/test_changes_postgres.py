"""Raw tables of PostgreSQL that change, while a refresh runs and between refreshes."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from fault_process import Commands, commands
from fault_shop import AS_OF, Shop, make_shop
from postgres_server import PostgresServer

REFRESH = ("refresh", "--as-of", AS_OF)
# One statement sees one instant, so what it counts must agree.
COUNTS = """
select
    (select count(*) from analytics.fct_sessions),
    (select count(*) from analytics.fct_orders),
    (select count(*) from analytics.fct_actions),
    (select count(*) from analytics.fct_orders o where not exists (
        select 1 from analytics.fct_sessions s where s.session_id = o.session_id
    ))
"""
CHANGES = (
    # A shop's tables live: rows change, are reloaded, and tables get other columns and kinds.
    "alter table shop.orders add column discount_amount text",
    "update shop.orders set discount_amount = '3' where id in ('2', '3')",
    "delete from shop.orders where id = '4'",
    "vacuum full shop.orders",
    "update shop.orders set payment_status = 'unpaid' where id = '5'",
    "create table shop.kept as table shop.utm_sessions",
    "drop table shop.utm_sessions",
    "create view shop.utm_sessions as select * from shop.kept",
    "create table shop.parts (like shop.user_actions) partition by list (action_type)",
    "create table shop.leads partition of shop.parts for values in ('lead')",
    "create table shop.others partition of shop.parts default",
    "insert into shop.parts select * from shop.user_actions",
    "drop table shop.user_actions",
    "alter table shop.parts rename to user_actions",
)
MORE_CHANGES = (
    "update shop.user_actions set action_type = 'purchase' where id in ('1', '2')",
    "delete from shop.user_actions where id = '3'",
    "update shop.kept set utm_source = 'google' where id = '2'",
    "delete from shop.kept where id = '6'",
    "create table shop.reload as table shop.orders",
    "truncate shop.orders",
    "insert into shop.orders select * from shop.reload where id <> '1'",
    "insert into shop.orders (id, total_sum, created) values ('99', 'not a number', 'not a time')",
)


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Commands]:
    with commands(tmp_path_factory.mktemp("commands")) as started:
        yield started


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory, postgres: PostgresServer) -> Iterator[Shop]:
    with postgres.database() as database:
        yield make_shop(tmp_path_factory.mktemp("shop"), database)


@contextmanager
def selling(shop: Shop) -> Iterator[list[int]]:
    """During the block sessions are added one after the other, each with its order and action."""
    ended = threading.Event()
    sold: list[int] = []

    def sell() -> None:
        number = 100
        while not ended.wait(0.02):
            shop.add(number)
            sold.append(number)
            number += 1

    thread = threading.Thread(target=sell)
    thread.start()
    try:
        yield sold
    finally:
        ended.set()
        thread.join()


def refresh(shop: Shop, run: Commands, *options: str) -> tuple[int, int, int, int]:
    """Refreshes, and counts sessions, orders, actions, and orders whose session is missing."""
    ended = run.run(shop.variables, *REFRESH, *options)
    assert ended.code == 0, ended
    assert shop.database is not None
    with shop.database.connect() as connection:
        row = connection.execute(COUNTS.encode()).fetchone()
    assert row is not None
    sessions, orders, actions, lost = (int(str(value)) for value in row)
    return sessions, orders, actions, lost


def test_a_refresh_reads_one_instant_of_a_shop_that_goes_on_selling(
    shop: Shop, run: Commands
) -> None:
    with selling(shop) as sold:
        sessions, orders, actions, lost = refresh(shop, run)
    assert len(sold) > 50
    # All that was there when it began to read, and of what came after it nothing at all.
    assert 6 <= sessions < 6 + len(sold)
    assert (sessions, orders, actions, lost) == (sessions, sessions, sessions, 0)
    total = 6 + len(sold)
    assert refresh(shop, run) == (total, total, total, 0)


def test_an_incremental_refresh_gives_what_a_full_one_gives(shop: Shop, run: Commands) -> None:
    assert shop.database is not None
    before = shop.served()
    sessions = shop.read()
    shop.database.execute(*CHANGES)
    assert refresh(shop, run) == (sessions, sessions - 1, sessions, 0)
    shop.database.execute(*MORE_CHANGES)
    refresh(shop, run)
    incremental = shop.served()
    assert incremental != before
    refresh(shop, run, "--full-refresh")
    assert shop.served() == incremental


def test_a_raw_table_that_is_replaced_while_it_is_read(shop: Shop, run: Commands) -> None:
    """To who reads as of an instant before, a table that was made since is empty."""
    assert shop.database is not None
    before = shop.served()
    command = run.start(shop.variables, *REFRESH, fault="stop at:base_orders")
    command.wait_until_it_stops()
    shop.database.execute(
        "create table shop.other as table shop.orders",
        "drop table shop.orders",
        "alter table shop.other rename to orders",
    )
    command.go_on()
    ended = command.end()
    ended.assert_error(1, "raw table orders was truncated, rewritten or replaced", "refresh` again")
    assert shop.served() == before
    assert shop.remains() == []
    refresh(shop, run)
    assert shop.served() == before
