"""A role with rights on some columns alone: the others are absent, and no more is asked for."""

from __future__ import annotations

from pathlib import Path

import pytest

from benchmarks.sample_shop.shop import write_sample
from postgres_server import PostgresDatabase, PostgresServer
from postgres_shop import load_raw, postgres_settings
from utm_pipeline import queries as catalogue
from utm_pipeline.errors import InputError
from utm_pipeline.refresh import RefreshRequest, refresh
from utm_pipeline.warehouse import open_warehouse

COLUMNS = {
    "utm_sessions": "id, session_key, visitor_id, utm_source, first_seen, last_seen",
    "orders": "id, session_key, total_sum, discount_amount, payment_status, status, created",
}


def test_columns_that_may_not_be_read_are_absent(
    postgres: PostgresServer, postgres_database: PostgresDatabase, tmp_path: Path
) -> None:
    raw = tmp_path / "raw"
    raw.mkdir()
    as_of = write_sample(raw)
    load_raw(postgres_database, raw)
    postgres_database.execute("drop table shop.user_actions, shop.ad_spend, shop.refunds")
    with postgres_database.connect() as connection:
        row = connection.execute(
            # Without `updated` the greatest sum tells which of two versions is kept.
            """
            select count(*) filter (where payment_status = 'paid' and status <> 'cancelled')
            from (
                select distinct on (id) * from shop.orders
                where created < '2026-07-06T18' and total_sum ~ '^[0-9.]+$'
                order by id, total_sum::numeric desc, payment_status desc
            ) as kept
            """
        ).fetchone()
    paid = row and row[0]
    with postgres.role() as role:
        settings = postgres_settings(
            PostgresDatabase({**postgres_database.keywords, "user": role}),
            tmp_path,
            {"UTM_PII_KEY": "test-key", "UTM_THREADS": "2"},
        )
        name = postgres_database.keywords["dbname"]
        postgres_database.execute(
            f"grant create on database {name} to {role}", f"grant usage on schema shop to {role}"
        )
        try:
            with pytest.raises(InputError, match="may not read the table utm_sessions"):
                refresh(settings, RefreshRequest(as_of))
            for table, columns in COLUMNS.items():
                postgres_database.execute(f"grant select ({columns}) on shop.{table} to {role}")
            for full in (True, False):
                refresh(settings, RefreshRequest(as_of, full_refresh=full))
                with open_warehouse(settings) as warehouse:
                    answer = catalogue.run(warehouse, "general-stats", {"period": "all_time"})
                    sessions = catalogue.run(warehouse, "sessions", {"period": "all_time"})
                assert isinstance(answer, dict)
                # Nobody is known as a bot, and every other kept session counts.
                assert (answer["total_sessions"], answer["total_orders"]) == (3195, paid)
                assert {row["city"] for row in sessions if isinstance(row, dict)} == {None}
        finally:
            postgres_database.execute(f"drop owned by {role} cascade")
