"""Personal data and the key of its hashes stay where they belong.

Unmistakable personal data is planted in every place of the raw files that can hold some, then
looked for in everything that a refresh leaves behind and says, also when models and tests fail.
The runs use a copy of the project, so that faults can be planted in it.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import NamedTuple

import duckdb
import pytest

from fault_shop import OF_THE_RUN
from utm_pipeline import cli
from utm_pipeline.refresh.key import pads

ROOT = Path(__file__).resolve().parents[2]
PROJECT = (
    *("utm_pipeline", "models", "macros", "seeds", "tests/dbt"),
    *("dbt_project.yml", "profiles.yml.example"),
)
KEY = "unmistakable-key-2b7e151628aed2a6"
PERSONAL = {
    "session key": "cookie-planted-7f3a9",
    "visitor": "visitor-planted-51c2d",
    "bot's session key": "botcookie-planted-88e1",
    "user id": "987654321",
    "IPv4": "203.0.113.77",
    "IPv6": "2001:db8:77:88::99",
    "e-mail": "planted.mail@secret.example",
    "phone": "0675554433",
    "phone as written": "+38 (067) 555-44-33",
    "phone as normalised": "380675554433",
    "name": "Килина Підкидько",
    "e-mail in a referrer": "planted.referrer@secret.example",
    "e-mail in a landing page": "planted.landing@secret.example",
    "e-mail in a page": "planted.page@secret.example",
    "e-mail in a query": "planted.query@secret.example",
    "escaped e-mail in a page": "planted.escaped%40secret.example",
    "user agent": "planted-agent/77",
}
TAGS = ("utm_source", "utm_medium", "utm_campaign", "utm_content", "utm_term")
IN_TAGS = {f"e-mail in {tag}": f"planted.{tag}+x@secret.example" for tag in TAGS}
# Domains too, for an address that is cut in half would still name somebody.
NEEDLES = {**PERSONAL, **IN_TAGS, "domain": "secret.example"}
CUSTOMER = (PERSONAL["e-mail"].upper(), PERSONAL["phone as written"], PERSONAL["name"])


def table(columns: str, *rows: tuple[object, ...]) -> str:
    """A CSV file of texts without quotes and commas."""
    return "\n".join([columns, *(",".join(map(str, row)) for row in rows)]) + "\n"


def sessions() -> str:
    """Sessions: a kept one with a duplicate, a bot's, an invalid one, one beyond as_of."""
    place = (
        *(PERSONAL["IPv4"], f"Mozilla/5.0 {PERSONAL['user agent']}"),
        f"https://partner.example/?email={PERSONAL['e-mail in a referrer']}",
        f"/?email={PERSONAL['e-mail in a landing page']}",
    )
    tags = tuple(f"to {address}" for address in IN_TAGS.values())
    key, visitor = PERSONAL["session key"], PERSONAL["visitor"]
    times = ("2026-03-01T10:00:00Z", "2026-03-01T10:05:00Z")
    return table(
        "id,session_key,visitor_id,ip_address,user_agent,referrer,landing_page,is_bot,first_seen,"
        "last_seen," + ",".join(TAGS),
        (1, key, visitor, *place, "false", *times, *tags),
        (2, key, visitor, *place, "false", times[0], "", *tags),
        (3, PERSONAL["bot's session key"], visitor, *place, "true", *times, *tags),
        (4, key, visitor, *place, "false", "not a time", "", *tags),
        (5, f"{key}-late", visitor, *place, "false", "2026-04-01", "", *tags),
        # No tags: the source is the referrer's host.
        (6, f"{key}-6", "", PERSONAL["IPv6"], *place[1:], "false", *times, *[""] * 5),
    )


def orders() -> str:
    """Orders: linked by key, by tags of their own, by person alone; invalid; beyond as_of."""
    tags = tuple(IN_TAGS.values())
    user, key = PERSONAL["user id"], PERSONAL["session key"]
    return table(
        "id,total_sum,created,user_id,email,phone,full_name,session_key,payment_status,"
        + ",".join(TAGS),
        (1, 100, "2026-03-01T10:04:00Z", user, *CUSTOMER, key, "paid", *[""] * 5),
        (2, 200, "2026-03-01T11:00:00Z", user, *CUSTOMER, "", "paid", *tags),
        (3, 300, "2026-03-01T12:00:00Z", "", *CUSTOMER, "", "paid", *[""] * 5),
        (4, -400, "2026-03-01T13:00:00Z", user, *CUSTOMER, key, "paid", *tags),
        (5, 500, "2026-04-01T13:00:00Z", user, *CUSTOMER, key, "paid", *tags),
    )


def actions() -> str:
    """Actions: of a kept session, of a bot's, an invalid one, one beyond as_of."""
    page = f"/to/{PERSONAL['e-mail in a page']}?from={PERSONAL['e-mail in a query']}"
    return table(
        "id,utm_session_id,action_type,timestamp,page_path",
        (1, 1, "lead", "2026-03-01T10:01:00Z", page),
        (2, 3, "lead", "2026-03-01T10:01:00Z", page),
        (3, 1, "lead", "not a time", page),
        (4, 1, "lead", "2026-04-01", page),
        (5, 1, "lead", "2026-03-01T10:02:00Z", f"/at/{PERSONAL['escaped e-mail in a page']}"),
    )


FAULTS = {
    # The engine's message quotes the address, and so would the failed test's rows.
    "models/intermediate/int_planted.sql": (
        "select cast(email as bigint) as number from {{ ref('base_orders') }}\n"
    ),
    # It waits for the facts, or it would keep the model from being tried.
    "tests/dbt/planted_failure.sql": (
        "select raw.*\n"
        "from {{ ref('base_orders') }} as raw\n"
        "inner join {{ ref('fct_orders') }} as facts on raw.order_id = facts.order_id\n"
    ),
}
WARNING = "{{ config(severity='warn') }}\nselect email, phone from {{ ref('base_orders') }}\n"


class Run(NamedTuple):
    """What a refresh said, and its exit code."""

    code: int
    out: str
    err: str


class Shop:
    """A copy of the project and a folder of a shop, with everything that runs leave there."""

    def __init__(self, folder: Path) -> None:
        self.project = folder / "project"
        self.folder = folder / "shop"
        self.warehouse = self.folder / "warehouse" / "utm.duckdb"
        for name in PROJECT:
            source, target = ROOT / name, self.project / name
            target.parent.mkdir(parents=True, exist_ok=True)
            if source.is_dir():
                shutil.copytree(source, target, ignore=shutil.ignore_patterns("__pycache__"))
            else:
                shutil.copyfile(source, target)
        (self.folder / "raw").mkdir(parents=True)
        self.write("utm_sessions", sessions())
        self.write("orders", orders())
        self.write("user_actions", actions())

    def write(self, name: str, text: str) -> None:
        """Writes a raw file."""
        (self.folder / "raw" / f"{name}.csv").write_text(text, encoding="utf-8")

    def refresh(self, *options: str) -> Run:
        """Refreshes in a process of its own."""
        done = subprocess.run(
            [
                *(sys.executable, "-m", "utm_pipeline", "--lang", "en", *options),
                *("refresh", "--as-of", "2026-03-02T00:00:00Z"),
            ],
            cwd=self.folder,
            env={**os.environ, "PYTHONPATH": str(self.project), "UTM_PII_KEY": KEY},
            capture_output=True,
            text=True,
            check=False,
        )
        return Run(done.returncode, done.stdout, done.stderr)

    def assert_silent(self, run: Run) -> None:
        """Neither what the run said nor any file beside the warehouse holds what is secret."""
        texts = {"stdout": run.out.encode(), "stderr": run.err.encode()}
        for path in self.folder.rglob("*"):
            if path.is_file() and path != self.warehouse and path.parent.name != "raw":
                texts[str(path.relative_to(self.folder))] = path.read_bytes()
        # What dbt compiled is among them, or this would prove nothing.
        assert [name for name in texts if name.endswith("fct_sessions.sql")]
        for name, text in texts.items():
            for what, needle in {**NEEDLES, "key": KEY}.items():
                assert needle.lower().encode() not in text.lower(), f"{what} in {name}"
            assert not any(pad in text for pad in pads(KEY)), f"padded key in {name}"


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Shop:
    """The shop before any refresh."""
    return Shop(tmp_path_factory.mktemp("privacy"))


@pytest.fixture(scope="module")
def built(shop: Shop) -> Run:
    """The shop's first refresh, with a test that warns."""
    (shop.project / "tests" / "dbt" / "planted_warning.sql").write_text(WARNING)
    return shop.refresh()


def relations(shop: Shop, condition: str) -> dict[str, list[str]]:
    """All values, as text, of the tables and views that a condition selects."""
    found = {}
    with duckdb.connect(str(shop.warehouse), read_only=True) as connection:
        names = connection.execute(
            f"select table_schema, table_name from information_schema.tables where {condition}"
        ).fetchall()
        for schema, name in names:
            rows = connection.execute(
                f'select cast(columns(*) as varchar) from "{schema}"."{name}"'
            ).fetchall()
            found[name] = [value for row in rows for value in row if value is not None]
    return found


def keyed(value: str) -> str:
    """The keyed hash of a value, made without the project."""
    return hmac.new(KEY.encode(), value.encode(), hashlib.sha256).hexdigest()


def test_a_refresh_says_and_leaves_nothing_personal(shop: Shop, built: Run) -> None:
    assert built.code == 0, built.err
    assert "planted_warning" in built.err
    shop.assert_silent(built)


def test_nothing_behind_staging_holds_personal_data(shop: Shop, built: Run) -> None:
    tables = relations(shop, "table_schema = 'analytics' or table_name like 'int\\_%' escape '\\'")
    assert {"fct_sessions", "fct_orders", "dim_people", "int_identifiers"} <= tables.keys()
    assert all(tables[name] for name in ("fct_sessions", "fct_orders", "dim_people"))
    for name, values in tables.items():
        for value in values:
            for what, needle in NEEDLES.items():
                assert needle.lower() not in value.lower(), f"{what} in {name}"


def test_the_key_is_in_no_table(shop: Shop, built: Run) -> None:
    content = shop.warehouse.read_bytes()
    assert not any(secret in content for secret in (KEY.encode(), *pads(KEY)))
    for name, values in relations(shop, "true").items():
        assert not any(KEY in value for value in values), name


def test_addresses_in_tags_and_pages_are_redacted(shop: Shop, built: Run) -> None:
    with duckdb.connect(str(shop.warehouse), read_only=True) as connection:
        tags = ", ".join(TAGS)
        rows = connection.execute(
            f"select utm_session_id, {tags} from analytics.fct_sessions order by 1"
        ).fetchall()
        own = connection.execute(
            f"select {tags} from analytics.fct_orders where order_id = 2"
        ).fetchall()
        pages = connection.execute("select page_path from analytics.fct_actions").fetchall()
    assert rows == [(1, *["to_redacted"] * 5), (6, "partner.example", "referral", None, None, None)]
    assert own == [("redacted",) * 5]
    assert sorted(pages) == [("/at/redacted",), ("/to/redacted",)]


def marts(shop: Shop) -> dict[str, list[tuple[object, ...]]]:
    """Every row of every mart."""
    with duckdb.connect(str(shop.warehouse), read_only=True) as connection:
        names = connection.execute(
            "select table_name from information_schema.tables where table_schema = 'analytics'"
        ).fetchall()
        return {
            name: connection.execute(f'select * from analytics."{name}" order by all').fetchall()
            for (name,) in names
            if name != OF_THE_RUN
        }


def test_no_mart_confirms_a_guess_at_what_was_cut_off(shop: Shop, built: Run) -> None:
    """With other text where cleaning cuts or redacts, every mart is the same, versions too."""
    before = marts(shop)
    assert before["fct_actions"]
    # In pages, queries, referrers, tags; and what is not read at all.
    others = {"planted.": "guessed.", PERSONAL["IPv4"]: "203.0.113.78", PERSONAL["name"]: "Ганна"}
    for name, lines in (("utm_sessions", sessions()), ("user_actions", actions())):
        for old, new in others.items():
            lines = lines.replace(old, new)  # noqa: PLW2901
        shop.write(name, lines)
    run = shop.refresh()
    assert run.code == 0, run.err
    after = marts(shop)
    shop.write("utm_sessions", sessions())
    shop.write("user_actions", actions())
    assert after == before


def test_hashes_are_hmac_sha256(
    shop: Shop,
    built: Run,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(shop.folder)
    monkeypatch.setenv("UTM_FRESHNESS_MINUTES", "99999999")
    monkeypatch.setenv("UTM_SILENCE_HOURS", "0")
    assert cli.main(["query", "sessions", "--period", "all_time", "--format", "json"]) == 0
    answer = json.loads(capsys.readouterr().out)
    session_key = PERSONAL["session key"]
    assert {line["id"]: line["session_key"] for line in answer} == {
        1: keyed(session_key),
        6: keyed(f"{session_key}-6"),
    }
    with duckdb.connect(str(shop.warehouse), read_only=True) as connection:
        people = connection.execute("select distinct person_id from analytics.fct_orders")
        # One person, whose least type:value is the address; trimmed and in small letters.
        assert people.fetchall() == [(keyed(f"email:{PERSONAL['e-mail']}"),)]
        visitors = connection.execute("select visitor_id from analytics.fct_sessions")
        # What stands before the value in the hash is the model's own matter; that it is one is not.
        assert all(re.fullmatch("[0-9a-f]{64}", visitor) for (visitor,) in visitors.fetchall())


def test_a_file_that_cannot_be_read_is_not_quoted(shop: Shop, built: Run) -> None:
    served = shop.warehouse.read_bytes()
    line = f"9,1,2026-03-01,{PERSONAL['user id']},{','.join(CUSTOMER)},{PERSONAL['session key']}"
    shop.write("orders", orders() + f'{line},"paid" and more,,,,,,{PERSONAL["e-mail"]}\n')
    run = shop.refresh("--debug")
    shop.write("orders", orders())
    assert run.code == 1
    assert run.out == ""
    assert "orders.csv" in run.err
    shop.assert_silent(run)
    assert shop.warehouse.read_bytes() == served


def test_failing_models_and_tests_are_not_quoted(shop: Shop, built: Run) -> None:
    served = shop.warehouse.read_bytes()
    for name, text in FAULTS.items():
        (shop.project / name).write_text(text)
    run = shop.refresh("--debug")
    for name in FAULTS:
        (shop.project / name).unlink()
    assert run.code == 1
    assert run.out == ""
    # Both failed: one is named, the other counted.
    assert "planted" in run.err
    assert "1 more failed" in run.err
    shop.assert_silent(run)
    assert shop.warehouse.read_bytes() == served
