"""Where the dbt project is, which vars it has, and the profile that the tool runs it with."""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from utm_pipeline.errors import ConfigError

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
