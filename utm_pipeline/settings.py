"""All settings, read once from the environment and a ``.env`` file, and checked before any work.

The environment wins over ``.env``. A relative path is relative to the place it was written in:
for the environment that is the current folder, for ``.env`` and the defaults the folder of ``.env``
(the current folder where there is no such file).
"""
# ruff: noqa: RUF009 - the calls behind the settings make dataclass fields

from __future__ import annotations

import os
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, fields
from functools import cached_property, partial
from pathlib import Path
from typing import Any, Literal, get_args
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from utm_pipeline.errors import ConfigError

Target = Literal["duckdb", "postgres", "spark"]
Language = Literal["uk", "en"]
TARGETS: tuple[str, ...] = get_args(Target)
LANGUAGES: tuple[str, ...] = get_args(Language)
SERVED_TARGETS = ("duckdb", "postgres")
RAW_TABLES = ("utm_sessions", "user_actions", "orders", "ad_spend", "refunds")

# Readers of single values: text in, value out, ValueError with what would be right.

_HOSTS = "host names separated by commas, such as shop.ua,shop.com"
_LABEL = re.compile(r"[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?")
_SWITCHES = dict.fromkeys(("true", "t", "yes", "y", "on", "1"), True) | dict.fromkeys(
    ("false", "f", "no", "n", "off", "0"), False
)


def text(value: str) -> str:
    """Any text without control characters."""
    if not value.isprintable():
        raise ValueError("printable text on one line")
    return value


def path(value: str) -> Path:
    """A path of the file system; ``~`` is the home folder."""
    return Path(text(value)).expanduser()


def identifier(value: str) -> str:
    """A schema's name."""
    taken = {"main", "information_schema", "pg_catalog"}
    if not re.fullmatch(r"[a-z_][a-z0-9_]{0,49}", value) or value in taken:
        raise ValueError("a name of lower-case letters, digits and _, at most 50, not main")
    return value


def number(value: str, low: int, high: int) -> int:
    """A whole number from ``low`` to ``high``."""
    if not re.fullmatch(r"[0-9]{1,10}", value) or not low <= int(value) <= high:
        raise ValueError(f"a whole number from {low} to {high}")
    return int(value)


def choice(value: str, allowed: tuple[str, ...]) -> str:
    """One of several words."""
    if value not in allowed:
        raise ValueError(" or ".join((", ".join(allowed[:-1]), allowed[-1])))
    return value


def switch(value: str) -> bool:
    """A yes or a no."""
    if value.lower() not in _SWITCHES:
        raise ValueError("true or false")
    return _SWITCHES[value.lower()]


def time_zone(value: str) -> str:
    """The name of a time zone that the tz database knows."""
    try:
        ZoneInfo(value)
    except (KeyError, ValueError, OSError):
        raise ValueError("a name of the tz database, such as Europe/Kyiv or UTC") from None
    return value


def hosts(value: str) -> tuple[str, ...]:
    """Comma-separated host names, lower-cased, without a trailing dot."""
    found = []
    for item in _items(value):
        try:
            name = item.lower().rstrip(".").encode("idna").decode("ascii")
        except UnicodeError:
            raise ValueError(_HOSTS) from None
        if not all(_LABEL.fullmatch(label) for label in name.split(".")):
            raise ValueError(_HOSTS)
        found.append(name)
    return tuple(found)


def host(value: str) -> str:
    """One host name or IP address."""
    if re.fullmatch(r"[0-9a-fA-F:.]+", value):
        return value
    if len(hosts(value)) != 1 or "," in value:
        raise ValueError("one host name, such as smtp.example.com")
    return value


def address(value: str) -> str:
    """An e-mail address, with a name in front or without: ``Shop <shop@example.com>``."""
    named = re.fullmatch(r"[^<>]*<([^<>]+)>", value)
    if not re.fullmatch(r"[^@\s<>,]+@[^@\s<>,]+", named[1] if named else value):
        raise ValueError("an e-mail address")
    return text(value)


def addresses(value: str) -> tuple[str, ...]:
    """Comma-separated e-mail addresses."""
    try:
        return tuple(address(item) for item in _items(value))
    except ValueError:
        raise ValueError("e-mail addresses separated by commas") from None


def web_address(value: str) -> str:
    """An http or https address."""
    parts = urlsplit(text(value))
    if parts.scheme not in {"http", "https"} or not parts.hostname:
        raise ValueError("an http or https address")
    return value


def currency(value: str) -> str:
    """An ISO 4217 code."""
    if not re.fullmatch(r"[A-Z]{3}", value):
        raise ValueError("three capital letters, such as UAH")
    return value


def table_names(value: str) -> dict[str, str]:
    """``contract name=real name`` pairs, comma-separated, for tables that are called otherwise."""
    names: dict[str, str] = {}
    for item in _items(value):
        table, equals, real = (part.strip() for part in item.partition("="))
        if not equals or table not in RAW_TABLES or table in names:
            known = ", ".join(RAW_TABLES)
            raise ValueError(f"pairs like orders=orders_order; the tables are {known}")
        if not re.fullmatch(r"[A-Za-z_][A-Za-z0-9_]*", real):
            raise ValueError("real names of letters, digits and _")
        names[table] = real
    if len({names.get(table, table) for table in RAW_TABLES}) < len(RAW_TABLES):
        raise ValueError("a name of its own for every table")
    return names


def _items(value: str) -> list[str]:
    return [item.strip() for item in value.split(",") if item.strip()]


def _cores() -> int:
    """The cores that this process may use, where the system tells, else all."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


@dataclass(frozen=True)
class Variable:
    """Where a setting comes from: its reader, and its default as text."""

    name: str
    read: Callable[[str], Any]
    default: str | None = None
    is_secret: bool = False


def _from(
    name: str, read: Callable[[str], Any], default: str | None = None, *, secret: bool = False
) -> Any:
    variable = Variable(name, read, default, secret)
    return field(repr=not secret, metadata={"variable": variable})


@dataclass(frozen=True)
class Settings:
    """Every setting of the interface contract, checked. Secrets stay out of ``repr``."""

    home: Path
    """The folder of ``.env``, or the current one."""
    libpq: Mapping[str, str] = field(repr=False)
    """The PG… variables, for libpq."""
    target: str = _from("UTM_TARGET", partial(choice, allowed=TARGETS), "duckdb")
    raw_dir: Path = _from("UTM_RAW_DIR", path, "raw")
    warehouse: Path = _from("UTM_WAREHOUSE", path, "warehouse/utm.duckdb")
    schema: str = _from("UTM_SCHEMA", identifier, "analytics")
    raw_schema: str = _from("UTM_RAW_SCHEMA", identifier, "public")
    raw_tables: Mapping[str, str] = _from("UTM_RAW_TABLES", table_names, "")
    """Real names of raw tables that are not called as the contract calls them."""
    shop_dsn: str | None = _from("UTM_SHOP_DSN", text, secret=True)
    timezone: str = _from("UTM_TIMEZONE", time_zone, "Europe/Kyiv")
    own_domains: tuple[str, ...] = _from("UTM_OWN_DOMAINS", hosts, "")
    pii_key: str | None = _from("UTM_PII_KEY", text, secret=True)
    currency: str = _from("UTM_CURRENCY", currency, "UAH")
    lang: str = _from("UTM_LANG", partial(choice, allowed=LANGUAGES), "uk")
    threads: int = _from("UTM_THREADS", partial(number, low=1, high=1024), str(_cores()))
    email_host: str | None = _from("EMAIL_HOST", host)
    email_port: int = _from("EMAIL_PORT", partial(number, low=1, high=65535), "587")
    email_use_tls: bool = _from("EMAIL_USE_TLS", switch, "true")
    email_host_user: str | None = _from("EMAIL_HOST_USER", text)
    email_host_password: str | None = _from("EMAIL_HOST_PASSWORD", text, secret=True)
    default_from_email: str | None = _from("DEFAULT_FROM_EMAIL", address)
    report_recipients: tuple[str, ...] = _from("UTM_REPORT_RECIPIENTS", addresses, "")
    freshness_minutes: int = _from(
        "UTM_FRESHNESS_MINUTES", partial(number, low=1, high=2_147_483_647), "1440"
    )
    silence_hours: int = _from("UTM_SILENCE_HOURS", partial(number, low=0, high=1_000_000), "72")
    owner_email: str | None = _from("UTM_OWNER_EMAIL", address)
    slack_webhook: str | None = _from("UTM_SLACK_WEBHOOK", web_address, secret=True)
    telegram_token: str | None = _from("UTM_TELEGRAM_TOKEN", text, secret=True)
    telegram_chat: str | None = _from("UTM_TELEGRAM_CHAT", text)
    dashboard_url: str | None = _from("UTM_DASHBOARD_URL", web_address)
    api_token: str | None = _from("UTM_API_TOKEN", text, secret=True)

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


SETTINGS: Mapping[str, Variable] = {
    part.name: part.metadata["variable"] for part in fields(Settings) if part.metadata
}
"""The variable of each field of :class:`Settings`."""
VARIABLES = tuple(variable.name for variable in SETTINGS.values())


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
    for key, variable in SETTINGS.items():
        # A variable that is set but empty in the environment wins too: it asks for the default.
        if variable.name in direct:
            raw, place, base = direct[variable.name].strip(), "the environment", folder
        else:
            raw, place, base = from_file.get(variable.name, "").strip(), str(env_file), home
        if not raw:
            raw, place, base = variable.default or "", "the defaults", home
        value = None if variable.default is None and not raw else _read(variable, raw, place)
        values[key] = (base / value).absolute() if isinstance(value, Path) else value
    libpq = {k: v for k, v in {**from_file, **direct}.items() if k.startswith("PG") and v}
    if "PGPORT" in libpq:
        port = Variable("PGPORT", SETTINGS["email_port"].read)
        _read(port, libpq["PGPORT"], "the environment")
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


def _read_env_file(file: Path) -> dict[str, str]:
    # Imported here: most containers and servers have no .env, and every query pays for imports.
    from dotenv import dotenv_values

    try:
        return {key: value or "" for key, value in dotenv_values(file, encoding="utf-8").items()}
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(
            f"the settings file cannot be read ({type(error).__name__})",
            str(file),
            "make it a readable UTF-8 file of lines NAME=value",
        ) from error


def _read(variable: Variable, raw: str, place: str) -> Any:
    try:
        return variable.read(raw)
    except ValueError as error:
        shown = "a value (not shown)" if variable.is_secret else repr(raw)
        raise ConfigError(
            f"{variable.name} is {shown}", place, f"set {variable.name} to {error}"
        ) from None
