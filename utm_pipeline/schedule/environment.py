"""Settings that a scheduled run would not see, because only this terminal has them."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from utm_pipeline.errors import ConfigError
from utm_pipeline.settings import VARIABLES, Settings, load_settings


def check_environment(settings: Settings, environment: Mapping[str, str], folder: Path) -> None:
    """Refuses what works here and would not work by itself.

    Args:
        settings: those of this terminal.
        environment: its variables.
        folder: where ``.env`` was looked for.

    Raises:
        ConfigError: variables of the environment say something that ``.env`` does not. Only their
            names are told. Or ``.env`` is wrong.
    """
    alone = load_settings({}, folder)
    has_database = settings.target == "postgres" or settings.shop_dsn is not None
    names = [
        name
        for name in environment
        if name in VARIABLES or (has_database and name.startswith("PG"))
    ]
    unseen = sorted(
        name for name in names if load_settings({name: environment[name]}, folder) != alone
    )
    if unseen:
        raise ConfigError(
            f"{', '.join(unseen)} {'is' if len(unseen) == 1 else 'are'} set in this terminal's "
            "environment, which scheduled runs do not see",
            str(alone.home / ".env"),
            f"write {', '.join(unseen)} into this file, or unset what is not meant for this shop",
        )
