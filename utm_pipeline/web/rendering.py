"""Pages by template. The engine escapes everything, and so everything that strangers chose."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

from fastapi import Request
from jinja2 import Environment, FileSystemLoader, StrictUndefined

from utm_pipeline.settings import LANGUAGES, Settings
from utm_pipeline.words import age, in_words, text, texts, value_label


def page(template: str, lang: str, **values: Any) -> str:
    """What a template makes of the values; in it, ``t.NAME`` is the text of that name."""
    return _environment().get_template(template).render(lang=lang, t=texts(lang), **values)


def language(request: Request, settings: Settings) -> str:
    """The language that an address names, else that of the settings."""
    asked = request.query_params.get("lang", "")
    return asked if asked in LANGUAGES else settings.lang


def fix_for_page(fix: str, lang: str) -> str:
    """What to do, for who reads a page and has no terminal."""
    said = in_words(fix, lang)
    return text("by_operator", lang, fix=said) if "`utm-pipeline " in said else said


@cache
def _environment() -> Environment:
    environment = Environment(
        loader=FileSystemLoader(Path(__file__).with_name("templates")),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.globals.update(
        age=age, fix_for_page=fix_for_page, in_words=in_words, value_label=value_label
    )
    environment.globals["sort_value"] = _sort_value
    return environment


def _sort_value(value: Any) -> str:
    """What a row is sorted by: numbers and text as they are, instants and dates by ISO 8601."""
    if value is None:
        return ""
    return value.isoformat() if hasattr(value, "isoformat") else str(value)
