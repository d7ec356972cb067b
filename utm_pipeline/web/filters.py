"""What a page is filtered by: all of it in the address, so that it can be shared."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from typing import Any
from urllib.parse import urlencode

from utm_pipeline.queries.params import PARAMS, choice
from utm_pipeline.settings import LANGUAGES

_LANG = choice("lang", *LANGUAGES)
_PARAMS = tuple(
    PARAMS[name]
    for name in ("period", "source", "campaign", "utm_source", "cohort_type", "metric", "ad_spend")
)
TAKEN = (_LANG, *_PARAMS, PARAMS["id"])
"""What the pages' addresses take, for the words of an error."""


@dataclass(frozen=True)
class Filters:
    """A view. Names and meanings are those of the queries' parameters; None is no filter."""

    lang: str
    period: str = PARAMS["period"].default
    source: str | None = None
    """For the funnel, the campaigns, repeat purchases and the A/B test."""
    campaign: str | None = None
    """For the creatives and the A/B test."""
    utm_source: str | None = None
    """For the cohorts."""
    cohort_type: str = PARAMS["cohort_type"].default
    metric: str = PARAMS["metric"].default
    ad_spend: str | None = None
    """For the return on ad spend, as it was typed."""

    def named(self) -> dict[str, str]:
        """What the view's address names: everything that is not as usual."""
        usual = {field.name: field.default for field in fields(self)}
        return {
            name: value
            for name, value in asdict(self).items()
            if value is not None and value != usual[name]
        }

    def address(self, path: str = "/", **changes: str | None) -> str:
        """The address of this view, or of one that differs in something."""
        named = {k: v for k, v in {**self.named(), **changes}.items() if v is not None}
        return f"{path}?{urlencode(named)}" if named else path


def read(given: Mapping[str, str], lang: str) -> Filters:
    """The filters of an address.

    A form sends every field, so one without a value is one that is not set. What an address holds
    besides, such as the tags of the letter that led here, is left alone.

    Raises:
        ParameterError: a value is not allowed.
    """
    values: dict[str, Any] = {"lang": _LANG.check(given.get("lang", "").strip() or lang, "")}
    for param in _PARAMS:
        text = given.get(param.name, "")
        if param.name == "ad_spend":
            # As people write sums: 12 000,50.
            text = "".join(text.split()).replace(",", ".")
        if text.strip():
            value = param.check(text, "")
            values[param.name] = value if isinstance(value, str) else text
    return Filters(**values)
