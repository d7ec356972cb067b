"""Refreshes of the tests share what dbt has parsed, whatever folder or server they build in.

dbt parses the whole project again, for three seconds of a processor and more, when the path of the
warehouse is another one, or the server, although no model reads them. It still compares every file
with what it parsed.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterable
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from utm_pipeline import project as dbt_project

_PARSED = "partial_parse.msgpack"


def share_parsed_project(monkeypatch: pytest.MonkeyPatch, shared: Path) -> None:
    """Makes refreshes begin with what one before them has left in ``shared``, a folder."""
    from dbt.adapters.duckdb.credentials import DuckDBCredentials
    from dbt.adapters.postgres.connections import PostgresCredentials
    from dbt.cli.main import dbtRunner

    _ignore(monkeypatch, DuckDBCredentials, "path")
    _ignore(monkeypatch, PostgresCredentials, "host", "port", "user")
    shared.mkdir(exist_ok=True)
    original, invoke = str(dbt_project.project_dir()), dbtRunner.invoke

    def invoke_and_share(self: dbtRunner, args: list[str], **more: Any) -> Any:
        given = dict(pairwise(args))
        # A copy of the project has other paths in what dbt parsed.
        if given.get("--project-dir") != original or "--target-path" not in given:
            return invoke(self, args, **more)
        # Relations are parsed with the names of their database and schema.
        names = ("UTM_TARGET", "PGDATABASE", "UTM_SCHEMA", "UTM_BUILD_SCHEMA")
        kept = shared / "-".join(os.environ.get(name, "") for name in names)
        parsed = Path(given["--target-path"]) / _PARSED
        if kept.exists() and not parsed.exists():
            parsed.parent.mkdir(parents=True, exist_ok=True)
            _copy(kept, parsed)
        ended = invoke(self, args, **more)
        if parsed.exists() and not kept.exists():
            _copy(parsed, kept)
        return ended

    monkeypatch.setattr(dbtRunner, "invoke", invoke_and_share)


def _copy(source: Path, target: Path) -> None:
    """In one step, as the other processes of the tests do the same."""
    draft = target.with_name(f"{target.name}.{os.getpid()}")
    shutil.copyfile(source, draft)
    draft.replace(target)


def _ignore(monkeypatch: pytest.MonkeyPatch, credentials: Any, *left_out: str) -> None:
    keys = credentials._connection_keys

    def fewer(self: Any) -> Iterable[str]:
        return tuple(key for key in keys(self) if key not in left_out)

    monkeypatch.setattr(credentials, "_connection_keys", fewer)
