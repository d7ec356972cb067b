"""What a query is made of: parameters, parts and the tables of its answer."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, NamedTuple

from utm_pipeline.errors import ParameterError
from utm_pipeline.words import Kind, Words


@dataclass(frozen=True)
class Param:
    """A parameter with its default and its check, the same for every face."""

    name: str  # with underscores; the command line writes dashes
    about: Words
    allowed: str  # what would be right, for messages
    read: Callable[[str], Any]  # from text to value; ValueError where the text is not allowed
    default: Any = None
    required: bool = False
    choices: tuple[str, ...] = ()
    # The warehouse's function that cleans the value as staging cleans a tag. Statements then have
    # the cleaned value as ``$wanted_<name>``.
    cleaned_by: str | None = None
    # What is allowed, as JSON Schema has it; where there are choices, they say all.
    schema: Mapping[str, object] = field(default_factory=dict, compare=False)

    @property
    def option(self) -> str:
        """How the command line writes it."""
        return self.name if self.required else "--" + self.name.replace("_", "-")

    def check(self, value: object, where: str) -> Any:
        """The value read from text or given as it is, or ParameterError; None stays None."""
        if value is None:
            return None
        try:
            return self.read(str(value))
        except ValueError:
            what, allowed = (
                f"{self.option} is {str(value)!r}",
                f"{self.option} takes {self.allowed}",
            )
            raise ParameterError(self.name, what, where, allowed) from None


class Column(NamedTuple):
    """A column of a result."""

    key: str
    kind: Kind


@dataclass(frozen=True)
class Part:
    """One statement against the marts and its place in the answer.

    Every ``$name`` in it is bound: a parameter, or what :func:`utm_pipeline.queries.fetch` adds.
    Without a key the part is the answer itself, or merged into it.
    """

    key: str | None
    many: bool  # whether the part is an array of rows, else one object
    sql: str
    columns: tuple[Column, ...]
    flat: bool = False  # whether an array of the only column's values stands for the rows
    without: str | None = None
    """The parameter that the part answers without: only where it is not given."""
    named: str | None = None  # the parameter whose value names the only column
    title: str = ""  # the text above it, where its key is not

    @cached_property
    def answered(self) -> tuple[Column, ...]:
        """The columns that are served; one of kind COUNTS takes the next one's lists of numbers."""
        before = (None, *(column.kind for column in self.columns))
        pairs = zip(self.columns, before, strict=False)
        return tuple(column for column, kind in pairs if kind is not Kind.COUNTS)

    @cached_property
    def placeholders(self) -> frozenset[str]:
        """Names of the values that the statement binds."""
        return frozenset(re.findall(r"\$([a-z_]+)", self.sql))


@dataclass(frozen=True)
class Query:
    """One query of the catalogue, as its file says it."""

    name: str
    title: Words
    about: Words
    parts: tuple[Part, ...] = ()
    params: tuple[Param, ...] = ()
    example: str = ""  # arguments of the example in the help, behind the name

    def parts_for(self, values: Mapping[str, object]) -> tuple[Part, ...]:
        """The parts that answer for these values of the parameters."""
        instead = tuple(p for p in self.parts if p.without and values.get(p.without) is None)
        return instead or tuple(part for part in self.parts if not part.without)

    def bind(self, given: Mapping[str, object]) -> dict[str, Any]:
        """All parameters, checked, with defaults for those not given; or ParameterError.

        A parameter that is given as None has no value: a limit of None is no limit.
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
                allowed = f"{name} takes {param.allowed}"
                raise ParameterError(name, f"{name} is missing", where, allowed)
            values[name] = param.check(given[name], where) if name in given else param.default
        return values


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
    title: str = ""

    @property
    def name(self) -> str | None:
        """The text above it and its place among the answer's tables; None for the answer itself."""
        return self.title or self.key

    def dicts(self) -> list[dict[str, Any]]:
        """Every row as a mapping from key to value."""
        keys = [column.key for column in self.columns]
        return [dict(zip(keys, row, strict=True)) for row in self.rows]
