"""Errors as the API tells them: one JSON object that says what, where and what would be right."""

from __future__ import annotations

from typing import Any

from utm_pipeline.errors import (
    ConfigError,
    NotFoundError,
    ParameterError,
    PipelineError,
    WarehouseError,
    WrongUseError,
)
from utm_pipeline.queries.model import Query

PROBLEM_SCHEMA: dict[str, Any] = {
    "type": "object",
    "title": "Problem",
    "required": ["error", "fix"],
    "properties": {
        "error": {"type": "string", "description": "What is wrong."},
        "fix": {"type": "string", "description": "What to do about it."},
        "parameter": {"type": "string", "description": "The parameter that is wrong."},
        "allowed": {"type": "string", "description": "What the parameter takes."},
    },
    "additionalProperties": False,
}


def status_of(error: PipelineError) -> int:
    """The HTTP status of an error."""
    match error:
        case NotFoundError():
            return 404
        case ParameterError() | WrongUseError():
            return 422
        case WarehouseError() | ConfigError():
            return 503
        case _:
            return 500


def problem(error: PipelineError, query: Query | None = None) -> dict[str, str]:
    """The body of an error; parameters are named as addresses have them, with underscores.

    Paths of the server are left out.
    """
    if not isinstance(error, ParameterError):
        return {"error": error.what, "fix": error.fix}
    known = {param.name: param for param in query.params} if query is not None else {}
    if error.parameter in known:
        allowed = known[error.parameter].allowed
    else:
        allowed = ", ".join(known) or error.allowed
    return {
        "error": error.what.replace(f"--{error.parameter.replace('_', '-')}", error.parameter),
        "fix": f"give {error.parameter} as: {allowed}"
        if error.parameter in known
        else f"it takes {allowed}",
        "parameter": error.parameter,
        "allowed": allowed,
    }
