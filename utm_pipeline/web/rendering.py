"""Pages by template. The engine escapes everything, and so everything that strangers chose."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined

_FOLDER = Path(__file__).with_name("templates")


def page(template: str, **values: Any) -> str:
    """The page that a template of ``web/templates`` makes of the values."""
    return _environment().get_template(template).render(**values)


@cache
def _environment() -> Environment:
    environment = Environment(
        loader=FileSystemLoader(_FOLDER),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.globals["sort_value"] = sort_value
    return environment


def sort_value(value: Any) -> str:
    """What a row is sorted by: numbers and text as they are, instants and dates by ISO 8601."""
    if value is None:
        return ""
    return value.isoformat() if hasattr(value, "isoformat") else str(value)
