"""Plugin of dbt-duckdb: gives SQL the pads of the key of the hashes as session variables.

They are bound, never part of a statement, so that no log or compiled file can hold them. The key is
UTM_PII_KEY, else the file beside the warehouse that UTM_WAREHOUSE names.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

from dbt.adapters.duckdb.plugins import BasePlugin

from utm_pipeline import pii


class Plugin(BasePlugin):
    """Sets ``utm_pii_ipad`` and ``utm_pii_opad`` on every cursor."""

    def initialize(self, plugin_config: dict[str, Any]) -> None:  # noqa: ARG002
        """Reads the key, or makes it."""
        key = os.environ.get("UTM_PII_KEY", "").strip()
        if not key:
            warehouse = os.environ.get("UTM_WAREHOUSE") or "warehouse/utm.duckdb"
            key = pii.read_or_create_key(Path(warehouse).absolute())
        self._pads = pii.pads(key)

    def configure_cursor(self, cursor: Any) -> None:
        """Called by dbt-duckdb for every cursor that it opens."""
        cursor.execute("set variable utm_pii_ipad = $1::blob", [self._pads.ipad])
        cursor.execute("set variable utm_pii_opad = $1::blob", [self._pads.opad])
