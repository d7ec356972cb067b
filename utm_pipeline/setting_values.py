"""Readers of single setting values: text in, value out, ``ValueError`` with what would be right."""

from __future__ import annotations

import re
from pathlib import Path
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

RAW_TABLES = ("utm_sessions", "user_actions", "orders", "ad_spend", "refunds")

_IDENTIFIER = re.compile(r"[a-z_][a-z0-9_]{0,49}")
_LABEL = re.compile(r"[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?")
_ADDRESS = re.compile(r"[^@\s<>,]+@[^@\s<>,]+")
_CURRENCY = re.compile(r"[A-Z]{3}")
_TRUE = frozenset({"true", "t", "yes", "y", "on", "1"})
_FALSE = frozenset({"false", "f", "no", "n", "off", "0"})


def text(value: str) -> str:
    """Any text without control characters."""
    if not value.isprintable():
        raise ValueError("printable text on one line")
    return value


def identifier(value: str) -> str:
    """A schema's name: lower-case letters, digits and underscores."""
    if not _IDENTIFIER.fullmatch(value) or value in {"main", "information_schema", "pg_catalog"}:
        raise ValueError("a name of lower-case letters, digits and _, at most 50, not main")
    return value


def number(value: str, low: int, high: int) -> int:
    """A whole number from ``low`` to ``high``."""
    if not re.fullmatch(r"[0-9]{1,10}", value) or not low <= int(value) <= high:
        raise ValueError(f"a whole number from {low} to {high}")
    return int(value)


def threads(value: str) -> int:
    """A number of threads."""
    return number(value, 1, 1024)


def port(value: str) -> int:
    """A TCP port."""
    return number(value, 1, 65535)


def minutes(value: str) -> int:
    """A duration in minutes."""
    return number(value, 1, 2_147_483_647)


def switch(value: str) -> bool:
    """A yes or a no."""
    if value.lower() in _TRUE:
        return True
    if value.lower() in _FALSE:
        return False
    raise ValueError("true or false")


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
        host = item.lower().rstrip(".")
        try:
            host = host.encode("idna").decode("ascii")
        except UnicodeError:
            raise ValueError("host names separated by commas, such as shop.ua,shop.com") from None
        if not all(_LABEL.fullmatch(label) for label in host.split(".")):
            raise ValueError("host names separated by commas, such as shop.ua,shop.com")
        found.append(host)
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
    if not _ADDRESS.fullmatch(named[1] if named else value):
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
    if not _CURRENCY.fullmatch(value):
        raise ValueError("three capital letters, such as UAH")
    return value


def table_names(value: str) -> dict[str, str]:
    """``contract name=real name`` pairs, comma-separated, for tables that are called otherwise."""
    known = ", ".join(RAW_TABLES)
    names: dict[str, str] = {}
    for item in _items(value):
        table, equals, real = (part.strip() for part in item.partition("="))
        if not equals or table not in RAW_TABLES or table in names:
            raise ValueError(f"pairs like orders=orders_order; the tables are {known}")
        if not re.fullmatch(r"[A-Za-z_][A-Za-z0-9_]*", real):
            raise ValueError("real names of letters, digits and _")
        names[table] = real
    real_names = [names.get(table, table) for table in RAW_TABLES]
    if len(set(real_names)) < len(real_names):
        raise ValueError("a name of its own for every table")
    return names


def path(value: str) -> Path:
    """A path of the file system; ``~`` is the home folder."""
    return Path(text(value)).expanduser()


def _items(value: str) -> list[str]:
    return [item.strip() for item in value.split(",") if item.strip()]
