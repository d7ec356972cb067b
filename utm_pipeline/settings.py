"""All settings, read once from the environment and a ``.env`` file, and checked before any work.

The environment wins over ``.env``. A relative path is relative to the place it was written in:
for the environment that is the current folder, for ``.env`` and the defaults the folder of ``.env``
(the current folder where there is no such file).
"""
# ruff: noqa: RUF009 - the calls behind the settings make dataclass fields

from __future__ import annotations

import io
import os
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, fields
from difflib import get_close_matches
from functools import cached_property
from pathlib import Path
from typing import Any, Literal, NamedTuple, get_args
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from utm_pipeline.errors import ConfigError
from utm_pipeline.state import read_own

Target = Literal["duckdb", "postgres", "spark"]
Language = Literal["uk", "en"]
TARGETS: tuple[str, ...] = get_args(Target)
LANGUAGES: tuple[str, ...] = get_args(Language)
SERVED_TARGETS = ("duckdb", "postgres")
RAW_TABLES = ("utm_sessions", "user_actions", "orders", "ad_spend", "refunds")

# Readers of single values: text in, value out, ValueError with what would be right.

_Reader = Callable[[str], Any]
_HOSTS = "host names separated by commas, such as shop.ua,shop.com"
_LABEL = re.compile(r"[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?")
_TRUE, _FALSE = {"true", "t", "yes", "y", "on", "1"}, {"false", "f", "no", "n", "off", "0"}


def items(value: str) -> list[str]:
    """The parts between commas that are not empty."""
    return [item.strip() for item in value.split(",") if item.strip()]


def hosts(value: str) -> tuple[str, ...]:
    """Comma-separated host names, lower-cased, without a trailing dot."""
    try:
        names = [item.lower().rstrip(".").encode("idna").decode("ascii") for item in items(value)]
    except UnicodeError:
        raise ValueError(_HOSTS) from None
    if not all(_LABEL.fullmatch(label) for name in names for label in name.split(".")):
        raise ValueError(_HOSTS)
    return tuple(names)


def address(value: str) -> str:
    """An e-mail address, with a name in front or without: ``Shop <shop@example.com>``."""
    named = re.fullmatch(r"[^<>]*<([^<>]+)>", value)
    if not re.fullmatch(r"[^@\s<>,]+@[^@\s<>,]+", named[1] if named else value):
        raise ValueError("an e-mail address")
    return _text(value)


def _matching(pattern: str, right: str) -> _Reader:
    def read(value: str) -> str:
        if not re.fullmatch(pattern, value):
            raise ValueError(right)
        return value

    return read


def _one_of(words: Sequence[str]) -> _Reader:
    return _matching("|".join(words), f"{', '.join(words[:-1])} or {words[-1]}")


def _whole_number(low: int, high: int) -> _Reader:
    def read(value: str) -> int:
        if not re.fullmatch(r"[0-9]{1,10}", value) or not low <= int(value) <= high:
            raise ValueError(f"a whole number from {low} to {high}")
        return int(value)

    return read


_identifier = _matching(
    r"(?!(main|information_schema|pg_catalog)$)[a-z_][a-z0-9_]{0,49}",
    "a name of lower-case letters, digits and _, at most 50, not main",
)

currency = _matching("[A-Z]{3}", "three capital letters, such as UAH")
"""An ISO 4217 code."""


def _text(value: str) -> str:
    if not value.isprintable():
        raise ValueError("printable text on one line")
    return value


def _path(value: str) -> Path:
    return Path(_text(value)).expanduser()


def _switch(value: str) -> bool:
    if value.lower() not in _TRUE | _FALSE:
        raise ValueError("true or false")
    return value.lower() in _TRUE


def _time_zone(value: str) -> str:
    try:
        return ZoneInfo(value).key
    except (KeyError, ValueError, OSError):
        raise ValueError("a name of the tz database, such as Europe/Kyiv or UTC") from None


def _host(value: str) -> str:
    is_ip = re.fullmatch(r"[0-9a-fA-F:.]+", value)
    if not is_ip and (len(hosts(value)) != 1 or "," in value):
        raise ValueError("one host name, such as smtp.example.com")
    return value


def _addresses(value: str) -> tuple[str, ...]:
    try:
        return tuple(address(item) for item in items(value))
    except ValueError:
        raise ValueError("e-mail addresses separated by commas") from None


def _web_address(value: str) -> str:
    parts = urlsplit(_text(value))
    if parts.scheme not in {"http", "https"} or not parts.hostname:
        raise ValueError("an http or https address")
    return value


def _table_names(value: str) -> dict[str, str]:
    """Pairs of a raw table's name in the contract and its real one."""
    names: dict[str, str] = {}
    for item in items(value):
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


def _cores() -> int:
    """The cores that this process may use, where the system tells, else all."""
    told = hasattr(os, "sched_getaffinity")
    return len(os.sched_getaffinity(0)) if told else os.cpu_count() or 1


class Variable(NamedTuple):
    """Where a setting comes from: its reader, and its default as text."""

    name: str
    read: _Reader
    default: str | None = None
    is_secret: bool = False


def _from(name: str, read: _Reader, default: str | None = None, *, secret: bool = False) -> Any:
    variable = Variable(name, read, default, secret)
    return field(repr=not secret, metadata={"variable": variable})


@dataclass(frozen=True)
class Settings:
    """Every setting of the interface contract, checked. Secrets stay out of ``repr``."""

    home: Path
    """The folder of ``.env``, or the current one."""
    warnings: tuple[str, ...]
    """What was given and nobody reads; a sentence each."""
    doubts: tuple[str, ...]
    """Secrets that others may read or guess; a sentence each, for ``doctor`` and ``serve``."""
    libpq: Mapping[str, str] = field(repr=False)
    """The PG… variables, for libpq."""
    target: str = _from("UTM_TARGET", _one_of(TARGETS), "duckdb")
    raw_dir: Path = _from("UTM_RAW_DIR", _path, "raw")
    warehouse: Path = _from("UTM_WAREHOUSE", _path, "warehouse/utm.duckdb")
    schema: str = _from("UTM_SCHEMA", _identifier, "analytics")
    raw_schema: str = _from("UTM_RAW_SCHEMA", _identifier, "public")
    raw_tables: Mapping[str, str] = _from("UTM_RAW_TABLES", _table_names, "")
    """Real names of raw tables that are not called as the contract calls them."""
    shop_dsn: str | None = _from("UTM_SHOP_DSN", _text, secret=True)
    timezone: str = _from("UTM_TIMEZONE", _time_zone, "Europe/Kyiv")
    own_domains: tuple[str, ...] = _from("UTM_OWN_DOMAINS", hosts, "")
    pii_key: str | None = _from("UTM_PII_KEY", _text, secret=True)
    currency: str = _from("UTM_CURRENCY", currency, "UAH")
    lang: str = _from("UTM_LANG", _one_of(LANGUAGES), "uk")
    threads: int = _from("UTM_THREADS", _whole_number(1, 1024), str(_cores()))
    email_host: str | None = _from("EMAIL_HOST", _host)
    email_port: int = _from("EMAIL_PORT", _whole_number(1, 65535), "587")
    email_use_tls: bool = _from("EMAIL_USE_TLS", _switch, "true")
    email_host_user: str | None = _from("EMAIL_HOST_USER", _text)
    email_host_password: str | None = _from("EMAIL_HOST_PASSWORD", _text, secret=True)
    default_from_email: str | None = _from("DEFAULT_FROM_EMAIL", address)
    report_recipients: tuple[str, ...] = _from("UTM_REPORT_RECIPIENTS", _addresses, "")
    freshness_minutes: int = _from("UTM_FRESHNESS_MINUTES", _whole_number(1, 2**31 - 1), "1440")
    silence_hours: int = _from("UTM_SILENCE_HOURS", _whole_number(0, 1_000_000), "72")
    owner_email: str | None = _from("UTM_OWNER_EMAIL", address)
    slack_webhook: str | None = _from("UTM_SLACK_WEBHOOK", _web_address, secret=True)
    telegram_token: str | None = _from("UTM_TELEGRAM_TOKEN", _text, secret=True)
    telegram_chat: str | None = _from("UTM_TELEGRAM_CHAT", _text)
    dashboard_url: str | None = _from("UTM_DASHBOARD_URL", _web_address)
    connections: int = _from("UTM_CONNECTIONS", _whole_number(1, 65535), "256")
    api_token: str | None = _from("UTM_API_TOKEN", _text, secret=True)

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
_OF_DBT = ("UTM_BUILD_PATH", "UTM_AS_OF")
"""What `dbt build` alone reads besides."""
_OF_TESTS = ("UTM_TEST_", "UTM_REQUIRE_")
_LEAST_TOKEN = 32


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
    places = (folder.absolute(), *folder.absolute().parents)
    env_file = next((each / ".env" for each in places if (each / ".env").is_file()), None)
    home = folder if env_file is None else env_file.parent
    from_file, readable = ({}, False) if env_file is None else _read_env_file(env_file)
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
    warnings = [*_unknown(direct, "the environment"), *_unknown(from_file, str(env_file))]
    doubts = []
    secrets = {"PGPASSWORD", *(each.name for each in SETTINGS.values() if each.is_secret)}
    if readable and any(from_file.get(name) for name in secrets):
        doubts.append(f"others may read {env_file}, which holds secrets; run `chmod 600` on it")
    if values["api_token"] and len(values["api_token"]) < _LEAST_TOKEN:
        said = f"UTM_API_TOKEN is shorter than {_LEAST_TOKEN} characters, so it can be guessed"
        doubts.append(f"{said}; `openssl rand -hex 32` makes a long one")
    libpq = {k: v for k, v in {**from_file, **direct}.items() if k.startswith("PG") and v}
    if "PGPORT" in libpq:
        _read(SETTINGS["email_port"]._replace(name="PGPORT"), libpq["PGPORT"], "the environment")
    if values["target"] not in SERVED_TARGETS:
        raise ConfigError(
            f"target {values['target']} is not served so far: this version has duckdb and postgres",
            "UTM_TARGET",
            "set UTM_TARGET to duckdb or postgres",
        )
    return Settings(
        home=home.absolute(), libpq=libpq, warnings=tuple(warnings), doubts=tuple(doubts), **values
    )


def _read_env_file(file: Path) -> tuple[dict[str, str], bool]:
    """What is in the file as it stands there, and whether others may read it."""
    # Imported here: most containers and servers have no .env, and every query pays for imports.
    from dotenv import dotenv_values

    text, mode = read_own(file)
    found = dotenv_values(stream=io.StringIO(text), interpolate=False)
    return {key: value or "" for key, value in found.items()}, bool(mode & 0o044)


def _unknown(given: Mapping[str, str], place: str) -> Iterator[str]:
    """A sentence for each name that looks like a setting and is none."""
    known = {name.upper() for name in (*VARIABLES, *_OF_DBT)}
    for name in given:
        if name in known or name.startswith(_OF_TESTS):
            continue
        if name.startswith("UTM_") or name.upper() in known:
            near = get_close_matches(name.upper(), VARIABLES, 1, 0.6)
            meant = f"; did you mean {near[0]}?" if near else ""
            yield f"there is no setting {name}, {place}{meant}"


def _read(variable: Variable, raw: str, place: str) -> Any:
    try:
        return variable.read(raw)
    except ValueError as error:
        shown = "a value (not shown)" if variable.is_secret else repr(raw)
        raise ConfigError(
            f"{variable.name} is {shown}", place, f"set {variable.name} to {error}"
        ) from None
