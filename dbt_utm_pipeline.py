"""Plugin of dbt: gives PostgreSQL the key of the hashes.

dbt imports every module whose name begins with ``dbt_`` when it starts. The adapter of DuckDB takes
the key by a plugin of its own (utm_pipeline/refresh/dbt_runner.py); dbt-postgres has no such thing,
so that the key goes by the options of the connection (utm_pipeline/refresh/key.py).
"""

from __future__ import annotations

import os

from dbt.plugins.manager import dbtPlugin


class UtmPipelinePlugin(dbtPlugin):
    """Sets PGOPTIONS before dbt connects, for this project alone."""

    def initialize(self) -> None:
        """Called by dbt for every project that it runs."""
        from utm_pipeline.refresh.key import set_build_options

        on_postgres = os.environ.get("UTM_TARGET", "duckdb") == "postgres"
        if self.project_name == "utm_pipeline" and on_postgres:
            set_build_options()


plugins = [UtmPipelinePlugin]
