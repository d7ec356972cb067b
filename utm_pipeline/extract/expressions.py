"""How a column of the shop is selected, so that it arrives as the same value as its text would."""

from __future__ import annotations

from datetime import datetime, timedelta

_INTEGERS = ("int2", "int4", "int8")
_TEXTS = ("text", "varchar", "bpchar", "citext", "name")
_MOMENTS = ("timestamptz", "timestamp", "date")

# Readable years are 1970 to 2199 (inputs.md). What lies outside, such as infinity or a year BC,
# arrives as a day outside, so that it is there and unreadable, as its text would be.
_BEFORE, _FIRST, _AFTER = "1969-12-31", "1970-01-01", "2200-01-01"
_READABLE = 10**10
"""Readable amounts are below this; what is not, such as NaN, arrives as ten times as much."""

_DAY = timedelta(days=1)


def selected(column: str, kind: str, typname: str) -> tuple[str, str]:
    """The SQL that selects a column, and the type that it has in the raw file.

    Args:
        column: the column, quoted.
        kind: how the pipeline reads it.
        typname: its type in the shop, a domain's being the type under it.
    """
    if typname in _INTEGERS:
        return column, "BIGINT"
    if typname == "bool" and kind == "boolean":
        return column, "BOOLEAN"
    if typname == "numeric" and kind == "decimal":
        # The engine rounds to two places, half away from zero.
        return (
            f"case when {column} > -{_READABLE} and {column} < {_READABLE} then {column} "
            f"when {column} is not null then {10 * _READABLE} end",
            "DECIMAL(18,2)",
        )
    if typname in _MOMENTS and kind in {"timestamp", "date"}:
        value = f"({column} at time zone 'UTC')" if typname == "timestamptz" else column
        zone = "+00" if typname == "timestamptz" else ""
        return (
            f"case when {column} < {_moment(_FIRST, typname, zone)} then date '{_BEFORE}' "
            f"when {column} >= {_moment(_AFTER, typname, zone)} then date '{_AFTER}' "
            f"else {value} end",
            "DATE" if typname == "date" else "TIMESTAMP",
        )
    return (column if typname in {"text", "varchar"} else f"{column}::text"), "VARCHAR"


def changed_since(column: str, typname: str) -> str | None:
    """SQL that is true of rows whose ``column`` is ``{day}`` or later, or missing.

    ``{day}`` is the day's beginning in UTC. A value without a zone may be a shop's local time, so
    it is given a day more. None where the type tells no time.
    """
    if typname == "timestamptz":
        return f"({column} >= '{{day}} 00:00+00' or {column} is null)"
    if typname in _MOMENTS:
        return f"({column} >= '{{day_before}}' or {column} is null)"
    if typname in _TEXTS:
        # Every readable text begins with the day. What does not sorts above and is read, or below
        # and has no value that could change.
        begin = f"left(btrim({column}::text, E' \\t\\n\\r\\f\\x0b'), 10)"
        return f"({begin} collate \"C\" >= '{{day_before}}' or {column} is null)"
    return None


def fill(condition: str, since: datetime) -> str:
    """The condition of :func:`changed_since` for one instant, which is in UTC."""
    return condition.format(day=since.date(), day_before=since.date() - _DAY)


def _moment(day: str, typname: str, zone: str) -> str:
    return f"{typname} '{day}{' 00:00' + zone if zone else ''}'"
