"""What the rows of a warehouse depend on besides the raw files, as one short text.

An incremental refresh keeps rows of earlier ones. That is right only while models, seeds, vars and
the settings that models read are the same; when the fingerprint differs, everything is built anew.
Which files were read is no part of it: the models themselves keep account of those.
"""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from utm_pipeline.settings import Settings

_FOLDERS = ("models", "macros", "seeds")


def fingerprint(project: Path, settings: Settings, variables: Mapping[str, Any], key: str) -> str:
    """64 hexadecimal digits; another model, seed, var, setting or key gives others."""
    digest = hashlib.sha256()
    for path in (project / "dbt_project.yml", *_files(project)):
        content = hashlib.sha256(path.read_bytes()).hexdigest()
        digest.update(f"{path.relative_to(project).as_posix()} {content}\n".encode())
    read_by_models = {
        "timezone": settings.timezone,
        "own_domains": settings.own_domains,
        "raw_tables": dict(settings.raw_tables),
        "schema": settings.schema,
        "vars": dict(variables),
        # As secret as any hash in the warehouse: the key does not follow from it.
        "key": hmac.new(key.encode(), b"fingerprint", hashlib.sha256).hexdigest(),
    }
    digest.update(json.dumps(read_by_models, sort_keys=True, default=str).encode())
    return digest.hexdigest()


def _files(project: Path) -> Iterator[Path]:
    for folder in _FOLDERS:
        for path in sorted((project / folder).rglob("*")):
            if path.suffix in {".sql", ".yml", ".csv"}:
                yield path
