"""Where the dbt project is, its profile, its vars, and a fingerprint of all that it depends on."""

from __future__ import annotations

import hashlib
import hmac
import json
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from utm_pipeline.errors import ConfigError
from utm_pipeline.settings import Settings

_PACKAGE = Path(__file__).resolve().parent
_PROFILE = "profiles.yml.example"


def project_dir() -> Path:
    """The repository's root in a checkout, else the copy inside the installed package.

    Raises:
        ConfigError: there is neither, so the installation is incomplete.
    """
    for place in (_PACKAGE.parent, _PACKAGE / "_dbt"):
        if (place / "dbt_project.yml").is_file() and (place / _PROFILE).is_file():
            return place
    raise ConfigError(
        "the dbt project is missing",
        f"neither beside nor inside {_PACKAGE}",
        "install utm-pipeline again",
    )


def write_profile(project: Path, folder: Path) -> Path:
    """Puts the project's profile into ``folder`` as profiles.yml, and gives the folder back."""
    folder.mkdir(parents=True, exist_ok=True)
    # Rewritten on every run: a newer version may bring another profile.
    shutil.copyfile(project / _PROFILE, folder / "profiles.yml")
    return folder


def read_vars(project: Path, vars_file: Path, given: str | None) -> dict[str, Any]:
    """The dbt vars that override the project's: ``vars.yml``, then ``--vars``, which wins.

    Raises:
        ConfigError: no YAML mapping, a var that the project does not have, or a value of another
            type than its default.
    """
    defaults = _load(project.joinpath("dbt_project.yml"))["vars"]
    chosen: dict[str, Any] = {}
    if vars_file.is_file():
        chosen |= _checked(_load(vars_file), defaults, str(vars_file))
    if given is not None:
        chosen |= _checked(_parse(given, "--vars"), defaults, "--vars")
    return chosen


def _checked(values: Mapping[str, Any], defaults: Mapping[str, Any], place: str) -> dict[str, Any]:
    for name, value in values.items():
        if name not in defaults:
            raise ConfigError(
                f"there is no var {name!r}", place, f"the vars are {', '.join(sorted(defaults))}"
            )
        default = defaults[name]
        if default is not None and _kind(value) != _kind(default):
            raise ConfigError(
                f"the var {name} is {value!r}", place, f"give it a {_kind(default)}, like {default}"
            )
    return dict(values)


def _kind(value: object) -> str:
    if isinstance(value, bool):
        return "true or false"
    return "number" if isinstance(value, int | float) else type(value).__name__


def _load(path: Path) -> dict[str, Any]:
    try:
        return _parse(path.read_text(encoding="utf-8"), str(path))
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(
            f"the file cannot be read ({type(error).__name__})", str(path), "make it readable UTF-8"
        ) from error


def _parse(text: str, place: str) -> dict[str, Any]:
    import yaml

    try:
        values = yaml.safe_load(text) or {}
    except yaml.YAMLError:
        values = None
    if not isinstance(values, dict):
        raise ConfigError(
            "this is no YAML mapping", place, "write lines like attribution_lookback_days: 30"
        )
    return values


def fingerprint(project: Path, settings: Settings, variables: Mapping[str, Any], key: str) -> str:
    """64 hexadecimal digits; another model, seed, var, setting or key gives others.

    An incremental refresh keeps rows of earlier ones. That is right only while models, seeds, vars
    and the settings that models read are the same. Which files were read is no part of it: the
    models themselves keep account of those.
    """
    digest = hashlib.sha256()
    found = [
        path
        for folder in ("models", "macros", "seeds")
        for path in sorted((project / folder).rglob("*"))
        if path.suffix in {".sql", ".yml", ".csv"}
    ]
    for path in (project / "dbt_project.yml", *found):
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
