"""The shops that goldens are made of: where their raw files come from, and how each is set up.

Raw files are copied into one folder once, so that both sides of a comparison read the same bytes
even where one of them makes its sample otherwise.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
"""The checkout that these scripts belong to."""
sys.path.append(str(ROOT))  # for the generator of the sample shop
ENGINES = ("duckdb", "postgres")
LANGUAGES = ("uk", "en")
_FOREVER = "99999999"
_LAG = timedelta(minutes=7, seconds=30)


@dataclass(frozen=True)
class Shop:
    """One shop, its instant, and names of its own that queries are filtered by."""

    name: str
    as_of: str
    settings: Mapping[str, str]
    source: str
    campaign: str
    """One that an A/B test is about, where there is any."""
    first_cohort: str
    last_cohort: str

    @property
    def clock(self) -> datetime:
        """What the clock says while its goldens are taken: a little after the data."""
        return datetime.fromisoformat(self.as_of) + _LAG

    def raw(self, inputs: Path) -> Path:
        """The folder of its raw files."""
        return inputs / self.name


SHOPS = (
    Shop(
        "sample",
        "2026-07-06T15:00:00+00:00",
        {"UTM_TIMEZONE": "Europe/Kyiv", "UTM_CURRENCY": "UAH"},
        source="instagram",
        campaign="summer_2026",
        first_cohort="2026-05-01",
        last_cohort="2026-06-15",
    ),
    Shop(
        "hostile",
        # 03:30 in Kyiv, on the day after clocks went forward.
        "2026-03-30T00:30:00+00:00",
        {"UTM_OWN_DOMAINS": "shop.example", "UTM_TIMEZONE": "Europe/Kyiv"},
        source="INST",
        campaign="';_drop_table_fct_sessions;_--",
        first_cohort="2026-02-01",
        last_cohort="2026-03-15",
    ),
    Shop(
        "maven_5k",
        "2012-04-14T00:00:00+00:00",
        {
            "UTM_TIMEZONE": "UTC",
            "UTM_CURRENCY": "USD",
            "UTM_DASHBOARD_URL": "https://shop.example/dashboard?a=1&b=2",
        },
        source="gsearch",
        campaign="nonbrand",
        first_cohort="2012-03-20",
        last_cohort="2012-04-05",
    ),
)

_USUAL = {
    "UTM_PII_KEY": "the key of the goldens",
    "UTM_THREADS": "2",
    "UTM_FRESHNESS_MINUTES": _FOREVER,
    "DEFAULT_FROM_EMAIL": "reports@shop.example",
    "UTM_REPORT_RECIPIENTS": "team@shop.example",
    "UTM_TELEGRAM_CHAT": "@shop_reports",
    # How wide a help text is, and that nothing is coloured.
    "COLUMNS": "80",
    "LINES": "40",
    "NO_COLOR": "1",
    "TERM": "dumb",
    "TZ": "UTC",
    "LC_ALL": "C.UTF-8",
}
_OWN = ("UTM_", "PG", "EMAIL_", "DEFAULT_FROM_", "FORCE_COLOR", "DBT_")


def environment(checkout: Path, home: Path, given: Mapping[str, str]) -> dict[str, str]:
    """The environment of a run: this one without anybody's settings, then ``given``.

    The program comes from ``checkout``, whatever is installed.
    """
    kept = {name: value for name, value in os.environ.items() if not name.startswith(_OWN)}
    return {**kept, **_USUAL, "HOME": str(home), "PYTHONPATH": str(checkout), **given}


def make_inputs(inputs: Path) -> None:
    """Gathers the raw files of every shop, unless they are there already.

    The sample's are made by its generator; maven_5k's come out of the folder that UTM_TEST_DATA
    names.
    """
    if inputs.is_dir():
        return
    draft = Path(tempfile.mkdtemp(prefix="goldens-inputs-"))
    from benchmarks.sample_shop.shop import write_sample

    (draft / "sample").mkdir()
    write_sample(draft / "sample")
    shutil.copytree(ROOT / "tests" / "fixtures" / "hostile", draft / "hostile")
    shutil.copytree(ROOT / "tests" / "fixtures" / "spend", draft / "spend")
    published = Path(os.environ.get("UTM_TEST_DATA", ROOT.parent / "shared" / "data"))
    shutil.copytree(published / "maven_5k", draft / "maven_5k")
    inputs.parent.mkdir(parents=True, exist_ok=True)
    shutil.move(draft, inputs)


def demo(checkout: Path, folder: Path, lang: str) -> subprocess.CompletedProcess[bytes]:
    """Runs ``demo``, whose warehouse and raw files come into ``folder/demo``."""
    given = {"UTM_WAREHOUSE": str(folder / "utm.duckdb"), "UTM_LANG": lang}
    return run(checkout, folder, given, "demo")


def run(
    checkout: Path, folder: Path, given: Mapping[str, str], *arguments: str
) -> subprocess.CompletedProcess[bytes]:
    """One command of the program in a process of its own, started in ``folder``.

    Raises:
        RuntimeError: it failed; the message has its words.
    """
    done = subprocess.run(
        [sys.executable, "-m", "utm_pipeline", *arguments],
        env=environment(checkout, folder, given),
        cwd=folder,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        check=False,
    )
    if done.returncode:
        words = done.stderr.decode("utf-8", "replace")
        raise RuntimeError(f"utm-pipeline {' '.join(arguments)}: exit {done.returncode}: {words}")
    return done
