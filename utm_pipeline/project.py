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
from utm_pipeline.state import read_own

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
    own = project / "dbt_project.yml"
    defaults = _parse(own.read_text(encoding="utf-8"), str(own))["vars"]
    chosen: dict[str, Any] = {}
    if vars_file.is_file():
        text, _ = read_own(vars_file)
        chosen |= _checked(_parse(text, str(vars_file)), defaults, str(vars_file))
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
        right = None if default is None else _what_is_right(name, value, default)
        if right is not None:
            raise ConfigError(
                f"the var {name} is {value!r}", place, f"give it {right}, like {default}"
            )
    return dict(values)


_MOST = 1_000_000_000
_MOST_OF = {"_confidence": 99.999, "_days": 36_500, "cohort_periods": 1000, "insight_rows": 1000}
"""By the end of a var's name. No calendar and no table has room for any number."""
_WHOLE = frozenset({"cohort_periods", "identity_max_phones", "insight_rows"})
"""Numbers of things, of which there is one at least."""
_ANY_SIGN = frozenset({"kpi_roi"})


def _what_is_right(name: str, value: object, default: object) -> str | None:
    """What the value of a var should be; None if it is right."""
    kind = _kind(default)
    if _kind(value) != kind:
        return f"a {kind}"
    if not isinstance(value, int | float) or isinstance(value, bool):
        return None
    low = -_MOST if name in _ANY_SIGN else int(name in _WHOLE)
    high = next((most for end, most in _MOST_OF.items() if name.endswith(end)), _MOST)
    # Not true of what is no number.
    is_right = low <= value <= high and (name not in _WHOLE or value == int(value))
    words = "whole number" if name in _WHOLE else kind
    return None if is_right else f"a {words} from {low} to {high}"


def _kind(value: object) -> str:
    if isinstance(value, bool):
        return "true or false"
    names = {int: "number", float: "number", str: "text", list: "list", dict: "mapping"}
    return names.get(type(value), "value")


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
