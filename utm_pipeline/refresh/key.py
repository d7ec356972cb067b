"""The key of the hashes of personal data: made on first use, and handed to a build.

HMAC-SHA-256 (RFC 2104) is ``sha256(opad || sha256(ipad || value))``. SQL gets the two pads, and
never in a statement, so that no log, compiled file or statistics of a server can hold them: DuckDB
by variables of the session (dbt_runner.Plugin), PostgreSQL by libpq's PGOPTIONS.
"""

from __future__ import annotations

import hashlib
import os
import secrets
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple

from utm_pipeline.causes import DAMAGE, told
from utm_pipeline.errors import ConfigError
from utm_pipeline.state import replace_private

KEY_FILE = ".utm_pii_key"
_BLOCK = 64


class Pads(NamedTuple):
    """The inner and outer pad of a key: filled with zeros to a block, XORed (RFC 2104)."""

    ipad: bytes
    opad: bytes


def pads(key: str) -> Pads:
    """The pads of a key, 64 bytes each."""
    data = key.encode()
    block = (hashlib.sha256(data).digest() if len(data) > _BLOCK else data).ljust(_BLOCK, b"\0")
    return Pads(bytes(b ^ 0x36 for b in block), bytes(b ^ 0x5C for b in block))


def read_or_create_key(warehouse: Path) -> str:
    """The key kept beside the warehouse, made with mode 0600 where there is none.

    Raises:
        ConfigError: the key file is unreadable, empty or cannot be made.
    """
    path = warehouse.parent / KEY_FILE
    fix = "make the file readable for you, or set UTM_PII_KEY"
    with told(path, "the key of the hashes cannot be read or made", fix, faults=DAMAGE):
        if not path.exists():
            _create(path)
        key = path.read_text(encoding="utf-8").strip()
    if not key:
        raise ConfigError(
            "the file of the hashes' key is empty",
            str(path),
            "restore it from a backup, or set UTM_PII_KEY; another key changes every person_id",
        )
    return key


def _create(path: Path) -> None:
    """Makes the key file; if another process was first, its key stays."""
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_name(f"{KEY_FILE}.{secrets.token_hex(8)}")
    replace_private(draft, secrets.token_hex(32) + "\n")
    try:
        # A hard link fails if the name exists, so that nobody's key is ever overwritten.
        with suppress(FileExistsError):
            os.link(draft, path)
    finally:
        draft.unlink()


def key_of_environment() -> str:
    """The key where dbt runs: UTM_PII_KEY, else the file beside what UTM_WAREHOUSE names."""
    warehouse = os.environ.get("UTM_WAREHOUSE") or "warehouse/utm.duckdb"
    given = os.environ.get("UTM_PII_KEY", "").strip()
    return given or read_or_create_key(Path(warehouse).absolute())


_BUILD_OPTIONS = (
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
    # Rather than to leave rows out of what is read, the server shall refuse.
    "-c row_security=off",
)


def build_options(key: str, before: str = "") -> str:
    """PGOPTIONS of a build: ``before``, what it needs, and the pads of ``key`` in hexadecimal."""
    ipad, opad = pads(key)
    own = (f"-c utm.pii_ipad={ipad.hex()}", f"-c utm.pii_opad={opad.hex()}")
    return " ".join((before, *_BUILD_OPTIONS, *own)).strip()


def set_build_options() -> None:
    """Puts the options into this process's environment, unless they are there already."""
    before = os.environ.get("PGOPTIONS", "")
    if "utm.pii_opad" not in before:
        os.environ["PGOPTIONS"] = build_options(key_of_environment(), before)
