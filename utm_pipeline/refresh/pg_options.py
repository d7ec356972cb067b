"""Options of the connections that build on PostgreSQL: the key of the hashes among them.

The key goes the way that libpq offers for settings of a session, its PGOPTIONS, and so is never
part of a statement that a log, a compiled file or the server's statistics could hold.
"""

from __future__ import annotations

import os
from pathlib import Path

from utm_pipeline import pii

_BUILD = (
    "-c timezone=UTC",
    # The expressions are long and the tables narrow: compiling costs more than it saves.
    "-c jit=off",
    "-c work_mem=128MB",
    # Joins are of whole tables. A planner that expects few rows of a step would loop over them all.
    "-c enable_nestloop=off",
    # A statement whose client is gone shall not hold its tables.
    "-c client_connection_check_interval=5s",
    "-c lock_timeout=60s",
    "-c idle_in_transaction_session_timeout=15min",
    "-c client_min_messages=warning",
)


def build_options(key: str, before: str = "") -> str:
    """PGOPTIONS of a build: ``before``, what it needs, and the pads of ``key`` in hexadecimal."""
    pads = pii.pads(key)
    own = (f"-c utm.pii_ipad={pads.ipad.hex()}", f"-c utm.pii_opad={pads.opad.hex()}")
    return " ".join((before, *_BUILD, *own)).strip()


def set_for_dbt() -> None:
    """Puts the options into this process's environment, unless they are there already.

    The key is UTM_PII_KEY, else the file beside the warehouse that UTM_WAREHOUSE names.

    Raises:
        ConfigError: the key file is unreadable, empty or cannot be made.
    """
    before = os.environ.get("PGOPTIONS", "")
    if "utm.pii_opad" in before:
        return
    key = os.environ.get("UTM_PII_KEY", "").strip()
    if not key:
        warehouse = os.environ.get("UTM_WAREHOUSE") or "warehouse/utm.duckdb"
        key = pii.read_or_create_key(Path(warehouse).absolute())
    os.environ["PGOPTIONS"] = build_options(key, before)
