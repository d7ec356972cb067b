"""Plugin of dbt: gives PostgreSQL the key of the hashes.

dbt imports every module whose name begins with ``dbt_`` when it starts. The adapter of DuckDB takes
the key by a plugin of its own (utm_pipeline/refresh/dbt_plugin.py); dbt-postgres has no such thing,
so that the key goes by the options of the connection (utm_pipeline/refresh/pg_options.py).
"""

from __future__ import annotations

import os

from dbt.plugins.manager import dbtPlugin


class UtmPipelinePlugin(dbtPlugin):
    """Sets PGOPTIONS before dbt connects, for this project alone."""

    def initialize(self) -> None:
        """Called by dbt for every project that it runs."""
        from utm_pipeline.refresh import pg_options

        on_postgres = os.environ.get("UTM_TARGET", "duckdb") == "postgres"
        if self.project_name == "utm_pipeline" and on_postgres:
            pg_options.set_for_dbt()


plugins = [UtmPipelinePlugin]
