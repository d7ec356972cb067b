"""What the pipeline reads of each raw table, from the project's own list of columns."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

from utm_pipeline import project as dbt_project

CHANGED_BY: Mapping[str, str] = MappingProxyType({"utm_sessions": "last_seen", "orders": "updated"})
"""Tables whose rows change, and the column that moves when one does."""

GROWING = ("user_actions",)
"""Tables that only grow: what was recorded stays as it is."""


@dataclass(frozen=True)
class ContractColumn:
    """A column that the pipeline reads."""

    name: str
    kind: str
    """How its text becomes a value: integer, text, timestamp, …"""
    required: bool


@dataclass(frozen=True)
class ContractTable:
    """A raw table by the contract's names."""

    name: str
    required: bool
    columns: tuple[ContractColumn, ...]


def read_contract() -> tuple[ContractTable, ...]:
    """The raw tables in the contract's order, from ``models/staging/_sources.yml``.

    Columns that no model reads, such as names and addresses of people, are not in it.

    Raises:
        ConfigError: the installation is incomplete.
    """
    # Imported here: only what reads the project's YAML needs it.
    import yaml

    file = dbt_project.project_dir() / "models" / "staging" / "_sources.yml"
    (source,) = yaml.safe_load(file.read_text(encoding="utf-8"))["sources"]
    return tuple(_table(table) for table in source["tables"])


def _table(table: Mapping[str, Any]) -> ContractTable:
    optional = table.get("config", {}).get("meta", {}).get("optional", False)
    columns = tuple(
        ContractColumn(
            column["name"], column["data_type"], column.get("meta", {}).get("required", False)
        )
        for column in table["columns"]
    )
    return ContractTable(table["name"], not optional, columns)
