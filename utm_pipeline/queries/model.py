"""What a query of the catalogue is made of: words, parameters, parts and kinds of columns."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import Enum
from functools import cached_property
from typing import Any, NamedTuple

from utm_pipeline.errors import ParameterError


class Words(NamedTuple):
    """A text in both languages."""

    uk: str
    en: str

    def in_language(self, lang: str) -> str:
        """The text in ``uk`` or ``en``."""
        return self.uk if lang == "uk" else self.en


class Kind(Enum):
    """What a column holds, which decides how it is rounded, served and shown."""

    TEXT = "text"
    CODE = "code"
    """A word of the contract, such as a rating, that readers see in their language."""
    ID = "id"
    COUNT = "count"
    MONEY = "money"
    RATE = "rate"
    """Per cent."""
    POINTS = "points"
    """Percentage points."""
    RETENTION = "retention"
    """Per cent of a cohort."""
    DAYS = "days"
    RATIO = "ratio"
    INSTANT = "instant"
    DATE = "date"
    FLAG = "flag"
    COUNTS = "counts"
    """A mapping from names to counts."""


PLACES: Mapping[Kind, int] = {
    Kind.MONEY: 2,
    Kind.RATE: 2,
    Kind.POINTS: 2,
    Kind.RATIO: 2,
    Kind.RETENTION: 1,
    Kind.DAYS: 1,
}
"""Decimals of the kinds that are rounded (metrics.md 5)."""


@dataclass(frozen=True)
class Param:
    """A parameter with its default and its check, the same for every face."""

    name: str
    """With underscores; the command line writes dashes."""
    about: Words
    allowed: str
    """What would be right, for messages."""
    read: Callable[[str], Any]
    """From text to value; ValueError where the text is not allowed."""
    default: Any = None
    required: bool = False
    choices: tuple[str, ...] = ()
    cleaned_by: str | None = None
    """The warehouse's function that cleans the value as staging cleans a tag. Statements then have
    the cleaned value as ``$wanted_<name>``."""
    schema: Mapping[str, object] = field(default_factory=dict, compare=False)
    """What is allowed, as JSON Schema has it; where there are choices, they say all."""

    @property
    def option(self) -> str:
        """How the command line writes it."""
        return self.name if self.required else "--" + self.name.replace("_", "-")

    def check(self, value: object, where: str) -> Any:
        """The value read from text or given as it is; None stays None.

        Raises:
            ParameterError: the value is not allowed.
        """
        if value is None:
            return None
        try:
            return self.read(str(value))
        except ValueError:
            raise ParameterError(
                self.name,
                f"{self.option} is {str(value)!r}",
                where,
                f"{self.option} takes {self.allowed}",
            ) from None


@dataclass(frozen=True)
class Part:
    """One statement against the marts and its place in the answer.

    The statement's column names are the answer's keys. Every ``$name`` in it is a parameter of the
    query or one of :data:`ABSENT`; values are always bound.
    """

    sql: str
    many: bool = True
    """Whether the part is an array of rows, else one object."""
    key: str | None = None
    """The key of the part in the answer; without one it is the answer itself, or merged into it."""
    kinds: Mapping[str, Kind] | None = None
    """Kinds of columns that differ here from what their key means elsewhere."""
    paired: tuple[str, str] | None = None
    """A column of names and the one of their counts, both lists: served as one mapping under the
    first's key."""

    @cached_property
    def placeholders(self) -> frozenset[str]:
        """Names of the values that the statement binds."""
        return frozenset(re.findall(r"\$([a-z_]+)", self.sql))


@dataclass(frozen=True)
class Query:
    """One query of the catalogue."""

    name: str
    title: Words
    about: Words
    parts: tuple[Part, ...]
    params: tuple[Param, ...] = ()
    example: str = ""
    """Arguments of the example in the help, behind the name."""
    without: tuple[str, tuple[Part, ...]] | None = None
    """A parameter and the parts that answer instead where it is not given."""
    compose: Callable[[list[Table], Mapping[str, Any]], list[Table]] | None = None
    """Makes the answer's parts of the tables that were read, given the values that were bound."""

    def parts_for(self, values: Mapping[str, object]) -> tuple[Part, ...]:
        """The parts that answer for these values of the parameters."""
        if self.without is not None and values.get(self.without[0]) is None:
            return self.without[1]
        return self.parts

    @property
    def cleaned_params(self) -> tuple[Param, ...]:
        """The parameters whose values the warehouse cleans."""
        return tuple(param for param in self.params if param.cleaned_by is not None)

    def bind(self, given: Mapping[str, object]) -> dict[str, Any]:
        """All parameters, checked, with defaults for those not given.

        A parameter that is given as None has no value: a limit of None is no limit.

        Raises:
            ParameterError: a parameter is unknown, missing or not allowed.
        """
        where = f"query {self.name}"
        known = {param.name: param for param in self.params}
        for name in given:
            if name not in known:
                has = ", ".join(param.option for param in self.params) or "no parameters"
                raise ParameterError(name, f"unknown parameter {name}", where, f"it has {has}")
        values = {}
        for name, param in known.items():
            if param.required and given.get(name) is None:
                raise ParameterError(
                    name, f"{name} is missing", where, f"{name} takes {param.allowed}"
                )
            values[name] = param.check(given[name], where) if name in given else param.default
        return values


@dataclass(frozen=True)
class Column:
    """A column of a result."""

    key: str
    kind: Kind


@dataclass(frozen=True)
class Table:
    """The rows of one part, with values ready to be served.

    Numbers are rounded, instants aware in business time, everything else as in the mart.
    """

    key: str | None
    many: bool
    columns: tuple[Column, ...]
    rows: list[tuple[Any, ...]]
    flat: bool = False
    """Whether an array of the only column's values stands for the rows."""

    def dicts(self) -> list[dict[str, Any]]:
        """Every row as a mapping from key to value."""
        keys = [column.key for column in self.columns]
        return [dict(zip(keys, row, strict=True)) for row in self.rows]
