"""Why a load is refused, in the words of ``refusals.csv``; no value of a row stands in them."""

from __future__ import annotations

import csv
from functools import cache
from pathlib import Path

from utm_pipeline.errors import InputError, PipelineError


def refusal(
    case: str, where: object = "", kind: type[PipelineError] = InputError, /, **values: object
) -> PipelineError:
    """The error of a case; ``read_export`` says which file it is, where ``where`` is empty."""
    what, fix = _texts()[case]
    return kind(what.format(**values), str(where), fix.format(**values))


@cache
def _texts() -> dict[str, tuple[str, str]]:
    with Path(__file__).with_name("refusals.csv").open(encoding="utf-8", newline="") as file:
        return {row["case"]: (row["what"], row["fix"]) for row in csv.DictReader(file)}
