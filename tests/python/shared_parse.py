"""Refreshes of the tests share what dbt has parsed, whatever folder their warehouse is in.

dbt parses the whole project again, for three seconds, when the path of the warehouse is another
one, although no model reads the path. It still compares every file with what it parsed.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pytest

from utm_pipeline import project as dbt_project

_PARSED = Path("target") / "duckdb" / "partial_parse.msgpack"


def share_parsed_project(monkeypatch: pytest.MonkeyPatch, shared: Path) -> None:
    """Makes refreshes on DuckDB begin with what one of them has left in ``shared``."""
    write_profile, original = dbt_project.write_profile, dbt_project.project_dir()
    before: list[Path] = []

    def write_profile_and_share(project: Path, folder: Path) -> Path:
        # A copy of the project has other paths in what dbt parsed.
        if project == original:
            _ignore_the_path(monkeypatch)
            if before and before[-1].is_file() and not shared.exists():
                _copy(before[-1], shared)
            parsed = folder.parent / _PARSED
            if shared.exists() and not parsed.exists():
                parsed.parent.mkdir(parents=True, exist_ok=True)
                _copy(shared, parsed)
            before[:] = [parsed]
        return write_profile(project, folder)

    monkeypatch.setattr(dbt_project, "write_profile", write_profile_and_share)


def _copy(source: Path, target: Path) -> None:
    """In one step, as the other processes of the tests do the same."""
    draft = target.with_suffix(f".{os.getpid()}")
    shutil.copyfile(source, draft)
    draft.replace(target)


def _ignore_the_path(monkeypatch: pytest.MonkeyPatch) -> None:
    # Here, because importing dbt takes seconds and most tests do without it.
    from dbt.adapters.duckdb.credentials import DuckDBCredentials

    keys = DuckDBCredentials._connection_keys
    if keys.__name__ == "without_path":
        return

    def without_path(self: Any) -> Iterable[str]:
        return tuple(key for key in keys(self) if key != "path")

    monkeypatch.setattr(DuckDBCredentials, "_connection_keys", without_path)
