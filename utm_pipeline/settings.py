"""All settings, read once from the environment and a ``.env`` file, and checked before any work.

The environment wins over ``.env``. A relative path is relative to the place it was written in:
for the environment that is the current folder, for ``.env`` and the defaults the folder of ``.env``
(the current folder where there is no such file).
"""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from utm_pipeline import setting_values as checks
from utm_pipeline.errors import ConfigError

TARGETS = ("duckdb", "postgres", "spark")
LANGUAGES = ("uk", "en")
SERVED_TARGETS = ("duckdb", "postgres")


@dataclass(frozen=True)
class _Setting:
    """One variable: its field, its reader, its default as text, and whether it is a secret."""

    variable: str
    field: str
    read: Callable[[str], Any]
    default: str | None = None
    secret: bool = False


def _cores() -> int:
    """The cores that this process may use, where the system tells, else all."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def _choice(*allowed: str) -> Callable[[str], str]:
    def read(value: str) -> str:
        if value not in allowed:
            raise ValueError(" or ".join((", ".join(allowed[:-1]), allowed[-1])))
        return value

    return read


_SETTINGS = (
    _Setting("UTM_TARGET", "target", _choice(*TARGETS), "duckdb"),
    _Setting("UTM_RAW_DIR", "raw_dir", checks.path, "raw"),
    _Setting("UTM_WAREHOUSE", "warehouse", checks.path, "warehouse/utm.duckdb"),
    _Setting("UTM_SCHEMA", "schema", checks.identifier, "analytics"),
    _Setting("UTM_RAW_SCHEMA", "raw_schema", checks.identifier, "public"),
    _Setting("UTM_RAW_TABLES", "raw_tables", checks.table_names, ""),
    _Setting("UTM_SHOP_DSN", "shop_dsn", checks.text, secret=True),
    _Setting("UTM_TIMEZONE", "timezone", checks.time_zone, "Europe/Kyiv"),
    _Setting("UTM_OWN_DOMAINS", "own_domains", checks.hosts, ""),
    _Setting("UTM_PII_KEY", "pii_key", checks.text, secret=True),
    _Setting("UTM_CURRENCY", "currency", checks.currency, "UAH"),
    _Setting("UTM_LANG", "lang", _choice(*LANGUAGES), "uk"),
    _Setting("UTM_THREADS", "threads", checks.threads, str(_cores())),
    _Setting("EMAIL_HOST", "email_host", checks.host),
    _Setting("EMAIL_PORT", "email_port", checks.port, "587"),
    _Setting("EMAIL_USE_TLS", "email_use_tls", checks.switch, "true"),
    _Setting("EMAIL_HOST_USER", "email_host_user", checks.text),
    _Setting("EMAIL_HOST_PASSWORD", "email_host_password", checks.text, secret=True),
    _Setting("DEFAULT_FROM_EMAIL", "default_from_email", checks.address),
    _Setting("UTM_REPORT_RECIPIENTS", "report_recipients", checks.addresses, ""),
    _Setting("UTM_FRESHNESS_MINUTES", "freshness_minutes", checks.minutes, "1440"),
    _Setting("UTM_OWNER_EMAIL", "owner_email", checks.address),
    _Setting("UTM_SLACK_WEBHOOK", "slack_webhook", checks.web_address, secret=True),
    _Setting("UTM_TELEGRAM_TOKEN", "telegram_token", checks.text, secret=True),
    _Setting("UTM_TELEGRAM_CHAT", "telegram_chat", checks.text),
    _Setting("UTM_DASHBOARD_URL", "dashboard_url", checks.web_address),
    _Setting("UTM_API_TOKEN", "api_token", checks.text, secret=True),
)
VARIABLES = tuple(setting.variable for setting in _SETTINGS)


@dataclass(frozen=True)
class Settings:
    """Every setting of the interface contract, checked. Secrets stay out of ``repr``."""

    home: Path
    """The folder of ``.env``, or the current one."""
    target: str
    raw_dir: Path
    warehouse: Path
    schema: str
    raw_schema: str
    raw_tables: Mapping[str, str]
    """Real names of raw tables that are not called as the contract calls them."""
    timezone: str
    own_domains: tuple[str, ...]
    currency: str
    lang: str
    threads: int
    email_host: str | None
    email_port: int
    email_use_tls: bool
    email_host_user: str | None
    default_from_email: str | None
    report_recipients: tuple[str, ...]
    freshness_minutes: int
    owner_email: str | None
    telegram_chat: str | None
    dashboard_url: str | None
    shop_dsn: str | None = field(repr=False)
    pii_key: str | None = field(repr=False)
    email_host_password: str | None = field(repr=False)
    slack_webhook: str | None = field(repr=False)
    telegram_token: str | None = field(repr=False)
    api_token: str | None = field(repr=False)
    libpq: Mapping[str, str] = field(repr=False)
    """The PG… variables, for libpq."""

    @cached_property
    def zone(self) -> ZoneInfo:
        """The business time zone."""
        return ZoneInfo(self.timezone)

    @property
    def state_dir(self) -> Path:
        """The folder beside the warehouse for build state: profile, targets, locks."""
        return self.warehouse.parent / ".utm"

    @property
    def vars_file(self) -> Path:
        """The optional file of dbt vars beside ``.env``."""
        return self.home / "vars.yml"

    def raw_name(self, table: str) -> str:
        """What the raw table that the contract calls ``table`` is called here."""
        return self.raw_tables.get(table, table)


def load_settings(
    environment: Mapping[str, str] | None = None,
    folder: Path | None = None,
    overrides: Mapping[str, str | None] | None = None,
) -> Settings:
    """Reads and checks the settings.

    Args:
        environment: the environment's variables; the process's own by default.
        folder: where to look for ``.env``, then in its parents; the current folder by default.
        overrides: variables given on the command line; they win over everything.

    Raises:
        ConfigError: a value is wrong. The message names the variable, its value (never a
            secret's) and what would be right.
    """
    environment = os.environ if environment is None else environment
    folder = Path.cwd() if folder is None else folder
    env_file = find_env_file(folder)
    home = folder if env_file is None else env_file.parent
    from_file = {} if env_file is None else _read_env_file(env_file)
    direct = {**environment, **{k: v for k, v in (overrides or {}).items() if v is not None}}

    values: dict[str, Any] = {}
    for setting in _SETTINGS:
        # A variable that is set but empty in the environment wins too: it asks for the default.
        if setting.variable in direct:
            raw, place, base = direct[setting.variable].strip(), "the environment", folder
        else:
            raw, place, base = from_file.get(setting.variable, "").strip(), str(env_file), home
        if not raw:
            raw, place, base = setting.default or "", "the defaults", home
        value = None if setting.default is None and not raw else _read(setting, raw, place)
        values[setting.field] = (base / value).absolute() if isinstance(value, Path) else value
    libpq = {k: v for k, v in {**from_file, **direct}.items() if k.startswith("PG") and v}
    if "PGPORT" in libpq:
        _read(_Setting("PGPORT", "", checks.port), libpq["PGPORT"], "the environment")
    if values["target"] not in SERVED_TARGETS:
        raise ConfigError(
            f"target {values['target']} is not served so far: this version has duckdb and postgres",
            "UTM_TARGET",
            "set UTM_TARGET to duckdb or postgres",
        )
    return Settings(home=home.absolute(), libpq=libpq, **values)


def find_env_file(folder: Path) -> Path | None:
    """The ``.env`` of the folder, else of the first of its parents that has one."""
    for place in (folder.absolute(), *folder.absolute().parents):
        if (place / ".env").is_file():
            return place / ".env"
    return None


def _read_env_file(path: Path) -> dict[str, str]:
    # Imported here: most containers and servers have no .env, and every query pays for imports.
    from dotenv import dotenv_values

    try:
        return {key: value or "" for key, value in dotenv_values(path, encoding="utf-8").items()}
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(
            f"the settings file cannot be read ({type(error).__name__})",
            str(path),
            "make it a readable UTF-8 file of lines NAME=value",
        ) from error


def _read(setting: _Setting, raw: str, place: str) -> Any:
    try:
        return setting.read(raw)
    except ValueError as error:
        shown = "a value (not shown)" if setting.secret else repr(raw)
        raise ConfigError(
            f"{setting.variable} is {shown}",
            place,
            f"set {setting.variable} to {error}",
        ) from None
