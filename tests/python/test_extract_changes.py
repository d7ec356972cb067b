"""extract again: new and changed rows come, each id stays once, and few files change."""

from __future__ import annotations

import json
import random
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from postgres_server import PostgresDatabase
from shop_database import all_rows, create_shop, files_of, rows_of, settings_for
from utm_pipeline.errors import InputError
from utm_pipeline.extract import LOOKBACK, ExtractResult, TableResult, extract, parts
from utm_pipeline.extract import shop as shop_module
from utm_pipeline.settings import Settings

_LIMITS = (LOOKBACK.days, parts.LOOKBACK_ROWS, parts.PART_ROWS)
_ROWS = 30
"""The look-back by id in these tests."""


@pytest.fixture(autouse=True)
def _small(monkeypatch: pytest.MonkeyPatch) -> None:
    """Files and look-back small enough for small shops to have several files."""
    monkeypatch.setattr(parts, "LOOKBACK_ROWS", _ROWS)
    monkeypatch.setattr(parts, "PART_ROWS", 60)
    monkeypatch.setattr(shop_module, "LINES", 7)


@dataclass
class Shop:
    """A shop, its raw files, and what the last extract said."""

    database: PostgresDatabase
    settings: Settings
    other: Settings
    """Of a folder for extracts of everything, to compare with."""
    last: ExtractResult | None = None

    def execute(self, *statements: str) -> None:
        self.database.execute(*statements)

    def extract(self, full: bool = False) -> None:
        self.last = extract(self.settings, full)

    def said(self, table: str) -> TableResult:
        return next(one for one in self.tables() if one.table == table)

    def tables(self) -> list[TableResult]:
        assert self.last is not None
        return list(self.last.tables)

    def is_whole(self) -> bool:
        """Whether the raw files hold what an extract of everything holds now."""
        extract(self.other, True)
        return all_rows(self.settings.raw_dir) == all_rows(self.other.raw_dir)

    def rows(self, table: str, columns: str = "*") -> list[tuple[object, ...]]:
        return rows_of(self.settings.raw_dir, table, columns)

    def files(self) -> dict[str, tuple[int, int]]:
        return files_of(self.settings.raw_dir)

    @property
    def state(self) -> Path:
        return self.settings.raw_dir / ".extract" / "state.json"

    @property
    def file(self) -> Path:
        """One of the files of sessions."""
        return self.settings.raw_dir / "utm_sessions" / "extract-000002.parquet"


@pytest.fixture
def shop(postgres_database: PostgresDatabase, tmp_path: Path) -> Shop:
    create_shop(postgres_database, count=200)
    made = Shop(
        postgres_database,
        settings_for(postgres_database, tmp_path / "own"),
        settings_for(postgres_database, tmp_path / "other"),
    )
    made.extract()
    return made


# Random edits of a shop, all of kinds that the look-back promises to see.


def _more_sessions(dice: random.Random) -> str:
    return (
        "insert into utm_sessions (session_key, first_seen, last_seen, utm_campaign) select "
        f"'new-' || n || '-{dice.random()}', now(), now(), e'a\"b,\\n\\\\N' "
        f"from generate_series(1, {dice.randint(1, 40)}) n"
    )


def _seen_again(dice: random.Random) -> str:
    return (
        f"update utm_sessions set last_seen = now(), is_converted = true, visit_count = "
        f"visit_count + 1 where id % {dice.randint(2, 60)} = 0"
    )


def _changed_within_the_lookback(dice: random.Random) -> str:
    return (
        f"update utm_sessions set last_seen = now() - interval '{dice.randint(1, 60)} hours', "
        f"city = 'Lviv' where id % {dice.randint(5, 60)} = 1"
    )


def _changed_at_the_same_last_seen(dice: random.Random) -> str:
    """A tie by last_seen, which the superseded version could win."""
    return (
        f"update utm_sessions set utm_source = 's{dice.random()}' "
        "where last_seen > now() - interval '2 days'"
    )


def _more_actions(dice: random.Random) -> str:
    return (
        "insert into user_actions (utm_session_id, action_type, timestamp) select n, 'lead', now() "
        f"- interval '20 days' from generate_series(1, {dice.randint(1, 100)}) n"
    )


def _orders_move(dice: random.Random) -> str:
    return (
        "update orders set updated = now(), payment_status = "
        f"'{dice.choice(['paid', 'partial', 'unpaid'])}' where id % {dice.randint(1, 9)} = 0"
    )


def _more_orders(dice: random.Random) -> str:
    return (
        "insert into orders (total_sum, payment_status, created, updated) select n, 'unpaid', "
        f"now() - interval '10 days', now() - interval '10 days' from generate_series(1, "
        f"{dice.randint(1, 20)}) n"
    )


def _refunds_change(dice: random.Random) -> str:
    return dice.choice(
        [
            "insert into refunds (order_id, amount, created) values (1, 2, now())",
            f"update refunds set amount = amount + 1 where id % {dice.randint(1, 5)} = 0",
            f"delete from refunds where id = {dice.randint(1, 10)}",
        ]
    )


def _spend_changes(dice: random.Random) -> str:
    return dice.choice(
        [
            "insert into ad_spend (date, utm_source, spend) select date, utm_source, spend from "
            "ad_spend limit 1",
            f"update ad_spend set spend = spend + 1 where extract(day from date) = "
            f"{dice.randint(1, 28)}",
            f"delete from ad_spend where extract(day from date) = {dice.randint(1, 28)}",
        ]
    )


def _latest_deleted(dice: random.Random) -> str:
    table = dice.choice(["utm_sessions", "user_actions", "orders"])
    return (
        f"delete from {table} where id in (select id from {table} order by id desc "
        f"limit {dice.randint(1, _ROWS // 3)} offset {dice.randint(0, _ROWS // 3)})"
    )


EDITS: tuple[Callable[[random.Random], str], ...] = (
    _more_sessions,
    _seen_again,
    _changed_within_the_lookback,
    _changed_at_the_same_last_seen,
    _more_actions,
    _orders_move,
    _more_orders,
    _refunds_change,
    _spend_changes,
    _latest_deleted,
)


@pytest.mark.parametrize("seed", range(4))
def test_extracts_again_are_an_extract_of_everything(shop: Shop, seed: int) -> None:
    dice = random.Random(seed)
    for _ in range(8):
        # A deletion goes by the ids that the last extract saw.
        edits = dice.sample(EDITS, dice.randint(0, 4))
        for edit in sorted(edits, key=lambda edit: edit is not _latest_deleted):
            shop.execute(edit(dice))
        shop.extract()
        assert shop.is_whole()


def test_nothing_changed_means_no_file_changed(shop: Shop) -> None:
    before = shop.files()
    shop.extract()
    assert shop.files() == before
    assert shop.said("utm_sessions").read == _ROWS
    assert not shop.said("utm_sessions").whole
    assert shop.said("user_actions").written == 0


def test_only_files_with_superseded_rows_are_written_anew(shop: Shop) -> None:
    """Ids 1 to 60, 61 to 120, … are a file each."""
    before = shop.files()
    shop.execute("update utm_sessions set last_seen = now(), city = 'Odesa' where id = 70")
    shop.extract()
    after = shop.files()
    # A changed row is one, so it joins no file of twenty: 2 goes, and comes again without it.
    gone = {name for name in before if after.get(name) != before[name]}
    assert gone == {"utm_sessions/extract-000002.parquet"}
    assert set(after) - set(before) == {
        "utm_sessions/extract-000005.parquet",
        "utm_sessions/extract-000006.parquet",
    }
    assert shop.said("utm_sessions").changed == 1
    assert shop.is_whole()
    assert shop.rows("utm_sessions", "id, city").count((70, "Odesa")) == 1
    assert [row[0] for row in shop.rows("utm_sessions", "id")].count(70) == 1


def test_no_name_of_a_file_comes_twice(shop: Shop) -> None:
    """A reader knows files by name, size and second."""
    seen: dict[str, tuple[int, int]] = {}
    for round_ in range(6):
        shop.execute(f"update orders set updated = now(), status = 'r{round_}' where id <= 5")
        shop.extract(full=round_ == 3)
        for name, facts in shop.files().items():
            assert seen.setdefault(name, facts) == facts


def test_many_extracts_leave_few_files(shop: Shop) -> None:
    for _ in range(40):
        shop.execute(
            "insert into user_actions (utm_session_id, action_type, timestamp) "
            "select 1, 'click', now() from generate_series(1, 5)"
        )
        shop.extract()
    # 600 rows in files of up to 60, a few of them halves and quarters.
    assert shop.said("user_actions").rows == 600
    assert shop.said("user_actions").parts <= 20
    assert shop.is_whole()


def test_many_changes_everywhere_leave_few_files() -> None:
    """Three rows of 240 change, 400 times: where the rows go, as the plans say."""
    dice = random.Random(1)
    files = [frozenset(range(begin, begin + 60)) for begin in range(0, 240, 60)]
    written = 0
    for _ in range(400):
        changed = frozenset(dice.sample(range(240), 3))
        rests = {Path(str(place)): rows - changed for place, rows in enumerate(files)}
        lost = {Path(str(place)) for place, rows in enumerate(files) if rows & changed}
        came = Path("came")
        rests[came] = changed
        left = {file: len(rows) for file, rows in rests.items()}
        groups = parts.plan(left, lost, [came])
        anew = [frozenset().union(*(rests.pop(file) for file in group)) for group in groups]
        files = [*rests.values(), *anew]
        written += sum(map(len, anew))
        assert sorted(row for rows in files for row in rows) == list(range(240))
        assert len(files) <= 16
        assert max(map(len, files)) <= 60
    # To write all of it each time would be 96,000.
    assert written < 40_000


def test_an_id_that_commits_late_comes(shop: Shop) -> None:
    with shop.database.connect() as late, late.transaction():
        late.execute(
            "insert into user_actions (utm_session_id, action_type, timestamp) "
            "values (1, 'late', now())"
        )
        shop.execute(
            "insert into user_actions (utm_session_id, action_type, timestamp) "
            "select 1, 'early', now() from generate_series(1, 5)"
        )
        shop.extract()
        assert ("late",) not in shop.rows("user_actions", "action_type")
    shop.extract()
    assert ("late",) in shop.rows("user_actions", "action_type")
    assert shop.is_whole()


def test_a_stray_huge_id_hides_nothing(shop: Shop) -> None:
    shop.execute(
        "insert into user_actions (id, utm_session_id, action_type, timestamp) "
        "values (9223372036854775807, 1, 'stray', now())"
    )
    shop.extract()
    shop.execute(
        "insert into user_actions (utm_session_id, action_type, timestamp) values (1, 'x', now())"
    )
    shop.extract()
    assert shop.is_whole()


def test_a_mark_in_the_future_hides_nothing(shop: Shop) -> None:
    shop.execute("update utm_sessions set last_seen = 'infinity' where id = 1")
    shop.execute("update orders set updated = '2199-01-01' where id = 1")
    shop.extract()
    shop.execute("update utm_sessions set last_seen = now(), city = 'Kyiv' where id = 50")
    shop.execute("update orders set updated = now(), status = 'ship' where id = 7")
    shop.extract()
    assert shop.is_whole()


def test_a_missing_mark_comes_each_time(shop: Shop) -> None:
    shop.execute("alter table orders alter updated drop not null")
    shop.execute("update orders set updated = null where id = 3")
    shop.extract()
    shop.execute("update orders set status = 'ship' where id = 3")
    shop.extract()
    assert shop.is_whole()


# What the look-back does not promise, and --full does.

UNSEEN = {
    "deleted long after": "delete from utm_sessions where id = 5",
    "changed without a trace": "update utm_sessions set city = 'Kharkiv' where id = 5",
    "an action changed": "update user_actions set action_type = 'lead' where id = 5",
    "an action deleted": "delete from user_actions where id = 5",
}


@pytest.mark.parametrize("edit", UNSEEN.values(), ids=UNSEEN)
def test_what_lies_behind_the_lookback_waits_for_full(shop: Shop, edit: str) -> None:
    shop.execute(edit)
    shop.extract()
    assert not shop.is_whole()
    shop.extract(full=True)
    assert shop.is_whole()


# Tables that say little about themselves.

POOR = {
    "no last_seen": ("alter table utm_sessions drop last_seen", "utm_sessions"),
    "last_seen as a number": (
        "alter table utm_sessions alter last_seen type bigint using 1700000000",
        "utm_sessions",
    ),
    "no updated": ("alter table orders drop updated", "orders"),
    "no key": ("alter table user_actions drop constraint user_actions_pkey", "user_actions"),
    "a key that may be missing": (
        "alter table orders drop constraint orders_pkey, alter id drop not null; "
        "create unique index on orders (id)",
        "orders",
    ),
    "a key of text": ("alter table orders alter id type text", "orders"),
    "a key in part": (
        "alter table orders drop constraint orders_pkey; "
        "create unique index on orders (id) where id > 0",
        "orders",
    ),
    "a view": (
        "alter table orders rename to orders_table; create view orders as "
        "select * from orders_table union all select * from orders_table",
        "orders",
    ),
    "heirs": (
        "create table old_orders () inherits (orders); insert into old_orders select * from orders "
        "where id < 9",
        "orders",
    ),
}


@pytest.mark.parametrize(("change", "table"), POOR.values(), ids=POOR)
def test_a_table_that_tells_no_changes_is_read_whole(shop: Shop, change: str, table: str) -> None:
    shop.execute(*change.split("; "))
    shop.extract()
    shop.extract()
    assert shop.said(table).whole
    assert shop.said(table).note
    assert shop.said(table).written == 0
    # Then even what leaves no trace is seen.
    real = "orders_table" if change.startswith("alter table orders rename") else table
    column = "action_type" if table == "user_actions" else "utm_source"
    shop.execute(f"update {real} set {column} = 'x' where id::text = '5'")
    shop.execute(f"delete from {real} where id::text = '7'")
    shop.extract()
    assert shop.said(table).written > 0
    assert shop.is_whole()


MARKS = {
    "timestamp": "timestamp using {mark} at time zone 'Europe/Kyiv'",
    "date": "date",
    "text": "text using to_char({mark}, 'YYYY-MM-DD\"T\"HH24:MI:SS.US') || '+03:00'",
    "padded text": "text using e' \\t' || to_char({mark}, 'YYYY-MM-DD HH24:MI:SS')",
    "varchar": "varchar(40) using to_char({mark}, 'YYYY-MM-DD HH24:MI:SS')",
}


@pytest.mark.parametrize("kind", MARKS.values(), ids=MARKS)
def test_a_mark_of_another_type_tells_changes_too(shop: Shop, kind: str) -> None:
    shop.execute(
        f"alter table orders alter updated type {kind.format(mark='updated')}",
        f"alter table utm_sessions alter last_seen type {kind.format(mark='last_seen')}",
    )
    shop.extract()
    shop.extract()
    assert not shop.said("orders").whole
    assert not shop.said("utm_sessions").whole
    today = kind.format(mark="now()").partition("using ")[2] or "now()"
    shop.execute(
        f"update orders set updated = {today}, status = 'ship' where id = 2",
        f"update utm_sessions set last_seen = {today}, city = 'Lutsk' where id = 2",
    )
    shop.extract()
    assert shop.said("orders").changed == 1
    assert shop.said("utm_sessions").changed == 1
    assert shop.is_whole()


@pytest.mark.parametrize("key", ["int", "smallint", "id_domain"])
def test_keys_of_other_whole_numbers(shop: Shop, key: str) -> None:
    shop.execute(
        "drop domain if exists id_domain cascade",
        "create domain id_domain as bigint check (value > 0)",
        f"alter table orders alter id type {key}",
    )
    shop.extract()
    shop.execute("update orders set updated = now(), status = 'ship' where id = 2")
    shop.extract()
    assert not shop.said("orders").whole
    assert shop.is_whole()


@pytest.mark.parametrize("key", ["bigserial", "bigint generated always as identity"])
def test_a_partitioned_table_is_read_by_its_sequence(shop: Shop, key: str) -> None:
    shop.execute(
        "drop table user_actions",
        f"create table user_actions (id {key}, utm_session_id bigint, action_type text, "
        "timestamp timestamptz, primary key (id, timestamp)) partition by range (timestamp)",
        "create table a_1 partition of user_actions for values from (minvalue) to ('2025-01-01')",
        "create table a_2 partition of user_actions for values from ('2025-01-01') to (maxvalue)",
        "insert into user_actions (utm_session_id, action_type, timestamp) select 1, 'click', "
        "'2024-12-20'::timestamptz + n * interval '1 hour' from generate_series(1, 400) n",
    )
    shop.extract()
    assert shop.said("user_actions").rows == 400
    shop.execute(
        "insert into user_actions (utm_session_id, action_type, timestamp) values (1, 'x', now())"
    )
    shop.extract()
    assert (shop.said("user_actions").whole, shop.said("user_actions").new) == (False, 1)
    assert shop.is_whole()


# The state: what it does not fit, is read whole, and that is said.


_LOST = "what the last extract knew is lost"
_BY_HAND = "its files are gone or were changed by hand"
_ANEW = "the shop made it anew, rewrote or emptied it"
MISFITS: dict[str, tuple[Callable[[Shop], object], str]] = {
    "no state": (lambda shop: shop.state.unlink(), _LOST),
    "a damaged state": (lambda shop: shop.state.write_text('{"version": 1, "tab'), _LOST),
    "a state of another version": (
        lambda shop: shop.state.write_text(
            json.dumps({**json.loads(shop.state.read_text()), "version": 99})
        ),
        _LOST,
    ),
    "a file written anew": (lambda shop: shop.file.write_bytes(shop.file.read_bytes()), _BY_HAND),
    "a file cut": (lambda shop: shop.file.write_bytes(shop.file.read_bytes()[:100]), _BY_HAND),
    "a file gone": (lambda shop: shop.file.unlink(), _BY_HAND),
    "all files gone": (
        lambda shop: [file.unlink() for file in shop.file.parent.iterdir()],
        _BY_HAND,
    ),
    "a file more": (
        lambda shop: shutil.copy(shop.file, shop.file.with_name("extract-000077.parquet")),
        "its folder has files of another extract",
    ),
    "the table emptied": (
        lambda shop: shop.execute(
            "create table kept as select * from utm_sessions where id <= 20",
            "truncate utm_sessions",
            "insert into utm_sessions select * from kept",
        ),
        _ANEW,
    ),
    "the table made anew": (
        lambda shop: shop.execute(
            "alter table utm_sessions rename to old_sessions",
            "create table utm_sessions (like old_sessions including all)",
            "insert into utm_sessions select * from old_sessions where id <= 20",
        ),
        _ANEW,
    ),
    "another column": (
        lambda shop: shop.execute("alter table utm_sessions drop utm_term, add gender text"),
        "its columns have changed",
    ),
}


@pytest.mark.parametrize(("harm", "why"), MISFITS.values(), ids=MISFITS)
def test_what_does_not_fit_is_read_whole(
    shop: Shop, harm: Callable[[Shop], object], why: str
) -> None:
    harm(shop)
    shop.extract()
    assert shop.said("utm_sessions").note == why
    assert shop.said("utm_sessions").whole
    assert shop.is_whole()
    shop.extract()
    assert shop.said("utm_sessions").note == ""


def test_another_database_is_read_whole(shop: Shop, postgres: object, tmp_path: Path) -> None:
    from postgres_server import PostgresServer

    assert isinstance(postgres, PostgresServer)
    with postgres.database() as database:
        create_shop(database, count=30)
        shop.settings = settings_for(database, tmp_path / "own")
        shop.other = settings_for(database, tmp_path / "other")
        shop.extract()
        assert {table.note for table in shop.tables()} == {"it is another database"}
        assert shop.said("utm_sessions").rows == 30
        assert shop.is_whole()


def test_another_name_takes_the_old_files_along(shop: Shop, tmp_path: Path) -> None:
    shop.execute("alter table orders rename to orders_order")
    renamed = {"UTM_RAW_TABLES": "orders=orders_order"}
    shop.settings = settings_for(shop.database, tmp_path / "own", **renamed)
    shop.other = settings_for(shop.database, tmp_path / "other", **renamed)
    shop.extract()
    assert shop.said("orders").note == "it was called orders"
    assert not list((shop.settings.raw_dir / "orders").glob("*"))
    assert shop.rows("orders_order", "id")
    shop.execute("update orders_order set updated = now(), status = 'ship' where id = 2")
    shop.extract()
    assert shop.is_whole()


def test_a_table_that_vanished_is_not_taken_for_empty(shop: Shop) -> None:
    shop.execute("alter table user_actions rename to elsewhere")
    before = shop.files()
    for full in (False, True):
        with pytest.raises(InputError, match="user_actions was there at the last extract") as told:
            shop.extract(full)
    assert shop.files() == before
    # The fix: to remove its folder says that it is right.
    folder = shop.settings.raw_dir / "user_actions"
    assert str(folder) in told.value.fix
    for file in folder.iterdir():
        file.unlink()
    folder.rmdir()
    shop.extract()
    assert "user_actions" not in {table.table for table in shop.tables()}


def test_the_real_limits() -> None:
    """The tests above lower them."""
    assert _LIMITS == (3, 20_000, 500_000)
