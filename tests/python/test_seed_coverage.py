"""Seeds are what their scripts make of public lists, and cover them.

The lists of referrers lie outside the repository, in ``referrers`` of the folder that UTM_TEST_DATA
names. Without them two tests are skipped, or fail where UTM_REQUIRE_TEST_DATA is 1.
"""

from __future__ import annotations

import csv
import importlib.util
import os
import re
import sys
from collections import Counter
from pathlib import Path
from types import ModuleType

import pytest
from crawleruseragents import CRAWLER_USER_AGENTS_DATA

from cases import given

ROOT = Path(__file__).resolve().parents[2]
SEEDS = ROOT / "seeds"
# Read here, as every test clears the environment of such names.
DATA = Path(os.environ.get("UTM_TEST_DATA") or ROOT.parent / "shared" / "data").resolve()


def script(name: str) -> ModuleType:
    """A script of benchmarks/seeds as a module."""
    path = ROOT / "benchmarks" / "seeds" / f"{name}.py"
    spec = importlib.util.spec_from_file_location(f"seeds_{name}", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


def rows_of(name: str) -> list[tuple[str, ...]]:
    """Rows of a seed without its heading."""
    with (SEEDS / f"{name}.csv").open(encoding="utf-8", newline="") as file:
        return [tuple(row) for row in csv.reader(file)][1:]


@pytest.fixture(scope="module")
def lists() -> Path:
    """The folder of the public lists of referrers."""
    return given(DATA / "referrers")


def test_seeds_are_what_their_scripts_make() -> None:
    assert rows_of("bot_user_agents") == list(script("bots").rows())
    found = script("lists")
    assert [value for (value,) in rows_of("utm_placeholders")] == sorted(found.placeholders())
    assert [host for (host,) in rows_of("payment_hosts")] == sorted(found.payment_hosts())
    assert [host for (host,) in rows_of("mail_hosts")] == sorted(found.mail_hosts())
    assert dict(rows_of("utm_source_aliases")) == script("aliases").aliases()


def test_referrers_are_what_their_script_makes(lists: Path) -> None:
    made = script("referrers").rows(lists)
    assert {host: (source, medium) for host, source, medium in rows_of("referrer_sources")} == made


def test_referrers_cover_the_lists(lists: Path) -> None:
    makers = script("referrers")
    known = {host: (source, medium) for host, source, medium in rows_of("referrer_sources")}
    listed, right = Counter[str](), Counter[str]()
    for medium, _, hosts in makers.entries(lists):
        for host in hosts:
            listed[medium] += 1
            row = makers.known(known, host)
            right[medium] += row is not None and row[1] == medium
    assert set(listed) == {"ai", "social", "organic"}
    assert {medium: right[medium] / listed[medium] >= 0.9 for medium in listed} == dict.fromkeys(
        listed, True
    ), (right, listed)


def test_bots_cover_the_list() -> None:
    patterns = [pattern for pattern, _ in rows_of("bot_user_agents")]
    bots = re.compile("|".join(f"(?:{pattern})" for pattern in patterns), re.IGNORECASE)
    agents = {agent for entry in CRAWLER_USER_AGENTS_DATA for agent in entry["instances"]}
    missed = sorted(agent for agent in agents if not bots.search(agent))
    assert len(agents) > 2000
    assert len(missed) / len(agents) < 0.05, missed
